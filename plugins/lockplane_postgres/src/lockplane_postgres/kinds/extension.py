"""Extensions: installed or not, and in which schema.

The version is no part of the body: `CREATE EXTENSION x` means "as the server has it", and a
server that was upgraded does not differ from its schema file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Effect, Step
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.tags import EXTENSION, TABLE
from lockplane_postgres.kinds.tree import text
from lockplane_postgres.quote import PUBLIC, quote
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_EXTENSIONS = """
SELECT e.oid, e.extname, n.nspname
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
"""


class ExtensionBody(Body, frozen=True, kw_only=True):
    """Where the extension put its objects."""

    schema: str = PUBLIC


class ExtensionKind(PgKind):
    """Ref: (name,)."""

    tag = EXTENSION
    plural = "extensions"
    role = "other"
    body = ExtensionBody
    weight = 10
    keyword = "EXTENSION"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All extensions; `plpgsql` is part of what a fresh database holds."""
        pg = as_pg(reader)
        for oid, name, schema in pg.rows(_EXTENSIONS):
            ref = pg.note(Ref(self.tag, (name,)), "pg_extension", oid)
            yield Node(ref=ref, body=ExtensionBody(schema=schema))

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE EXTENSION`; in `public` without a word, as an extension may know better."""
        name, schema = change.new.ref.name, change.new.body.schema
        place = "" if schema == PUBLIC else f" SCHEMA {quote(schema)}"
        step = Step(
            description=f"Create extension {name}", sql=(f"CREATE EXTENSION {quote(name)}{place}",)
        )
        yield self.made(change, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET SCHEMA`, which moves all its objects; many extensions refuse."""
        name, schema = change.new.ref.name, change.new.body.schema
        step = Step(
            description=f"Move extension {name} to schema {schema}",
            sql=(f"ALTER EXTENSION {quote(name)} SET SCHEMA {quote(schema)}",),
            effects=("breaking",),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP EXTENSION`: its functions, types and tables go with it."""
        effects: tuple[Effect, ...] = ("breaking",)
        members = (node.ref.kind for node in before.dependants(change.old.ref) if node.external)
        if TABLE in members:
            effects = ("data_loss", *effects)
        for step in super().drop(change, before, after):
            yield msgspec.structs.replace(step, effects=effects)

    def tree_ref(self, fields: dict[str, Any], parent: Ref | None) -> Ref:
        """An extension has no schema of its own; `schema` says where its objects are."""
        return Ref(self.tag, (text(fields.pop("name")),))
