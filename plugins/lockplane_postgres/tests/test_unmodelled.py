from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.spi.kind import Kind
from lockplane_postgres.dialect import PostgresDialect
from lockplane_postgres.kinds.registered import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.dialect import Reader
    from lockplane_postgres.session import PgSession

TABLE = "CREATE TABLE t (id integer PRIMARY KEY, a integer, b text); "
T = Ref("postgres.table", ("public", "t"))
A = Ref("postgres.column", ("public", "t", "a"))

OBJECTS = {
    "domain public.d": ("CREATE DOMAIN d AS text", ()),
    "composite type public.c": ("CREATE TYPE c AS (x integer)", ()),
    "range type public.r": ("CREATE TYPE r AS RANGE (subtype = text)", ()),
    "materialized view public.m": ("CREATE MATERIALIZED VIEW m AS SELECT a FROM t", (A,)),
    "partitioned table public.p": ("CREATE TABLE p (a integer) PARTITION BY LIST (a)", ()),
    "inheriting table public.child": ("CREATE TABLE child () INHERITS (t)", (T,)),
    "typed table public.o": ("CREATE TYPE c AS (x integer); CREATE TABLE o OF c", ()),
    "policy p on public.t": ("CREATE POLICY p ON t USING (a > 0)", (A, T)),
    "rule r on public.t": ("CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", (T,)),
    "aggregate public.total(integer)": (
        "CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer)",
        (),
    ),
    "operator public.===(integer,integer)": (
        "CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer)",
        (),
    ),
    "collation public.german": ('CREATE COLLATION german FROM "C"', ()),
    "text search configuration public.s": (
        "CREATE TEXT SEARCH CONFIGURATION s (COPY = simple)",
        (),
    ),
    "statistics object public.s": ("CREATE STATISTICS s ON a, b FROM t", (A,)),
    "publication p": ("CREATE PUBLICATION p FOR TABLE t", ()),
    "publication relation public.t in publication p": ("CREATE PUBLICATION p FOR TABLE t", (T,)),
    "event trigger e": (
        """
        CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION e()
        """,
        (),
    ),
    "foreign-data wrapper w": ("CREATE FOREIGN DATA WRAPPER w", ()),
    "server s": ("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w", ()),
    "foreign table public.f": (
        """
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE f (a integer) SERVER s
        """,
        (),
    ),
    "cast (pg_catalog.text AS public.d)": (
        "CREATE TYPE d AS (x text); CREATE CAST (text AS d) WITH INOUT",
        (),
    ),
    "operator family public.f USING btree": ("CREATE OPERATOR FAMILY f USING btree", ()),
}
ASPECTS = {
    "row level security t": ("ALTER TABLE t ENABLE ROW LEVEL SECURITY", T),
    "forced row level security t": ("ALTER TABLE t FORCE ROW LEVEL SECURITY", T),
    "grant t": ("GRANT SELECT ON t TO public", T),
    "grant t.a": ("GRANT SELECT (a) ON t TO public", A),
    "grant public": (
        "GRANT CREATE ON SCHEMA public TO public",
        Ref("postgres.schema", ("public",)),
    ),
    "storage setting t.b": (
        "ALTER TABLE t ALTER b SET STORAGE EXTERNAL",
        Ref("postgres.column", ("public", "t", "b")),
    ),
    "compression setting t.b": (
        "ALTER TABLE t ALTER b SET COMPRESSION pglz",
        Ref("postgres.column", ("public", "t", "b")),
    ),
    "statistics target t.a": ("ALTER TABLE t ALTER a SET STATISTICS 500", A),
    "column option t.a": ("ALTER TABLE t ALTER a SET (n_distinct = 5)", A),
    "replica identity t": ("ALTER TABLE t REPLICA IDENTITY FULL", T),
    "clustered index t.i": (
        "CREATE INDEX i ON t (a); ALTER TABLE t CLUSTER ON i",
        Ref("postgres.index", ("public", "t", "i")),
    ),
    "disabled foreign key f.f_id_fkey": (
        "CREATE TABLE f (id integer REFERENCES t); ALTER TABLE f DISABLE TRIGGER ALL",
        Ref("postgres.foreign_key", ("public", "f", "f_id_fkey")),
    ),
}


def introspected(session: PgSession, *more: Kind) -> Catalog:
    return PostgresDialect().introspect(session, [*(kind() for kind in KINDS), *more])


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_that_no_kind_models_is_named(session: PgSession, name: str) -> None:
    sql, needs = OBJECTS[name]
    session.execute(TABLE + sql)

    found = {str(item): item for item in introspected(session).unmodelled}

    assert name in found
    assert not found[name].aspect
    assert set(needs) <= set(found[name].needs)


@pytest.mark.parametrize("name", ASPECTS)
def test_a_fact_that_no_kind_models_is_named(session: PgSession, name: str) -> None:
    sql, ref = ASPECTS[name]
    session.execute(TABLE + sql)

    found = {str(item): item for item in introspected(session).unmodelled}

    assert name in found
    assert found[name].aspect
    assert found[name].needs == (ref,)


def test_nothing_is_named_that_is_modelled_or_part_of_it(session: PgSession) -> None:
    session.execute(
        """
        CREATE TYPE mood AS ENUM ('a');
        CREATE SEQUENCE loose;
        CREATE TABLE a (id serial PRIMARY KEY, m mood[], i integer GENERATED ALWAYS AS IDENTITY,
                        x int4range, EXCLUDE USING gist (x WITH &&));
        CREATE TABLE b (id integer REFERENCES a, t text CHECK (t <> ''));
        CREATE VIEW v AS SELECT * FROM a;
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();
        CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON b DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f();
        CREATE TEMPORARY TABLE passing (id integer);
        """
    )
    assert introspected(session).unmodelled == ()


def test_what_an_extension_owns_is_external_and_not_named(session: PgSession) -> None:
    session.execute("CREATE EXTENSION citext; CREATE TABLE t (a citext DEFAULT 'x'::citext);")

    catalog = introspected(session)

    assert catalog.unmodelled == ()
    column = catalog[Ref("postgres.column", ("public", "t", "a"))]
    assert column.needs == (Ref("postgres.extension", ("citext",)),)
    external = [node for node in catalog if node.external]
    assert external
    assert all(node.needs == (Ref("postgres.extension", ("citext",)),) for node in external)


class DomainBody(Body, frozen=True, kw_only=True):
    base: str


class DomainKind(Kind):
    """What a third party would write to model domains, and to answer for grants."""

    tag = "postgres.domain"
    plural = "domains"
    role = "type"
    body = DomainBody

    def introspect(self, reader: Reader) -> Iterable[Node]:
        reader.claim("grant")  # type: ignore[attr-defined]
        for oid, name, base in reader.session.query(
            "SELECT oid, typname, format_type(typbasetype, NULL) FROM pg_type "
            "WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace"
        ):
            ref = Ref(self.tag, ("public", name))
            reader.note(ref, "pg_type", oid)  # type: ignore[attr-defined]
            yield Node(ref=ref, body=DomainBody(base=base))


def test_a_third_partys_kind_takes_its_class_out_of_the_list(session: PgSession) -> None:
    session.execute("CREATE DOMAIN d AS text; CREATE TABLE t (a d); GRANT SELECT ON t TO public;")
    assert [str(item) for item in introspected(session).unmodelled] == [
        "domain public.d",
        "grant t",
    ]

    catalog = introspected(session, DomainKind())

    assert catalog.unmodelled == ()
    column = catalog[Ref("postgres.column", ("public", "t", "a"))]
    assert column.needs == (Ref("postgres.domain", ("public", "d")),)
