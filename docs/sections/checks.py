"""Guards of schema files and the installed checks, from their own docstrings and examples."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING

from sections.markdown import code, fenced

if TYPE_CHECKING:
    from lockplane_core.spi.check import Check


def guards() -> str:
    """The guards of schema files, as a table."""
    from lockplane_core.engine.declarative import RULES

    rows = [f"| `{rule.id}` | {rule.code} | {rule.meaning} | {code(rule.bad)} |" for rule in RULES]
    return "\n".join(["| id | code | what it refuses | example |", "|---|---|---|---|", *rows])


def checks(scope: str) -> str:
    """Every installed check of a scope, from its docstring and examples."""
    from lockplane_core.app import load_registry

    found = [check for check in load_registry().checks.values() if check.scope == scope]
    mine = [check for check in found if type(check).__module__.startswith("lockplane_checks.")]
    return "\n\n".join(_described(check) for check in sorted(mine, key=lambda check: check.code))


def _described(check: Check) -> str:
    """One check as a section of the page."""
    where = ", ".join(sorted(check.dialects)) or "every dialect"
    parts = [
        f"### `{check.id}` ({check.code})",
        f"Severity: {check.severity}. For {where}.",
        cleandoc(type(check).__doc__ or ""),
    ]
    for title, examples in (("Reported:", check.bad), ("Not reported:", check.good)):
        parts += [title, *(fenced(_example(example), "sql") for example in examples)]
    return "\n\n".join(parts)


def _example(example: str | tuple[str, str]) -> str:
    """An example of a schema check; of a plan check, both sides under their names."""
    if isinstance(example, str):
        return cleandoc(example)
    before, after = (cleandoc(side) or "-- nothing" for side in example)
    return f"-- before\n{before}\n\n-- after\n{after}"
