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
    "partitioned table public.p": ("CREATE TABLE p (a integer) PARTITION BY LIST (a)", ()),
    "inheriting table public.child": ("CREATE TABLE child () INHERITS (t)", (T,)),
    "typed table public.o": ("CREATE TYPE c AS (x integer); CREATE TABLE o OF c", ()),
    "rule r on public.t": ("CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", (T,)),
    "aggregate public.total(integer)": (
        "CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer)",
        (),
    ),
    "operator public.===(integer,integer)": (
        "CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer)",
        (),
    ),
    "text search configuration public.s": (
        "CREATE TEXT SEARCH CONFIGURATION s (COPY = simple)",
        (),
    ),
    "statistics object public.s": ("CREATE STATISTICS s ON a, b FROM t", (A,)),
    "publication p": ("CREATE PUBLICATION p FOR TABLE t", ()),
    "publication relation public.t in publication p": ("CREATE PUBLICATION p FOR TABLE t", (T,)),
    "subscription s": (
        """
        CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p
        WITH (connect = false, slot_name = NONE)
        """,
        (),
    ),
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
    "statistics target t.i": (
        "CREATE INDEX i ON t ((a + 1)); ALTER INDEX i ALTER 1 SET STATISTICS 500",
        Ref("postgres.index", ("public", "t", "i")),
    ),
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
    if name.startswith("subscription"):
        session.execute("DROP SUBSCRIPTION s")  # or its database could not be dropped

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
        CREATE TYPE c AS (x integer, y mood[]);
        CREATE TYPE r AS RANGE (subtype = text);
        CREATE COLLATION bytes FROM "C";
        CREATE DOMAIN d AS text DEFAULT '' NOT NULL CHECK (VALUE <> 'x');
        CREATE SEQUENCE loose;
        CREATE TABLE a (id serial PRIMARY KEY, m mood[], i integer GENERATED ALWAYS AS IDENTITY,
                        x int4range, EXCLUDE USING gist (x WITH &&));
        CREATE TABLE b (id integer REFERENCES a, t text CHECK (t <> ''));
        CREATE VIEW v AS SELECT * FROM a;
        CREATE MATERIALIZED VIEW m AS SELECT id, i FROM v;
        CREATE INDEX i ON m (id);
        ALTER TABLE b ALTER t SET STORAGE main, ALTER t SET STATISTICS 5;
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


class StatisticsBody(Body, frozen=True, kw_only=True):
    definition: str


class StatisticsKind(Kind):
    """What a third party would write to model statistics, and to answer for replica identity."""

    tag = "postgres.statistics"
    plural = "statistics"
    role = "other"
    body = StatisticsBody

    def introspect(self, reader: Reader) -> Iterable[Node]:
        reader.claim("replica identity")  # type: ignore[attr-defined]
        for oid, name, definition in reader.session.query(
            "SELECT oid, stxname, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext"
        ):
            ref = Ref(self.tag, ("public", name))
            reader.note(ref, "pg_statistic_ext", oid)  # type: ignore[attr-defined]
            yield Node(ref=ref, body=StatisticsBody(definition=definition))


def test_a_third_partys_kind_takes_its_class_out_of_the_list(session: PgSession) -> None:
    session.execute(
        TABLE + "CREATE STATISTICS s ON a, b FROM t; ALTER TABLE t REPLICA IDENTITY FULL"
    )
    assert [str(item) for item in introspected(session).unmodelled] == [
        "replica identity t",
        "statistics object public.s",
    ]

    catalog = introspected(session, StatisticsKind())

    assert catalog.unmodelled == ()
    statistics = catalog[Ref("postgres.statistics", ("public", "s"))]
    assert A in statistics.needs


def test_what_stands_on_an_unmodelled_object_is_as_unmodelled(session: PgSession) -> None:
    session.execute(
        """
        CREATE TABLE p (id integer PRIMARY KEY) PARTITION BY HASH (id);
        CREATE TABLE t (id integer PRIMARY KEY, p integer CONSTRAINT fk REFERENCES p);
        CREATE VIEW v AS SELECT id FROM p;
        CREATE VIEW w AS SELECT v.id FROM v JOIN t USING (id);
        CREATE VIEW untouched AS SELECT id FROM t;
        COMMENT ON VIEW w IS 'goes with it';
        """
    )

    catalog = introspected(session)

    found = {str(item): item for item in catalog.unmodelled}
    assert found.keys() == {"foreign key t.fk", "partitioned table public.p", "view v", "view w"}
    assert Ref("postgres.table", ("public", "t")) in found["foreign key t.fk"].needs
    assert Ref("postgres.column", ("public", "t", "id")) in found["view w"].needs
    views = [node.ref.path[-1] for node in catalog.of_kind("postgres.view")]
    assert views == ["untouched"]
