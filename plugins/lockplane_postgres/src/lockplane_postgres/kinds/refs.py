"""What things of PostgreSQL are called: refs that follow from other refs and names.

A path is (schema, name) for what has a schema, (schema, table, name) for what lives below a
table, and (name,) for schemas and extensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.tags import (
    COMMENT,
    DEFAULT_PRIVILEGE,
    PRIVILEGE,
    ROLE_NAME,
    TABLE,
    UNPLACED,
)
from lockplane_postgres.parse.names import RELATION_NAME, TYPE_NAME

if TYPE_CHECKING:
    from lockplane_core.model.change import Change


def comment_ref(ref: Ref) -> Ref:
    """The ref of the comment on an object."""
    return Ref(COMMENT, (ref.kind.rpartition(".")[2], *ref.path))


def schema_of(ref: Ref) -> str:
    """The schema in the path, or nothing; that of a comment begins with the noun."""
    kind, path = ref.kind, ref.path
    if kind in (COMMENT, PRIVILEGE):
        kind, path = f"postgres.{path[0]}", path[1:]
    if kind == DEFAULT_PRIVILEGE:
        return path[1]
    return "" if kind in UNPLACED else path[0]


def relation_name(schema: str, name: str) -> Ref:
    """What a relation of any kind occupies (see `Kind.occupies`)."""
    return Ref(RELATION_NAME, (schema, name))


def type_name(schema: str, name: str) -> Ref:
    """What a type occupies, and a relation that has a row type."""
    return Ref(TYPE_NAME, (schema, name))


def role_ref(name: str) -> Ref:
    """What needs a role names it by this."""
    return Ref(ROLE_NAME, (name,))


def table_of(ref: Ref) -> Ref:
    """The table that something below a table belongs to."""
    return Ref(TABLE, ref.path[:2])


def privilege_ref(about: Ref, grantee: str) -> Ref:
    """The ref of what a role may do with an object."""
    return Ref(PRIVILEGE, (about.kind.rpartition(".")[2], *about.path, grantee))


def about(change: Change) -> Ref:
    """The object that a changed comment, owner or privilege is of."""
    parent = (change.after or change.old).parent
    assert parent is not None  # noqa: S101 - narrows the type: each is of something
    return parent
