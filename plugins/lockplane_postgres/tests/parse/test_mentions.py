"""Queries, expressions and bodies: what they mention is required, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockplane_core.model.statement import Declared, Statement


def said(items: Iterable[Declared]) -> list[str]:
    """Refs in short: `r` for the name of a relation, `f` of a routine, `t` of a type."""
    short = {"relation_name": "r", "routine_name": "f", "type_name": "t", "column": "c"}
    kinds = (item.ref.kind.removeprefix("postgres.") for item in items)
    paths = (".".join(item.ref.path).removeprefix("public.") for item in items)
    return sorted(f"{short.get(k, k)} {p}" for k, p in zip(kinds, paths, strict=True))


QUERIES = {
    "SELECT 1": [],
    "SELECT * FROM t": ["r t"],
    "SELECT a FROM app.t": ["c app.t.a", "r app.t"],
    "SELECT x.a, x.* FROM t x": ["c t.a", "r t"],
    "SELECT t.a FROM t JOIN u ON t.id = u.id": ["c t.a", "c t.id", "c u.id", "r t", "r u"],
    "SELECT a, b FROM t, u": ["r t", "r u"],
    "SELECT t FROM t": ["r t"],
    "SELECT ctid, t.tableoid FROM t": ["r t"],
    "SELECT app.t.a FROM app.t": ["c app.t.a", "r app.t"],
    "SELECT y FROM t AS x (y)": ["r t"],
    "SELECT a FROM t JOIN u USING (id)": ["r t", "r u"],
    "SELECT a AS b FROM t GROUP BY b ORDER BY b, c": ["c t.a", "c t.c", "r t"],
    "SELECT f(a), app.g(1) FROM t": ["c t.a", "f app.g", "f f", "r t"],
    "SELECT a::mood, 'x'::app.kind FROM t": ["c t.a", "r t", "t app.kind", "t mood"],
    "SELECT 'app.u'::regclass, nextval('s')": ["f nextval", "r app.u", "sequence s"],
    "SELECT extract(year FROM a) FROM t": ["c t.a", "r t"],
    "WITH w AS (SELECT a FROM t) SELECT a FROM w": ["c t.a", "r t"],
    "WITH t AS (SELECT a FROM t) SELECT a FROM t": ["c t.a", "r t"],
    "WITH RECURSIVE w AS (SELECT a FROM t UNION SELECT n FROM w) SELECT * FROM w": [
        "c t.a", "r t"],
    "SELECT (SELECT max(u.x) FROM u WHERE u.id = t.id) FROM t": [
        "c t.id", "c u.id", "c u.x", "f max", "r t", "r u"],
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE b = 1)": ["c t.a", "r t", "r u"],
    "SELECT a FROM t UNION SELECT b FROM u ORDER BY a": ["c t.a", "c u.b", "r t", "r u"],
    "SELECT q.a FROM (SELECT a FROM t) q": ["c t.a", "r t"],
    "SELECT g.v FROM f(1) AS g (v mood)": ["f f", "t mood"],
    "SELECT * FROM t, LATERAL (SELECT t.a) q": ["c t.a", "r t"],
    "SELECT * FROM t TABLESAMPLE bernoulli (1)": ["r t"],
    "SELECT a FROM t FOR UPDATE OF t": ["c t.a", "r t"],
    "SELECT sum(a) OVER (PARTITION BY b ORDER BY c) FROM t": [
        "c t.a", "c t.b", "c t.c", "f sum", "r t"],
    "SELECT relname FROM pg_class, information_schema.tables, pg_catalog.pg_type": [],
    "SELECT a FROM t WHERE b IN (SELECT c FROM u)": ["c t.a", "c t.b", "r t", "r u"],
    "VALUES (f(1))": ["f f"],
    "TABLE app.t": ["r app.t"],
}  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_what_a_query_mentions(query: str, only: Callable[[str], Statement]) -> None:
    assert said(only(f"CREATE VIEW v AS {query}").requires) == QUERIES[query]


BODIES = {
    "LANGUAGE sql AS 'SELECT a FROM t WHERE id = arg'": ["c t.a", "c t.id", "r t"],
    "LANGUAGE sql AS 'INSERT INTO t (a) SELECT u.b FROM u RETURNING t.c'": [
        "c t.a", "c t.c", "c u.b", "r t", "r u"],
    "LANGUAGE sql AS 'UPDATE t SET a = u.b FROM u WHERE t.id = u.id'": [
        "c t.a", "c t.id", "c u.b", "c u.id", "r t", "r u"],
    "LANGUAGE sql AS 'DELETE FROM t USING u WHERE t.id = u.id'": [
        "c t.id", "c u.id", "r t", "r u"],
    "LANGUAGE sql AS 'INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.c'": [
        "c t.b", "c t.c", "r t"],
    "LANGUAGE sql AS 'this is broken'": [],
    "LANGUAGE plpgsql AS $$ DECLARE r app.u%ROWTYPE; x t.a%TYPE; BEGIN "
    "SELECT a, x INTO r FROM t; PERFORM f(1); x := nextval('s'); IF EXISTS (SELECT 1 FROM app.w) "
    "THEN EXECUTE 'DROP TABLE z'; END IF; END $$": [
        "f f", "f nextval", "r app.u", "r app.w", "r t", "sequence s"],
    "LANGUAGE plpgsql AS 'this is broken'": [],
    "LANGUAGE plperl AS 'SELECT 1 FROM t'": ["extension plperl", "language plperl"],
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_what_a_body_mentions_is_found_as_far_as_it_can_be_read(
    body: str, only: Callable[[str], Statement]
) -> None:
    found = only(f"CREATE FUNCTION f(arg integer) RETURNS void {body}")
    assert said(found.requires) == BODIES[body]
    brought = ("extension", "language")
    softly = [item for item in found.requires if not item.ref.kind.endswith(brought)]
    assert {item.detail for item in softly} <= {"body"}


def test_a_body_in_standard_sql_is_required_as_firmly_as_a_view(
    only: Callable[[str], Statement],
) -> None:
    """The server reads it when the function is made, not only when it runs."""
    found = only("CREATE FUNCTION f(b int) RETURNS int BEGIN ATOMIC SELECT a FROM t; SELECT b; END")
    assert said(found.requires) == ["c t.a", "r t"]
    assert {item.detail for item in found.requires} == {""}


def test_an_added_column_completes_the_relation_that_queries_wait_for(
    only: Callable[[str], Statement],
) -> None:
    found = only("ALTER TABLE app.t ADD COLUMN a int")
    assert said(found.declares) == ["c app.t.a", "r app.t"]


def test_what_is_made_has_the_names_by_which_others_mention_it(
    only: Callable[[str], Statement],
) -> None:
    names = {
        "CREATE TABLE t ()": ["r t", "t t", "table t"],
        "CREATE VIEW v AS SELECT 1": ["r v", "t v", "view v"],
        "CREATE TYPE e AS ENUM ()": ["enum e", "t e"],
        "CREATE DOMAIN app.d AS int": ["domain app.d", "t app.d"],
        "CREATE SEQUENCE s": ["r s", "sequence s"],
        "CREATE FUNCTION f(int) RETURNS int RETURN 1": ["f f", "function f(integer)"],
        "CREATE INDEX i ON t (a)": ["index t.i", "r i"],
    }
    for sql, expected in names.items():
        assert said(only(sql).declares) == expected
