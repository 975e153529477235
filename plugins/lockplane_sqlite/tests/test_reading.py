"""Reading: definitions from their texts, judged by what SQLite itself says of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockplane_sqlite.affinity import affinity
from lockplane_sqlite.ddl.cursor import Cursor
from lockplane_sqlite.ddl.mentions import mentions
from lockplane_sqlite.ddl.table import read_table
from lockplane_sqlite.tokens import scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.dialect import Dialect

_TYPES = [
    "",
    "INTEGER",
    "native  character (70)",
    "'quoted type'",
    "DECIMAL(10, 2)",
    "[odd]",
    "generated",
    "TEXT KEY",
]
_CLAUSES = [
    "",
    "NOT NULL",
    "CONSTRAINT n NOT NULL ON CONFLICT FAIL",
    "NULL",
    "UNIQUE ON CONFLICT IGNORE",
    "CONSTRAINT c CHECK (1 > 0)",
    "DEFAULT -1",
    "DEFAULT (1 + (2))",
    "DEFAULT 'it''s -- not'",
    "DEFAULT abc",
    "DEFAULT x'0f'",
    "COLLATE NOCASE",
    "REFERENCES o (a) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
    "REFERENCES o MATCH full NOT DEFERRABLE",
    "CONSTRAINT useless",
]
_TABLE_CLAUSES = [
    "UNIQUE (c0 COLLATE NOCASE DESC)",
    "CONSTRAINT k CHECK (c0 <> ',') CONSTRAINT l CHECK (c0 <> ')')",
    "FOREIGN KEY (c0) REFERENCES o (a) ON DELETE RESTRICT",
    "PRIMARY KEY (c0)",
]


_FOREIGN_KEYS = """
SELECT "table", group_concat("from"), on_delete, on_update
FROM pragma_foreign_key_list('t') GROUP BY id ORDER BY id DESC"""


@st.composite
def _tables(draw: st.DrawFn) -> str:
    count = draw(st.integers(1, 4))
    columns = [
        " ".join(
            [
                f"c{number}",
                draw(st.sampled_from(_TYPES)),
                *draw(st.lists(st.sampled_from(_CLAUSES), max_size=3)),
            ]
        )
        for number in range(count)
    ]
    columns += draw(st.lists(st.sampled_from(_TABLE_CLAUSES), max_size=2, unique=True))
    options = draw(st.sampled_from(["", " -- end\n", " /* x */ "]))
    return f"CREATE TABLE t (\n{', '.join(columns)}){options}"


@settings(max_examples=300)
@given(_tables())
def test_a_table_is_read_as_sqlite_reads_it(sql: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(sql)
        except sqlite3.OperationalError:
            return
        told = connection.execute(
            "SELECT name, \"notnull\", dflt_value IS NULL FROM pragma_table_info('t')"
        ).fetchall()
        keys = connection.execute(_FOREIGN_KEYS).fetchall()
    text = read_table(Cursor(sql))
    assert [(c.name.text, not c.nullable, c.default is None) for c in text.columns] == [
        (name, bool(not_null), bool(no_default)) for name, not_null, no_default in told
    ]
    assert [
        (k.table.text, ",".join(n.text for n in k.columns), k.on_delete, k.on_update)
        for k in text.foreign_keys
    ] == keys


@pytest.mark.parametrize(
    "column_type", [*_TYPES, "FLOATING POINT", "CHARINT", "BLOBBY", "STRING", "double"]
)
def test_affinity_is_what_sqlite_gives(column_type: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t (a {column_type})")
        connection.execute("INSERT INTO t VALUES ('1'), (1.0), (x'00')")
        stored = [row[0] for row in connection.execute("SELECT typeof(a) FROM t")]
    wanted = {
        "TEXT": ["text", "text", "blob"],
        "INTEGER": ["integer", "integer", "blob"],
        "NUMERIC": ["integer", "integer", "blob"],
        "REAL": ["real", "real", "blob"],
        "BLOB": ["text", "real", "blob"],
    }
    assert stored == wanted[affinity(column_type)]


MENTIONED = {
    "SELECT * FROM a, b AS c JOIN d ON a.x = b.x, (SELECT * FROM e), json_each(1)": "a b d e",
    "WITH q AS (SELECT * FROM r), z (a, b) AS NOT MATERIALIZED (VALUES (1, 2))"
    " SELECT * FROM q, z, main.y": "r y",
    "SELECT (SELECT max(x) FROM t1), t2.a FROM (t3, t4 LEFT JOIN t5 USING (a))"
    ' WHERE EXISTS (SELECT 1 FROM "T 6")': "t1 t3 t4 t5 T 6",
    "SELECT a FROM b WHERE c IN d AND e IN (1, 2) ORDER BY f, g": "b d",
    "AFTER UPDATE OF a, b ON t BEGIN UPDATE OR IGNORE u SET a = (SELECT 1 FROM v);"
    " INSERT INTO w (a) SELECT b FROM x; DELETE FROM y; END": "u v w x y",
}


@pytest.mark.parametrize(("sql", "names"), MENTIONED.items())
def test_the_tables_of_a_query_are_found(sql: str, names: str) -> None:
    assert " ".join(name.text for name in mentions(scan(sql))) == names


def test_needs_name_tables_views_and_columns(catalog_of: Callable[..., Catalog]) -> None:
    catalog = catalog_of(
        "CREATE TABLE T (A INT, b INT, c INT)",
        "CREATE VIEW v AS SELECT a FROM t WHERE B > 1",
        "CREATE VIEW w AS SELECT * FROM V, missing",
    )
    needs = {
        node.ref.name: [str(ref) for ref in node.needs] for node in catalog.of_kind("sqlite.view")
    }
    assert needs == {
        "v": ["column T.A", "column T.b", "table T"],
        "w": ["table missing", "view v"],
    }


def test_tables_behind_a_virtual_one_are_external(catalog_of: Callable[..., Catalog]) -> None:
    catalog = catalog_of("CREATE VIRTUAL TABLE search USING fts5(a)", "CREATE TABLE search_log (a)")
    external = {node.ref.name for node in catalog if node.external}
    assert "search_data" in external
    assert "search_log" not in external


def test_other_databases_of_a_connection_are_left_alone(
    catalog_of: Callable[..., Catalog],
) -> None:
    catalog = catalog_of(
        "CREATE TABLE t (a INT)",
        "CREATE TEMP TABLE t (b INT, c INT)",
        "ATTACH ':memory:' AS x",
        "CREATE TABLE x.u (a)",
    )
    assert [str(node.ref) for node in catalog] == ["column t.a", "table t"]


def test_introspection_takes_as_many_queries_for_one_table_as_for_many(
    dialect: Dialect, catalog_of: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lockplane_sqlite.session import SqliteSession

    counts: list[int] = []
    query = SqliteSession.query

    def counting(
        self: SqliteSession, sql: str, params: tuple[object, ...] = ()
    ) -> list[tuple[object, ...]]:
        if "sqlite_schema" in sql or "pragma_table_list" in sql:
            counts[-1] += 1
        return query(self, sql, params)

    monkeypatch.setattr(SqliteSession, "query", counting)
    for size in (1, 30):
        counts.append(0)
        catalog_of(
            *(
                f"CREATE TABLE t{number} (a INT REFERENCES t0, b TEXT UNIQUE)"
                for number in range(size)
            )
        )
    assert counts[0] == counts[1]


def test_nothing_remains_unmodelled(catalog_of: Callable[..., Catalog]) -> None:
    catalog = catalog_of(
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT UNIQUE)",
        "INSERT INTO t VALUES (1, 'x')",
        "CREATE INDEX i ON t (b)",
        "ANALYZE",
    )
    assert catalog.unmodelled == ()
    assert {node.ref.name for node in catalog.of_kind("sqlite.table")} == {"t"}
