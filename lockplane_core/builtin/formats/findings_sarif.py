"""Findings as SARIF 2.1.0, which code scanning services read.

The standard is "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata
01"; numbers in comments are its sections.
"""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import quote

from lockplane_core import __version__
from lockplane_core.builtin.formats.places import in_repository
from lockplane_core.engine.declarative import RULES
from lockplane_core.engine.json_text import pretty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lockplane_core.model.finding import Finding, Severity
    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.check import Check

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Mapping[Severity, str] = {
    "error": "error",
    "warning": "warning",
    "info": "note",
    "off": "none",
}
_ROOT = "%SRCROOT%"
"""What services take for the root of the repository (3.14.14)."""


class SarifFindings:
    """One run with a result for each finding, and the rules that they come from."""

    name: ClassVar[str] = "sarif"
    writes: ClassVar[Literal["findings"]] = "findings"

    def __init__(self, registry: Callable[[], Registry]) -> None:
        self._registry = registry

    def render(self, findings: Sequence[Finding]) -> str:
        """The whole log; paths in it are those of the repository around the current folder."""
        ids = sorted({finding.id for finding in findings})
        rules = _Rules(self._registry().checks, findings)
        driver = {
            "name": "Lockplane",
            "version": __version__,
            "rules": [rules.described(name) for name in ids],
        }
        run = {
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "results": [_result(finding, ids.index(finding.id)) for finding in findings],
        }
        return pretty({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


class _Rules:
    """What is known of the rules behind findings: checks, guards, and errors with a name alone."""

    def __init__(self, checks: Mapping[str, Check], findings: Sequence[Finding]) -> None:
        self.checks = checks
        self.guards = {rule.id: rule.meaning for rule in RULES}
        self.codes = {finding.id: finding.code for finding in findings if finding.code}

    def described(self, name: str) -> dict[str, Any]:
        """A reportingDescriptor (3.49)."""
        check = self.checks.get(name)
        text = cleandoc(type(check).__doc__ or "") if check else self.guards.get(name, "")
        said: dict[str, Any] = {"id": name}
        if text:
            said["shortDescription"] = {"text": text.partition("\n\n")[0].replace("\n", " ")}
            said["fullDescription"] = {"text": text}
        if check:
            said["defaultConfiguration"] = {"level": _LEVELS[check.severity]}
        if name in self.codes:
            said["properties"] = {"code": self.codes[name]}
        return said


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    text = "\n".join(filter(None, (finding.message, finding.suggestion)))
    said: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
    }
    location = dict(_location(finding))
    if location:
        said["locations"] = [location]
    if finding.step:
        said["properties"] = {"step": finding.step}
    return said


def _location(finding: Finding) -> Iterator[tuple[str, Any]]:
    if finding.span and finding.span.file:
        region = {"startLine": finding.span.line, "startColumn": finding.span.column}
        if finding.end:
            region |= {"endLine": finding.end[0], "endColumn": finding.end[1]}
        artifact = _artifact(finding.span.file)
        yield "physicalLocation", {"artifactLocation": artifact, "region": region}
    if finding.ref:
        name = ".".join(finding.ref.path)
        said = {"name": finding.ref.name, "fullyQualifiedName": name, "kind": finding.ref.noun}
        yield "logicalLocations", [said]


def _artifact(file: str) -> dict[str, str]:
    path = in_repository(file)
    if path.startswith("/"):
        return {"uri": f"file://{quote(path)}"}
    return {"uri": quote(path), "uriBaseId": _ROOT}
