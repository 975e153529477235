"""Issue: a finding as other programs read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.finding import Severity
from lockplane_core.model.node import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.finding import Finding

_NOWHERE = Span("", 1, 1)


class Issue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding. Lines and columns count from 1, in characters; the end is just behind.

    `file` is empty where it is about no file, `code` the stable name in words and `rule` the
    short one, `object` what it is about, and `step` the step of a plan, counted from 1.
    """

    file: str
    line: int
    column: int
    severity: Severity
    message: str
    code: str
    end_line: int | msgspec.UnsetType = msgspec.UNSET
    end_column: int | msgspec.UnsetType = msgspec.UNSET
    rule: str = ""
    object: str = ""
    step: int | msgspec.UnsetType = msgspec.UNSET
    suggestion: str = ""


class Issues(msgspec.Struct, frozen=True, kw_only=True):
    """All findings of a run; valid is what holds no error."""

    valid: bool
    issues: list[Issue]


def issues(findings: Iterable[Finding]) -> Issues:
    """Findings as issues, in their order."""
    findings = list(findings)
    valid = not any(finding.is_error for finding in findings)
    return Issues(valid=valid, issues=[_issue(finding) for finding in findings])


def _issue(finding: Finding) -> Issue:
    span = finding.span or _NOWHERE
    end_line, end_column = finding.end or (msgspec.UNSET, msgspec.UNSET)
    return Issue(
        file=span.file,
        line=span.line,
        column=span.column,
        end_line=end_line,
        end_column=end_column,
        severity=finding.severity,
        message=finding.message,
        code=finding.id,
        rule=finding.code,
        object=str(finding.ref) if finding.ref else "",
        step=finding.step or msgspec.UNSET,
        suggestion=finding.suggestion,
    )
