"""Findings as Markdown, for a comment on a pull request."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar, Literal

from lockplane_core.builtin.formats.markdown import code, plain, table
from lockplane_core.builtin.formats.places import in_repository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.finding import Finding, Severity

_HEAD = ("", "where", "what", "rule")
_MARKS = {"error": "❌", "warning": "⚠️", "info": "💬", "off": ""}
_NOUNS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


class MarkdownFindings:
    """A table of what was found."""

    name: ClassVar[str] = "markdown"
    writes: ClassVar[Literal["findings"]] = "findings"

    def render(self, findings: Sequence[Finding]) -> str:
        """A heading of the third level that counts them, and the table."""
        if not findings:
            return "### Lockplane: ✓ nothing found\n"
        lines = [f"### Lockplane: {_counts(findings)}", ""]
        return "\n".join([*lines, *table(_HEAD, [_row(finding) for finding in findings])]) + "\n"


def _counts(findings: Sequence[Finding]) -> str:
    found = Counter(finding.severity for finding in findings)
    counts = ((found[severity], noun) for severity, noun in _NOUNS.items())
    return ", ".join(f"{n} {noun}" if n == 1 else f"{n} {noun}s" for n, noun in counts if n)


def _row(finding: Finding) -> tuple[str, ...]:
    what = "<br>".join(plain(text) for text in (finding.message, finding.suggestion) if text)
    return _MARKS[finding.severity], _where(finding), what, code(finding.id)


def _where(finding: Finding) -> str:
    if finding.span and finding.span.file:
        return code(f"{in_repository(finding.span.file)}:{finding.span.line}")
    if finding.step:
        return f"step {finding.step}"
    return code(".".join(finding.ref.path)) if finding.ref else ""
