"""Publications: what logical replication sends. Their single tables are nodes of their own."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.named import RemadeKind, UnplacedKind
from lockplane_postgres.kinds.tags import PUBLICATION, SCHEMA
from lockplane_postgres.quote import literal, names, quote
from lockplane_postgres.reader import as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader
    from lockplane_postgres.reader import PgReader

Action = Literal["insert", "update", "delete", "truncate"]

_PUBLICATIONS = f"""
SELECT p.oid, p.pubname, p.puballtables, p.pubviaroot, {{generated}},
       p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate
FROM pg_publication p
WHERE {unowned("pg_publication", "p.oid")}
"""
_SCHEMAS = """
SELECT s.pnpubid, s.oid, n.nspname
FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid
ORDER BY 1, 3
"""
_ACTIONS: tuple[Action, ...] = ("insert", "update", "delete", "truncate")


class PublicationBody(Body, frozen=True, kw_only=True):
    """All tables, or those of `schemas` and those that are below it; and what is sent of them."""

    all_tables: bool = False
    schemas: tuple[str, ...] = ()
    publish: tuple[Action, ...] = _ACTIONS
    via_root: bool = False
    generated_columns: Literal["none", "stored"] = "none"


class PublicationKind(RemadeKind, UnplacedKind):
    """Ref: (name,)."""

    tag = PUBLICATION
    plural = "publications"
    body = PublicationBody
    weight = 240
    keyword = "PUBLICATION"
    since = MappingProxyType({"schemas": "15", "generated_columns": "18"})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All publications but those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_publication"):
            return
        generated = pg.since(self.since["generated_columns"], "p.pubgencols = 's'", "false")
        schemas = _schemas(pg)
        for row in pg.rows(_PUBLICATIONS.format(generated=generated)):
            oid, name, all_tables, via_root, stored, *sent = row
            ref = pg.note(Ref(self.tag, (name,)), "pg_publication", oid)
            own = schemas.get(oid, [])
            for member, _ in own:
                pg.note(ref, "pg_publication_namespace", member)
            body = PublicationBody(
                all_tables=all_tables,
                schemas=tuple(schema for _, schema in own),
                publish=tuple(a for a, is_sent in zip(_ACTIONS, sent, strict=True) if is_sent),
                via_root=via_root,
                generated_columns="stored" if stored else "none",
            )
            yield Node(ref=ref, body=body)

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether it becomes, or no longer is, FOR ALL TABLES: that has no ALTER."""
        return bool(change.old.body.all_tables != change.new.body.all_tables)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE PUBLICATION`; its tables are added when they are there."""
        node = change.new
        step = Step(
            description=f"Create publication {node.ref.name}",
            sql=(self.definition(node),),
            consumes=tuple(Ref(SCHEMA, (name,)) for name in node.body.schemas),
        )
        yield self.made(change, step)

    def definition(self, node: Node) -> str:
        body: PublicationBody = node.body
        subject = ""
        if body.all_tables:
            subject = " FOR ALL TABLES"
        elif body.schemas:
            subject = f" FOR TABLES IN SCHEMA {names(body.schemas)}"
        options = list(_options(PublicationBody(), body))
        given = f" WITH ({', '.join(options)})" if options else ""
        return f"CREATE PUBLICATION {quote(node.ref.name)}{subject}{given}"

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET (…)`, and the schemas that come and go."""
        old, new = change.old.body, change.new.body
        options = list(_options(old, new))
        actions = [f"SET ({', '.join(options)})"] if options else []
        for verb, schemas in (
            ("DROP", [name for name in old.schemas if name not in new.schemas]),
            ("ADD", [name for name in new.schemas if name not in old.schemas]),
        ):
            actions += [f"{verb} TABLES IN SCHEMA {names(schemas)}"] if schemas else []
        less = not {*old.publish, *old.schemas} <= {*new.publish, *new.schemas}
        step = Step(
            description=f"Change publication {change.new.ref.name}",
            sql=tuple(f"ALTER PUBLICATION {quote(change.new.ref.name)} {a}" for a in actions),
            effects=("breaking",) if less else (),
        )
        yield self.made(change, step)


def _schemas(pg: PgReader) -> dict[int, list[tuple[int, str]]]:
    """The schemas of publications, by these: the oid of the membership, and the name."""
    found: dict[int, list[tuple[int, str]]] = {}
    rows = pg.rows(_SCHEMAS) if pg.major >= 15 else ()  # noqa: PLR2004 - there are none before
    for publication, oid, name in rows:
        found.setdefault(publication, []).append((oid, name))
    return found


def _options(old: PublicationBody, new: PublicationBody) -> Iterator[str]:
    """Those that differ."""
    if old.publish != new.publish:
        yield f"publish = {literal(', '.join(new.publish))}"
    if old.via_root != new.via_root:
        yield f"publish_via_partition_root = {str(new.via_root).lower()}"
    if old.generated_columns != new.generated_columns:
        yield f"publish_generated_columns = {new.generated_columns}"
