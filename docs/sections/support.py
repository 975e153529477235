"""What each kind of object can be done to, from the kinds' own declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sections.markdown import code, table

if TYPE_CHECKING:
    from lockplane_core.spi.kind import Kind

_HEAD = (
    "object",
    "introspect",
    "create",
    "alter in place",
    "replace",
    "rename",
    "drop",
    "comment",
    "privileges",
    "needs a version",
)


def support(dialect: str) -> str:
    """The kinds of a dialect, roots first, and what each can do."""
    from lockplane_core.app import load_registry

    registry = load_registry()
    kinds = registry.kinds(dialect)
    rows = (_row(kind) for kind in kinds.values())
    versions = registry.dialects[dialect].versions
    return f"{versions}\n\n{table(_HEAD, rows)}" if versions else table(_HEAD, rows)


def _row(kind: Kind) -> tuple[str, ...]:
    can = kind.support()
    words = (
        can.introspect,
        can.create,
        can.alter,
        can.replace,
        can.rename,
        can.drop,
        can.comment,
        can.privileges,
    )
    since = ", ".join(f"{code(what)} {version}" for what, version in can.since.items())
    return (kind.tag.rpartition(".")[2].replace("_", " "), *(word or "-" for word in words), since)
