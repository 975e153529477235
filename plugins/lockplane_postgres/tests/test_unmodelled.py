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
    from lockplane_core.spi.reader import Reader
    from lockplane_postgres.session import PgSession

TABLE = "CREATE TABLE t (id integer PRIMARY KEY, a integer, b text); "
T = Ref("postgres.table", ("public", "t"))
A = Ref("postgres.column", ("public", "t", "a"))

OBJECTS = {
    "typed table public.o": ("CREATE TYPE c AS (x integer); CREATE TABLE o OF c", ()),
    "operator of access method operator 1 (integer, pg_catalog.text) "
    "of pg_catalog.integer_ops USING btree": (
        """
        CREATE FUNCTION f(integer, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
        CREATE OPERATOR <<<< (FUNCTION = f, LEFTARG = integer, RIGHTARG = text);
        ALTER OPERATOR FAMILY integer_ops USING btree ADD OPERATOR 1 <<<< (integer, text)
        """,
        (Ref("postgres.operator", ("public", "<<<<(integer, text)")),),
    ),
    "foreign table public.f": (
        """
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE f () INHERITS (t) SERVER s
        """,
        (T,),
    ),
}
ASPECTS = {
    "statistics target t.i": (
        "CREATE INDEX i ON t ((a + 1)); ALTER INDEX i ALTER 1 SET STATISTICS 500",
        Ref("postgres.index", ("public", "t", "i")),
    ),
    "replica identity m": (
        "CREATE MATERIALIZED VIEW m AS SELECT id FROM t; ALTER TABLE m REPLICA IDENTITY FULL",
        Ref("postgres.materialized_view", ("public", "m")),
    ),
    "dependence on an extension f()": (
        """
        CREATE EXTENSION citext;
        CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
        ALTER FUNCTION f() DEPENDS ON EXTENSION citext
        """,
        Ref("postgres.function", ("public", "f()")),
    ),
    # No server of the tests has a provider: a superuser can say what one would have.
    "security label of provider p on table t": (
        "INSERT INTO pg_seclabel VALUES ('t'::regclass, 'pg_class'::regclass, 0, 'p', 'secret')",
        T,
    ),
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


def test_a_security_label_of_the_database_is_named(session: PgSession) -> None:
    session.execute(
        "INSERT INTO pg_shseclabel SELECT oid, 'pg_database'::regclass, 'p', 'secret' "
        "FROM pg_database WHERE datname = current_database()"
    )
    (found,) = introspected(session).unmodelled
    assert str(found) == "security label of provider p on the database"


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


class TypedTableBody(Body, frozen=True, kw_only=True):
    type: str


class TypedTableKind(Kind):
    """What a third party would write to model typed tables, and to answer for CLUSTER."""

    tag = "postgres.typed_table"
    plural = "typed_tables"
    role = "table"
    body = TypedTableBody

    def introspect(self, reader: Reader) -> Iterable[Node]:
        reader.claim("clustered index")  # type: ignore[attr-defined]
        for oid, name, type_ in reader.session.query(
            "SELECT oid, relname, reloftype::regtype::text FROM pg_class WHERE reloftype <> 0"
        ):
            ref = Ref(self.tag, ("public", name))
            reader.note(ref, "pg_class", oid)  # type: ignore[attr-defined]
            yield Node(ref=ref, body=TypedTableBody(type=type_))


def test_a_third_partys_kind_takes_its_class_out_of_the_list(session: PgSession) -> None:
    session.execute(
        f"{TABLE} CREATE TYPE c AS (x integer); CREATE TABLE o OF c; "
        "CREATE INDEX i ON t (a); CLUSTER t USING i"
    )
    assert [str(item) for item in introspected(session).unmodelled] == [
        "clustered index t.i",
        "typed table public.o",
    ]

    catalog = introspected(session, TypedTableKind())

    assert catalog.unmodelled == ()
    table = catalog[Ref("postgres.typed_table", ("public", "o"))]
    assert Ref("postgres.composite_type", ("public", "c")) in table.needs


def test_what_stands_on_an_unmodelled_object_is_as_unmodelled(session: PgSession) -> None:
    session.execute(
        """
        CREATE TYPE r AS (id integer);
        CREATE TABLE p OF r (PRIMARY KEY (id));
        CREATE TABLE t (id integer PRIMARY KEY, p integer CONSTRAINT fk REFERENCES p);
        CREATE VIEW v AS SELECT id FROM p;
        CREATE VIEW w AS SELECT v.id FROM v JOIN t USING (id);
        CREATE VIEW untouched AS SELECT id FROM t;
        COMMENT ON VIEW w IS 'goes with it';
        """
    )

    catalog = introspected(session)

    found = {str(item): item for item in catalog.unmodelled}
    assert found.keys() == {"foreign key t.fk", "typed table public.p", "view v", "view w"}
    assert Ref("postgres.table", ("public", "t")) in found["foreign key t.fk"].needs
    assert Ref("postgres.column", ("public", "t", "id")) in found["view w"].needs
    views = [node.ref.path[-1] for node in catalog.of_kind("postgres.view")]
    assert views == ["untouched"]
