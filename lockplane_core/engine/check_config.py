"""The table `[checks]` of lockplane.toml: how severe what a check finds is, and where.

[checks]
no_primary_key = "off"
LP107 = "warning"

[[checks.override]]
path = "legacy/*.lp.sql"
object = "public.audit_*"
empty_table = "error"
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, get_args

import msgspec

from lockplane_core.engine.declarative import RULES
from lockplane_core.errors import ConfigError
from lockplane_core.model.finding import Finding, Severity
from lockplane_core.nearest import meant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.check import Check

OVERRIDE = "override"
_PLACES = ("path", "object")
_SEVERITIES: tuple[str, ...] = get_args(Severity)

GUARDS = {
    "syntax_error": "LP001",
    **{rule.id: rule.code for rule in RULES},
    "data_loss": "LP031",
    "check_failed": "LP090",
}
"""Ids and codes that belong to the core and that no project can switch off."""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Severities for the files and objects that match both globs; an empty one matches all."""

    path: str = ""
    object: str = ""
    severities: Mapping[str, Severity] = msgspec.field(default_factory=dict)

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is in such a file and about such an object."""
        return self._covers_file(finding) and self._covers_object(finding)

    def _covers_file(self, finding: Finding) -> bool:
        if not self.path:
            return True
        file = finding.span.file if finding.span else ""
        return fnmatchcase(file, self.path) or fnmatchcase(file, f"*/{self.path}")

    def _covers_object(self, finding: Finding) -> bool:
        if not self.object:
            return True
        name = ".".join(finding.ref.path) if finding.ref else ""
        return fnmatchcase(name, self.object)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a project says of checks, by id; the last override that covers a finding wins."""

    severities: Mapping[str, Severity] = msgspec.field(default_factory=dict)
    overrides: tuple[Override, ...] = ()

    def severity_of(self, check: Check, finding: Finding) -> Severity:
        """How severe a finding of `check` is here.

        What a check says in passing (`info` beside errors or warnings) is only ever switched
        off: "error" for the check does not turn its explanations into errors.
        """
        chosen = self.severities.get(check.id)
        for override in self.overrides:
            if check.id in override.severities and override.covers(finding):
                chosen = override.severities[check.id]
        if chosen is None or (_in_passing(check, finding) and chosen != "off"):
            return finding.severity
        return chosen

    @property
    def off(self) -> frozenset[str]:
        """The ids that are off everywhere, so that their checks need not run."""
        silent = {name for name, severity in self.severities.items() if severity == "off"}
        return frozenset(silent.difference(*(o.severities for o in self.overrides)))


def _in_passing(check: Check, finding: Finding) -> bool:
    return finding.severity == "info" and check.severity != "info"


def policy(table: Mapping[str, object], checks: Iterable[Check]) -> Policy:
    """The policy that a table `[checks]` states about the known checks.

    Raises `ConfigError` for an unknown check (it names the nearest), for a guard, and for what
    is no severity.
    """
    known = {name: check.id for check in checks for name in (check.id, check.code)}
    plain = {key: value for key, value in table.items() if key != OVERRIDE}
    return Policy(
        severities=_severities(plain, known, "[checks]"),
        overrides=tuple(_override(item, known) for item in _list(table.get(OVERRIDE, []))),
    )


def _severities(
    table: Mapping[str, object], known: Mapping[str, str], place: str
) -> dict[str, Severity]:
    chosen: dict[str, Severity] = {}
    keys: dict[str, str] = {}
    for key, value in table.items():
        name = _known(key, known, place)
        if name in keys:
            raise ConfigError(f"{place}: {keys[name]} and {key} are the same check; keep one")
        keys[name], chosen[name] = key, _severity(value, f"{place} {key}")
    return chosen


def _known(key: str, known: Mapping[str, str], place: str) -> str:
    if key in known:
        return known[key]
    if key in GUARDS or key in GUARDS.values():
        raise ConfigError(
            f"{place}: {key} is a guard and can not be configured",
            hint="Guards keep data from being lost in silence; remove the line.",
        )
    places = _PLACES if OVERRIDE in place else (OVERRIDE,)
    hint = meant(key, {*known, *places}) or "docs/checks.md lists all checks."
    raise ConfigError(f"{place}: there is no check {key}", hint=hint)


def _severity(value: object, place: str) -> Severity:
    if value in _SEVERITIES:
        return value  # type: ignore[return-value]  # it is one of them
    allowed = ", ".join(f'"{severity}"' for severity in _SEVERITIES)
    raise ConfigError(f"{place}: {value!r} is no severity", hint=f"Write one of {allowed}.")


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise ConfigError("[checks] override: expected tables", hint=f"Write [[checks.{OVERRIDE}]].")


def _override(item: object, known: Mapping[str, str]) -> Override:
    place = f"[[checks.{OVERRIDE}]]"
    if not isinstance(item, dict):
        raise ConfigError(f"{place}: expected a table, got {item!r}")
    severities = _severities(
        {key: value for key, value in item.items() if key not in _PLACES}, known, place
    )
    where = {key: item[key] for key in _PLACES if item.get(key)}
    if not where or not all(isinstance(glob, str) for glob in where.values()):
        raise ConfigError(f"{place}: say where, as a text", hint='path = "legacy/*.lp.sql"')
    if not severities:
        raise ConfigError(f"{place}: no check is named", hint='no_primary_key = "off"')
    return Override(**where, severities=severities)
