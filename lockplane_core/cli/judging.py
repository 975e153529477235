"""Judging: findings, or an error as a finding, in the format that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.cli import exit_codes, output
from lockplane_core.engine import extents
from lockplane_core.engine.plan_file import InvalidPlan
from lockplane_core.errors import InvalidSource, LockplaneError, UsageError
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lockplane_core.spi.format import FindingsFormat

    Find = Callable[[], Sequence[Finding]]


def judged(writer: FindingsFormat, find: Find, target: Path | None, praise: str) -> int:
    """Report what `find` finds: text on stderr unless it goes to a file, the rest as the answer."""
    if writer.name == "text" and target is None:
        findings = find()
        output.say(writer.render(findings))
        if not is_bad(findings):
            output.say(f"✓ Validation 1: PASS\n✓ {praise}")
    else:
        findings = as_findings(find)
        output.deliver(writer.render(findings), target)
    return exit_codes.FAILED if is_bad(findings) else exit_codes.DONE


def is_bad(findings: Sequence[Finding]) -> bool:
    """Whether there is an error among findings."""
    return any(finding.is_error for finding in findings)


def as_findings(find: Find) -> Sequence[Finding]:
    """The findings; what stops the search is one too, so that programs always get an answer."""
    try:
        return find()
    except UsageError:
        raise
    except InvalidSource as error:
        return error.findings
    except InvalidPlan as error:
        span = Span(error.file, error.line, error.column)
        return [extents.in_json(_finding(error, error.reason, span))]
    except LockplaneError as error:
        return [_finding(error, error.message, None)]


def _finding(error: LockplaneError, message: str, span: Span | None) -> Finding:
    return Finding(
        id=error.name, severity="error", message=message, span=span, suggestion=error.hint
    )
