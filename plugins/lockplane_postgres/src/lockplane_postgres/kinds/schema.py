"""Schemas: name spaces. What is in one comes and goes by its own steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.publication_table import naming
from lockplane_postgres.kinds.refs import schema_of
from lockplane_postgres.kinds.tags import SCHEMA
from lockplane_postgres.kinds.tree import text
from lockplane_postgres.quote import quote
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_SCHEMAS = f"SELECT n.oid, n.nspname FROM pg_namespace n WHERE {USER_SCHEMAS}"


class SchemaBody(Body, frozen=True, kw_only=True):
    """A schema is nothing but its name."""


class SchemaKind(PgKind):
    """Ref: (name,)."""

    tag = SCHEMA
    plural = "schemas"
    role = "schema"
    body = SchemaBody
    weight = 5
    keyword = "SCHEMA"
    renamable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All schemas that are not the server's own."""
        pg = as_pg(reader)
        for oid, name in pg.rows(_SCHEMAS):
            yield Node(ref=pg.note(Ref(self.tag, (name,)), "pg_namespace", oid), body=SchemaBody())

    def former(self, ref: Ref, names: Sequence[str]) -> Ref:
        """One name: a schema is in nothing."""
        if len(names) > 1:
            raise ValueError("a schema has one name")
        return super().former(ref, names)

    def named_by(self, ref: Ref, catalog: Catalog) -> Iterable[Ref]:
        """Everything that is in it."""
        own = [node.ref for node in catalog if schema_of(node.ref) == ref.name]
        return [*own, *naming(ref, catalog)]

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE SCHEMA`."""
        name = change.new.ref.name
        step = Step(description=f"Create schema {name}", sql=(f"CREATE SCHEMA {quote(name)}",))
        yield self.made(change, step)

    def tree_ref(self, fields: dict[str, Any], parent: Ref | None) -> Ref:
        """A schema has no schema."""
        return Ref(self.tag, (text(fields.pop("name")),))
