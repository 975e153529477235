"""Renaming: `ALTER … RENAME TO`, and `SET SCHEMA` for what changes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import descent
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import (
    CHECK,
    COLUMN,
    FOREIGN_TABLE,
    INDEX,
    MATERIALIZED_VIEW,
    SCHEMA,
    SEQUENCE,
    TABLE,
    VIEW,
)
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node, Role
    from lockplane_core.model.step import Lock
    from lockplane_postgres.kinds.naming import Naming

_NAMED_BY_CLIENTS: frozenset[Role] = frozenset(
    {"column", "routine", "schema", "sequence", "table", "type", "view"}
)
_HANDED_DOWN = frozenset({CHECK, COLUMN})
_RELATIONS = frozenset({TABLE, VIEW, MATERIALIZED_VIEW, SEQUENCE, FOREIGN_TABLE})


def renamed(kind: Naming, change: Change, before: Catalog) -> Step:
    """The step that gives an object its new name, and its new place first."""
    old, new = change.old, change.new.ref
    return Step(
        description=_said(kind, old, new),
        sql=tuple(_statements(kind, old, new)),
        consumes=(Ref(SCHEMA, new.path[:1]),) if _moves(kind, old.ref, new) else (),
        settles=(new,),
        effects=("breaking",) if kind.role in _NAMED_BY_CLIENTS else (),
        locks=_locks(old, before),
        span=change.new.span,
    )


def _statements(kind: Naming, node: Node, new: Ref) -> Iterator[str]:
    if _moves(kind, node.ref, new):
        yield f"ALTER {kind.commented(node)} SET SCHEMA {quote(new.path[0])}"
        there = Ref(new.kind, (new.path[0], *node.ref.path[1:]))
        node = msgspec.structs.replace(node, ref=there)
    if node.ref != new:
        yield f"{kind.renaming(node)} TO {kind.own_name(new)}"


def _moves(kind: Naming, old: Ref, new: Ref) -> bool:
    return not kind.parent and len(new.path) > 1 and old.path[0] != new.path[0]


def _said(kind: Naming, old: Node, new: Ref) -> str:
    noun, ref = old.ref.noun, old.ref
    if old.parent is not None and kind.parent:
        place = f"{old.parent.noun} {spoken(old.parent.path)}"
        return f"Rename {noun} {ref.name} of {place} to {new.name}"
    if _moves(kind, ref, new) and ref.path[1:] == new.path[1:]:
        return f"Move {noun} {kind.spoken(ref)} to schema {new.path[0]}"
    return f"Rename {noun} {kind.spoken(ref)} to {kind.spoken(new)}"


def _locks(node: Node, before: Catalog) -> tuple[Lock, ...]:
    """On the relation alone, or that which it is part of (renameatt and others in tablecmds.c).

    What heirs have as well is renamed there, too. Of an index it is a weaker one, since 12.
    """
    if node.ref.kind == INDEX:
        return existing(before, SHARE_UPDATE_EXCLUSIVE, node.ref)
    if node.ref.kind in _HANDED_DOWN:
        table = table_of(node.ref)
        return existing(before, ACCESS_EXCLUSIVE, table, *descent.heirs(table, before, before))
    ref = node.ref if node.ref.kind in _RELATIONS or node.parent is None else node.parent
    return existing(before, ACCESS_EXCLUSIVE, ref) if ref.kind in _RELATIONS else ()


# -- routines, whose refs hold what tells namesakes apart -----------------------------------------


def former_routine(ref: Ref, names: Sequence[str]) -> Ref:
    """What `renamed_from` means of a routine: the arguments are those that it has now."""
    *place, name = names
    if len(place) > 1:
        raise ValueError("a routine is named by its schema and its name, without arguments")
    schema = place[0] if place else ref.path[0]
    return Ref(ref.kind, (schema, quote(name) + ref.name.removeprefix(routine_name(ref))))


def routine_name(ref: Ref) -> str:
    """The name of a routine as DDL writes it, without its arguments."""
    signed = ref.name
    if not signed.startswith('"'):
        return signed.partition("(")[0]
    end = 1
    while signed[end] != '"' or signed[end + 1 : end + 2] == '"':
        end += 2 if signed[end] == '"' else 1
    return signed[: end + 1]
