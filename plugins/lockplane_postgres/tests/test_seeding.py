from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.model.ref import Ref
from lockplane_postgres import seeding
from lockplane_postgres.dialect import PostgresDialect
from lockplane_postgres.kinds.registered import KINDS

if TYPE_CHECKING:
    from lockplane_core.model.catalog import Catalog
    from lockplane_postgres.session import PgSession


def introspected(session: PgSession) -> Catalog:
    return PostgresDialect().introspect(session, [kind() for kind in KINDS])


def table(*path: str) -> Ref:
    return Ref("postgres.table", path)


def test_a_row_with_a_value_in_every_column(session: PgSession) -> None:
    session.execute(
        """
        CREATE TYPE "Mo(od" AS ENUM ('sad');
        CREATE TABLE "T 1" (id bigserial PRIMARY KEY, i integer GENERATED ALWAYS AS IDENTITY,
          g integer GENERATED ALWAYS AS (1) STORED, a varchar(3) NOT NULL, b char(2),
          c numeric(3,1),
          d timestamptz(2), e time, f interval day, h uuid[], j jsonb, k bit(3), l int4range,
          m "Mo(od" NOT NULL, ms "Mo(od"[] NOT NULL, n inet, o bytea, p tsvector, q "char");
        """
    )
    assert seeding.seed(session, introspected(session), table("public", "T 1"))
    ((row,),) = session.query('SELECT count(*) FROM "T 1" t WHERE a IS NOT NULL AND d IS NOT NULL '
                              "AND k IS NOT NULL AND h IS NOT NULL AND q IS NOT NULL")  # fmt: skip
    assert row == 1
    assert seeding.count_rows(session, table("public", "T 1")) == 1


def test_parents_come_first_and_once(session: PgSession) -> None:
    session.execute(
        """
        CREATE TABLE a (x integer, y text, PRIMARY KEY (x, y));
        CREATE TABLE b (id serial PRIMARY KEY, x integer NOT NULL, y text NOT NULL,
                        FOREIGN KEY (y, x) REFERENCES a (y, x));
        CREATE TABLE c (b integer NOT NULL UNIQUE REFERENCES b, parent integer REFERENCES c (b));
        """
    )
    catalog = introspected(session)
    assert seeding.seed(session, catalog, table("public", "c"))
    assert seeding.seed(session, catalog, table("public", "b"))
    assert [seeding.count_rows(session, table("public", name)) for name in "abc"] == [1, 1, 1]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (a integer CHECK (a > 100) NOT NULL)",
        "CREATE TABLE t (a integer NOT NULL UNIQUE, b integer NOT NULL REFERENCES t (a))",
        "CREATE DOMAIN d AS integer NOT NULL CHECK (VALUE > 1); CREATE TABLE t (a d)",
    ],
)
def test_a_row_that_can_not_be_made_is_said_not_to_be(session: PgSession, sql: str) -> None:
    session.execute(sql)
    assert not seeding.seed(session, introspected(session), table("public", "t"))
    assert seeding.count_rows(session, table("public", "t")) == 0


def test_a_check_that_forbids_the_usual_values_leaves_the_rest(session: PgSession) -> None:
    session.execute("CREATE TABLE t (a integer CHECK (a > 100), b text NOT NULL)")
    assert seeding.seed(session, introspected(session), table("public", "t"))
    assert session.query("SELECT a, b FROM t") == [(None, "x")]


def test_identities_tell_what_was_made_anew(session: PgSession) -> None:
    session.execute("CREATE TABLE t (a integer, b integer); CREATE TABLE u (a integer)")
    before = seeding.identities(session)
    session.execute("ALTER TABLE t DROP b; ALTER TABLE t ADD b integer; DROP TABLE u;")
    session.execute("CREATE TABLE u (a integer)")
    after = seeding.identities(session)

    assert {ref for ref in before if before[ref] != after[ref]} == {
        Ref("postgres.column", ("public", "t", "b")),
        table("public", "u"),
        Ref("postgres.column", ("public", "u", "a")),
    }


def test_partitions_get_what_fits_their_bounds(session: PgSession) -> None:
    session.execute(
        """
        CREATE TABLE l (a text, b integer) PARTITION BY LIST (a);
        CREATE TABLE l1 PARTITION OF l FOR VALUES IN ('it''s', NULL) PARTITION BY RANGE (b);
        CREATE TABLE l11 PARTITION OF l1 FOR VALUES FROM (7) TO (9);
        CREATE TABLE l2 PARTITION OF l FOR VALUES IN ('q');
        CREATE TABLE r (d date, n integer) PARTITION BY RANGE (d, n);
        CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (MINVALUE, MINVALUE) TO ('1990-05-05', 0);
        CREATE TABLE r2 PARTITION OF r
          FOR VALUES FROM ('1990-05-05', 0) TO ('1991-01-01', MINVALUE);
        CREATE TABLE r3 PARTITION OF r FOR VALUES FROM ('2010-01-01', 5) TO (MAXVALUE, MAXVALUE);
        CREATE TABLE r4 PARTITION OF r DEFAULT;
        CREATE TABLE h (a bigint, b text) PARTITION BY HASH (a, b);
        """
        + "".join(
            f"CREATE TABLE h{n} PARTITION OF h FOR VALUES WITH (MODULUS 7, REMAINDER {n});"
            for n in range(7)
        )
    )
    catalog = introspected(session)
    names = ["l11", "l2", "r1", "r2", "r3", "r4", *(f"h{n}" for n in range(7))]
    for name in ("l", "r", "h"):
        assert seeding.seed(session, catalog, table("public", name)), name
    assert [seeding.count_rows(session, table("public", name)) for name in names] == [1] * 13
