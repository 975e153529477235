"""Columns, and the sequences that they own, as DDL writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_postgres.kinds import tuning
from lockplane_postgres.kinds.counting import (
    first_value,
    sequence_clauses,
)
from lockplane_postgres.quote import literal, qualified, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_postgres.kinds.column_body import ColumnBody, Identity


def definition(node: Node, default: Node | None, not_null: str = "") -> str:
    """The column as CREATE TABLE and ADD COLUMN write it; its NOT NULL may have a name."""
    body: ColumnBody = node.body
    words = [quote(node.ref.name), body.type]
    if body.collation:
        words.append(f"COLLATE {body.collation}")
    if body.generated:
        kind = "VIRTUAL" if body.generated.virtual else "STORED"
        words.append(f"GENERATED ALWAYS AS ({body.generated.expression}) {kind}")
    if body.identity:
        words.append(identity_clause(body.identity))
    if not body.nullable and not body.unvalidated:
        words += [f"CONSTRAINT {quote(not_null)}"] if not_null else []
        words.append("NOT NULL")
    if default:
        words.append(f"DEFAULT {default.body.expression}")
    return " ".join(words)


def tuned(node: Node, *, only: bool = False) -> Iterator[str]:
    """What follows ADD COLUMN or CREATE TABLE: STORAGE has no place in them before 16."""
    words = f"ALTER TABLE {'ONLY ' if only else ''}{qualified(*node.ref.path[:2])}"
    if node.body.unvalidated:
        yield f"{words} {unvalidated(node.ref.name, node.body.unvalidated)}"
    yield from tuning.tuned(words, node.ref.name, node.body.tuning)


def unvalidated(column: str, constraint: str) -> str:
    """NOT NULL for rows to come (18)."""
    return f"ADD CONSTRAINT {quote(constraint)} NOT NULL {quote(column)} NOT VALID"


def identity_clause(identity: Identity) -> str:
    """`GENERATED … AS IDENTITY`."""
    options = sequence_clauses(identity)
    counting = f" ({' '.join(options)})" if options else ""
    return f"GENERATED {'ALWAYS' if identity.always else 'BY DEFAULT'} AS IDENTITY{counting}"


def advance(ref: Ref, identity: Identity) -> str:
    """Go on after the values that are there, so that the next row does not meet one of them."""
    table, column = qualified(*ref.path[:2]), quote(ref.name)
    furthest = f"{'max' if identity.increment > 0 else 'min'}({column})"
    sequence = f"pg_get_serial_sequence({literal(table)}, {literal(ref.name)})"
    beyond = ">=" if identity.increment > 0 else "<="
    return (
        f"SELECT setval({sequence}, {furthest}) FROM {table} "
        f"HAVING {furthest} {beyond} {first_value(identity)}"
    )
