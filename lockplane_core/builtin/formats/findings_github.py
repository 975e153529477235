"""Findings as workflow commands of GitHub Actions, which shows them beside the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from lockplane_core.builtin.formats.places import in_repository

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.model.finding import Finding

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice", "off": "debug"}


class GithubFindings:
    """`::error file=…,line=…,col=…,title=…::message`, one line for each finding."""

    name: ClassVar[str] = "github"
    writes: ClassVar[Literal["findings"]] = "findings"

    def render(self, findings: Sequence[Finding]) -> str:
        """Nothing at all where nothing was found."""
        return "".join(f"{_command(finding)}\n" for finding in findings)


def _command(finding: Finding) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in _properties(finding))
    step = f"Step {finding.step}: " if finding.step else ""
    message = "\n".join(filter(None, (f"{step}{finding.message}", finding.suggestion)))
    return f"::{_COMMANDS[finding.severity]} {properties}::{_data(message)}"


def _properties(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.span and finding.span.file:
        yield "file", in_repository(finding.span.file)
        yield "line", str(finding.span.line)
        yield "col", str(finding.span.column)
        # The service takes columns only where the first line is the last one, too.
        if finding.end and finding.end[0] == finding.span.line:
            yield "endLine", str(finding.end[0])
            yield "endColumn", str(finding.end[1])
    yield "title", f"{finding.code} {finding.id}".strip()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
