from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_postgres.kinds.table_name import read_table_name, table_name
from lockplane_postgres.quote import literal, qualified, quote, spoken

if TYPE_CHECKING:
    from lockplane_postgres.session import PgSession

NAMES = ["users", "_x1", "Order", "group", "user", "it's", 'a"b', "a.b", "größe", "1st", "", "a b",
         "between", "abs", "left", "name", "x$y", "value", "nulls", "json_table"]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in NAMES if name])
def test_a_quoted_name_means_itself(session: PgSession, name: str) -> None:
    session.execute(f"CREATE TABLE {quote(name)} ({quote(name)} integer)")

    assert session.query("SELECT relname FROM pg_class WHERE relname = %s", (name,)) == [(name,)]


def test_only_what_has_to_be_is_quoted(session: PgSession) -> None:
    """The same names as the server's own quote_ident(), whose keywords are those of its major."""
    names = [name for name in NAMES if name != "json_table"]  # a keyword since 17
    rows = session.query("SELECT quote_ident(n) FROM unnest(%s::text[]) n", (names,))

    assert [quote(name) for name in names] == [row[0] for row in rows]


def test_public_is_written_bare_unless_the_name_may_hide_behind_pg_catalog() -> None:
    assert qualified("public", "users") == "users"
    assert qualified("public", "pg_class") == "public.pg_class"
    assert qualified("audit", "Log") == 'audit."Log"'
    assert spoken(("public", "users", "age")) == "users.age"
    assert spoken(("audit", "log")) == "audit.log"
    assert spoken(("public",)) == "public"


@pytest.mark.parametrize("text", ["it's", "back\\slash", "", "'", "%s", "a\nb"])
def test_a_literal_is_the_text(session: PgSession, text: str) -> None:
    assert session.query(f"SELECT {literal(text)}") == [(text,)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("public", "users"), "users"),
        (("audit", "log"), "audit.log"),
        (("public", "a.b"), '"a.b"'),
        (("a.b", 'x"y'), '"a.b"."x""y"'),
        (("public", "Order"), "Order"),
    ],
)
def test_a_table_is_named_in_one_text(path: tuple[str, str], text: str) -> None:
    assert table_name(*path) == text
    assert read_table_name(text) == path


@pytest.mark.parametrize("text", ["", "a.b.c", '"a', '"a"b"', '"a".', ".a", 3, None])
def test_what_names_no_table_is_an_error(text: object) -> None:
    import msgspec

    with pytest.raises(msgspec.ValidationError):
        read_table_name(text)
