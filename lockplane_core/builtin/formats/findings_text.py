"""Findings as text for people, file by file."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, Literal

from lockplane_core.builtin.formats.plan_words import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.model.finding import Finding

SYNTAX = "syntax_error"


class TextFindings:
    """Syntax errors of a file first, since what else is found in it depends on them."""

    name: ClassVar[str] = "text"
    writes: ClassVar[Literal["findings"]] = "findings"

    def render(self, findings: Sequence[Finding]) -> str:
        """Nothing at all where nothing was found."""
        syntax = [finding for finding in findings if finding.id == SYNTAX]
        others = [finding for finding in findings if finding.id != SYNTAX]
        lines = [*_syntax(syntax), *_others(others)]
        return "\n".join(lines) + "\n" if lines else ""


def _syntax(findings: Sequence[Finding]) -> Iterator[str]:
    for file, group in groupby(findings, key=_file):
        yield from (f"✗ SQL syntax errors in {file}:", "")
        for finding in group:
            yield f"  {_line(finding)}{finding.message}"
            yield from _suggestion(finding)
        yield ""
    if findings:
        yield (
            f"Found {len(findings)} syntax error(s). Please fix these before running validation."
        )


def _others(findings: Sequence[Finding]) -> Iterator[str]:
    for file, group in groupby(findings, key=_file):
        members = list(group)
        mark = "✗" if any(finding.is_error for finding in members) else "⚠"
        yield from (f"{mark} {file or 'In general'}:", "")
        for finding in members:
            yield f"  {_line(finding)}{finding.severity}: {finding.message} [{_name(finding)}]"
            yield from _suggestion(finding)
        yield ""
    if findings:
        yield f"Found {_counts(findings)}."


def _file(finding: Finding) -> str:
    return finding.span.file if finding.span else ""


def _line(finding: Finding) -> str:
    if finding.step:
        return f"Step {finding.step}: "
    return f"Line {finding.span.line}: " if finding.span else ""


def _name(finding: Finding) -> str:
    return f"{finding.id}, {finding.code}" if finding.code else finding.id


def _suggestion(finding: Finding) -> Iterator[str]:
    for line in finding.suggestion.splitlines():
        yield f"    {line}"


def _counts(findings: Sequence[Finding]) -> str:
    said = []
    for severity in ("error", "warning", "info"):
        number = sum(finding.severity == severity for finding in findings)
        if number:
            said.append(count(number, "note" if severity == "info" else severity))
    return ", ".join(said)
