"""Seeding: one synthetic row for a table of a scratch."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from lockplane_core.errors import LockplaneError
from lockplane_sqlite import refs
from lockplane_sqlite.affinity import affinity
from lockplane_sqlite.definition import Definition
from lockplane_sqlite.kinds.column import has_value
from lockplane_sqlite.quote import quote
from lockplane_sqlite.tokens import Unterminated, scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.session import Session
    from lockplane_sqlite.tokens import Token

_VALUES = {
    "INTEGER": ("1", "2", "0", "-1", "100", "20000101"),
    "NUMERIC": ("1", "0", "'2000-01-01'", "'a'", "-1", "100"),
    "REAL": ("1.5", "0.5", "-1.5", "100.5"),
    "TEXT": ("'a'", "'2000-01-01'", "'{}'", "'a@b.example'", "'12345678'", "''"),
    "BLOB": ("x'00'", "1", "'a'", "x''"),
}
_ATTEMPTS = 12


def seed(session: Session, catalog: Catalog, table: Ref) -> bool:
    """Put a row into the table: a full one if its constraints let us, else a small one."""
    if table.kind != refs.TABLE:
        return False  # only a virtual table's module knows what it takes
    definition = Definition(catalog, table)
    writable = [node for node in definition.columns if node.body.generated is None]
    needed = [n for n in writable if not n.body.nullable and not has_value(n.body)]
    return any(
        _inserted(session, sql)
        for columns in (writable, needed)
        for sql in _attempts(definition, columns)
    )


def _attempts(definition: Definition, columns: Sequence[Node]) -> Iterator[str]:
    name = quote(definition.name)
    if not columns:
        yield f"INSERT INTO {name} DEFAULT VALUES"
        return
    choices = [_choices(definition, node) for node in columns]
    names = ", ".join(quote(node.ref.name) for node in columns)
    for number in range(_ATTEMPTS):
        values = ", ".join(choice[number % len(choice)] for choice in choices)
        yield f"INSERT INTO {name} ({names}) VALUES ({values})"


def _choices(definition: Definition, node: Node) -> list[str]:
    """Values of the column's own kind, those first that its checks mention."""
    literals = [
        token.text
        for check in definition.checks
        for token in _tokens(check.body.expression)
        if token.kind in ("string", "number")
    ]
    return [*dict.fromkeys(literals), *_VALUES[affinity(node.body.type)]]


def _tokens(expression: str) -> Sequence[Token]:
    try:
        return scan(expression)
    except Unterminated:
        return ()


def _inserted(session: Session, sql: str) -> bool:
    with suppress(LockplaneError), session.transaction():
        session.execute(sql)
        return True
    return False
