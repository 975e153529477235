"""A canonical form is the same for all spellings of a server, and for no two meanings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockplane_postgres.parse import canonical

if TYPE_CHECKING:
    from lockplane_postgres.session import PgSession

SAME = [
    ("((a > 1) AND (b < 2))", "a > 1 AND b < 2"),
    ("(a AND (b AND c))", "((a AND b) AND c)"),
    ("(a OR (b OR c))", "a OR b OR c"),
    ("s IN ('a', 'b')", "(s = ANY (ARRAY['a'::text, 'b'::text]))"),
    ("s NOT IN ('a', 'b')", "(s <> ALL (ARRAY['a'::text, 'b'::text]))"),
    (
        "((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
        "((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
    ),
    ("ARRAY[(s)::text, 'x'::text]", "(ARRAY[s, 'x'::character varying])::text[]"),
    ("'x'::text", "'x'"),
    ("lower(a)  = 'x' -- why", "lower(a)='x'"),
    (" SELECT a\n   FROM t;", "select a from t"),
    ("btree (a DESC) WHERE (b IN (1, 2))", "btree (a desc) where b = any (array[1, 2])"),
    (
        "EXCLUDE USING gist (a WITH =) WHERE ((b > 0))",
        "exclude using gist (a with =) where (b > 0)",
    ),
    (
        "FOR EACH ROW WHEN ((new.a IS DISTINCT FROM old.a)) EXECUTE FUNCTION f('x')",
        "for each row when (new.a is distinct from old.a) execute function f('x')",
    ),
    ("RETURN (a + 1)", "return a + 1"),
    ("BEGIN ATOMIC SELECT 1; END", "begin atomic\n select 1;\nend"),
    ("this is $$ broken", "THIS  IS /* ! */ $$ broken"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_thing_have_one_form(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


DIFFERENT = [
    ("a > 1", "a > 2"),
    ("a > 1 OR b", "a > 1 AND b"),
    ("a AND (b OR c)", "(a AND b) OR c"),
    ("NOT (NOT a)", "NOT a"),
    ("s IN ('a', 'b')", "s IN ('b', 'a')"),
    ("s IN ('a')", "s NOT IN ('a')"),
    ("a::int", "a::bigint"),
    ('"A"', "a"),
    ("f(a)", "app.f(a)"),
    ("1", "'1'"),
    ("SELECT a FROM t", "SELECT a FROM u"),
    ("'a b'", "'a  b'"),
    ("broken $$ 'A'", "broken $$ 'a'"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_things_that_differ_have_different_forms(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@given(st.text())
def test_no_text_is_refused(text: str) -> None:
    assert canonical(text) == canonical(text)


def test_an_expression_of_thousands_of_levels_has_a_form() -> None:
    deep = " || ".join(["a"] * 5000)
    assert canonical(deep) == canonical(f"{deep} -- the same")
    assert canonical(deep) != canonical(f"{deep} || b")


EXPRESSIONS = """\
s in ('a', 'b')
s not in ('a', null)
s in (x, 'b', 'c')
x in (s, 'b')
c in ('a', 'b') and s not in ('c', 'd') and m in ('a')
(s in ('a', 'b')) is true
coalesce(s in ('a', 'b'), false)
case when s in ('a', 'b') then 1 else 2 end = 1
s in ('a', 'b') or (s in ('c', 'd') or (i = 1 or b = 2))
x = any (array[s, 'b'::varchar])
x = any (array[s, c::varchar, lower(s)::varchar])
array[s, s || 'x'] = va
array[i, b] = array[n]::bigint[]
a = array[1, 2]::bigint[]::int[]
va = array['a']::varchar[]
s like any (array['a%', 'b%'])
(j ->> 'a')::varchar in ('x', 'y')
i between symmetric 1 and -2
i is null and (b > 1 and n > 2)
not (bo or i = 1)
f < -1.5e3
n in (1, 2.5)
ts > now() - interval '1 day'
s similar to 'a|b'
extract(year from d) = 2000
(i, s) in ((1, 'a'), (2, 'b'))
exists (select 1 from t u where u.s in ('a', 'b') and u.i = t.i)
substring(s from 1 for 2) = 'ab'
s::char(2) in ('a', 'b')
x = 'it''s \\ back'
"""
COLUMNS = """i int, b bigint, s varchar(10), c char(3), x text, n numeric, f float8, d date,
  ts timestamptz, a int[], va varchar[], j jsonb, m mood, bo bool"""


@pytest.fixture
def table(session: PgSession) -> PgSession:
    session.execute("CREATE TYPE mood AS ENUM ('a', 'b')")
    session.execute(f"CREATE TABLE t ({COLUMNS})")
    return session


def test_a_form_survives_being_deparsed_and_read_back(table: PgSession) -> None:
    """In a view, where any expression may stand; that one of them changes shows the need."""
    unstable = 0
    for expression in EXPRESSIONS.splitlines():
        spelt = [f"SELECT {expression} AS r FROM t WHERE {expression}"]
        for _ in range(3):
            table.execute(f"CREATE VIEW v AS {spelt[-1]}")
            spelt.append(table.query("SELECT pg_get_viewdef('v'::regclass)")[0][0])
            table.execute("DROP VIEW v")
        unstable += spelt[1] != spelt[2]
        assert canonical(spelt[1]) == canonical(spelt[2]) == canonical(spelt[3])
    assert unstable > 5


@pytest.mark.parametrize(
    ("make", "read", "drop"),
    [
        (
            "ALTER TABLE t ADD CONSTRAINT k CHECK ({})",
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'k'",
            "ALTER TABLE t DROP CONSTRAINT k",
        ),
        (
            "CREATE INDEX k ON t (i) WHERE {}",
            "SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'k'::regclass",
            "DROP INDEX k",
        ),
    ],
    ids=["check", "index"],
)
def test_a_form_of_a_condition_survives_as_well(
    make: str, read: str, drop: str, table: PgSession
) -> None:
    for condition in ("s IN ('a', 'b')", "s NOT IN ('a', 'b') OR x IN (s, 'c')"):
        spelt = [condition]
        for _ in range(3):
            table.execute(make.format(spelt[-1]))
            spelt.append(table.query(read)[0][0])
            table.execute(drop)
        assert spelt[1] != spelt[2]
        assert canonical(spelt[1]) == canonical(spelt[2]) == canonical(spelt[3])
