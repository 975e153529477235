"""Primary keys."""

from __future__ import annotations

from types import MappingProxyType

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.implicit import implicit_name
from lockplane_postgres.kinds.key import KeyKind
from lockplane_postgres.kinds.tags import PRIMARY_KEY


class PrimaryKeyKind(KeyKind):
    """Ref: (schema, table, name); schema JSON writes it with the table."""

    tag = PRIMARY_KEY
    plural = "primary_keys"
    weight = 100
    noun = "primary key"
    contype = "p"
    words = "PRIMARY KEY"
    since = MappingProxyType({"without_overlaps": KeyKind.since["without_overlaps"]})

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Its name, and the one place for a primary key that the table has."""
        return (*super().occupies(ref), Ref(PRIMARY_KEY, ref.path[:2]))


def default_name(table: str) -> str:
    """The name that PostgreSQL gives a primary key."""
    return implicit_name(table, "", "pkey")
