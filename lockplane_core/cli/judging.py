"""What the `validate` commands share: findings, or an error as a finding, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.cli import exit_codes, output
from lockplane_core.engine.plan_file import InvalidPlan
from lockplane_core.errors import InvalidSource, LockplaneError, UsageError
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lockplane_core.cli.program import Program


def judged(program: Program, form: str, find: Callable[[], Sequence[Finding]], praise: str) -> int:
    """Report what `find` finds: for people on stderr, in any other format on stdout."""
    writer = program.findings_format(form)
    if form == "text":
        findings = find()
        output.say(writer.render(findings))
    else:
        findings = _as_findings(find)
        output.answer(writer.render(findings))
    if any(finding.is_error for finding in findings):
        return exit_codes.FAILED
    if form == "text":
        output.say(f"✓ Validation 1: PASS\n✓ {praise}")
    return exit_codes.DONE


def _as_findings(find: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    """The findings; what stops the search is one too, so that programs always get an answer."""
    try:
        return find()
    except UsageError:
        raise
    except InvalidSource as error:
        return error.findings
    except InvalidPlan as error:
        return [_finding(error, error.reason, Span(error.file, error.line, error.column))]
    except LockplaneError as error:
        return [_finding(error, error.message, None)]


def _finding(error: LockplaneError, message: str, span: Span | None) -> Finding:
    return Finding(
        id=error.name, severity="error", message=message, span=span, suggestion=error.hint
    )
