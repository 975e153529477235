"""Schema checks on statements of a dialect that does not exist: no parser, exact places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_checks.schema import CHECKS
from lockplane_core.model.node import Role, Span
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Declared, Statement
from lockplane_core.spi.check import Subject

if TYPE_CHECKING:
    from lockplane_core.model.finding import Finding

BY_ID = {check.id: check() for check in CHECKS}


def item(kind: str, path: str, line: int, role: Role, **fields: Any) -> Declared:
    """Something declared or required on a line."""
    ref = Ref(f"toy.{kind}", tuple(path.split(".")))
    return Declared(ref=ref, span=Span("a.lp.sql", line, 3), role=role, **fields)


def table(path: str, line: int = 1) -> Declared:
    """A table."""
    return item("table", path, line, "table")


def column(path: str, line: int = 1, detail: str = "integer") -> Declared:
    """A column with a type."""
    return item("column", path, line, "column", detail=detail)


def key(path: str, line: int = 1, *, of: tuple[str, ...]) -> Declared:
    """A foreign key."""
    return item("foreign_key", path, line, "constraint", of=of)


def target(path: str, line: int = 1, *, of: tuple[str, ...] = ()) -> Declared:
    """The table that a foreign key references."""
    return item("table", path, line, "table", of=of)


def create(*declares: Declared, requires: tuple[Declared, ...] = (), says: str = "") -> Statement:
    """CREATE TABLE."""
    return Statement(
        verb="create",
        role="table",
        sql="CREATE TABLE …",
        span=declares[0].span,
        declares=declares,
        requires=requires,
        modifiers=frozenset(says.split()),  # type: ignore[arg-type]
    )


def alter(*requires: Declared, declares: tuple[Declared, ...] = (), says: str = "") -> Statement:
    """ALTER TABLE."""
    return Statement(
        verb="alter",
        role="table",
        sql="ALTER TABLE …",
        span=requires[0].span,
        declares=declares,
        requires=requires,
        modifiers=frozenset(says.split()),  # type: ignore[arg-type]
    )


def index(path: str, line: int, on: Declared, *of: str) -> Statement:
    """CREATE INDEX."""
    return Statement(
        verb="create",
        role="index",
        sql="CREATE INDEX …",
        span=Span("a.lp.sql", line),
        declares=(item("index", path, line, "index", of=of),),
        requires=(on,),
    )


def found(*statements: Statement) -> list[tuple[str, int]]:
    """Ids and lines of all that is reported."""
    subject = Subject(dialect="toy", statements=statements)
    findings: list[Finding] = [f for check in BY_ID.values() for f in check.run(subject)]
    return sorted((f.id, f.span.line) for f in findings if f.span)


USERS = create(table("s.users"), column("s.users.id"), says="primary_key")


def test_a_sound_schema_has_no_finding() -> None:
    posts = create(
        table("s.posts", 2),
        column("s.posts.id", 3),
        column("s.posts.author", 4),
        key("s.posts.fk", 4, of=("author",)),
        requires=(target("s.users", 4, of=("id",)),),
        says="primary_key foreign_key",
    )
    assert found(posts, USERS, index("s.ix", 6, table("s.posts"), "author")) == []


def test_a_column_is_declared_twice_across_statements() -> None:
    again = alter(table("s.users", 8), declares=(column("s.users.id", 9),))
    assert found(again, USERS) == [("duplicate_column", 1)]
    assert found(USERS, again) == [("duplicate_column", 9)]


def test_equal_names_in_two_tables_are_two_columns() -> None:
    other = create(table("t.users", 2), column("t.users.id", 2), says="primary_key")
    assert found(USERS, other) == []


def test_a_column_without_type_is_reported_where_it_stands() -> None:
    made = create(table("s.t"), column("s.t.a", 5, detail=""), says="primary_key")
    assert found(made) == [("missing_type", 5)]


def test_a_key_may_come_with_a_later_statement() -> None:
    bare = create(table("s.t"), column("s.t.a"))
    assert found(bare) == [("no_primary_key", 1)]
    assert found(bare, alter(table("s.t", 2), says="primary_key")) == []
    assert found(bare, alter(table("s.other", 2), says="primary_key")) == [("no_primary_key", 1)]


def test_an_empty_table_is_reported_once() -> None:
    assert found(create(table("s.t", 4))) == [("empty_table", 4)]


def test_what_takes_its_columns_from_elsewhere_is_not_judged_by_its_own() -> None:
    derived = create(table("s.t"), requires=(table("s.users"),), says="derived")
    on_it = index("s.ix", 2, table("s.t"), "whatever")
    assert found(USERS, derived, on_it) == []


def test_an_unknown_table_is_reported_where_it_is_referenced() -> None:
    posts = create(
        table("s.posts"),
        column("s.posts.id"),
        requires=(target("s.nope", 7, of=("id",)),),
        says="primary_key foreign_key",
    )
    assert found(posts) == [("invalid_fk_table", 7)]
    added = alter(table("s.users", 3), target("s.nope", 4), says="foreign_key")
    assert found(USERS, added) == [("invalid_fk_table", 4)]


def test_the_table_of_an_alter_and_what_a_view_reads_are_no_references() -> None:
    view = Statement(
        verb="create",
        role="view",
        sql="CREATE VIEW …",
        span=Span("a.lp.sql", 9),
        requires=(table("s.nope", 9),),
    )
    assert found(alter(table("s.nope", 3), says="foreign_key"), view) == []


def test_unknown_columns_on_both_sides_of_a_foreign_key_are_reported() -> None:
    posts = create(
        table("s.posts", 2),
        column("s.posts.id", 2),
        key("s.posts.fk", 3, of=("author", "id")),
        requires=(target("s.users", 4, of=("nope", "id")),),
        says="primary_key foreign_key",
    )
    assert found(USERS, posts) == [("invalid_fk_column", 3), ("invalid_fk_column", 4)]


def test_a_foreign_key_that_a_later_statement_adds_is_held_to_the_whole_table() -> None:
    bare = create(table("s.posts", 2), column("s.posts.id", 2), says="primary_key")
    author = alter(table("s.posts", 3), declares=(column("s.posts.author", 3),))
    added = alter(
        table("s.posts", 5),
        target("s.users", 5, of=("id",)),
        declares=(key("s.posts.fk", 5, of=("author",)),),
        says="foreign_key",
    )
    assert found(USERS, added, bare, author) == []
    assert found(USERS, added, bare) == [("invalid_fk_column", 5)]


@pytest.mark.parametrize("path", ["s.ix", "s.posts.ix"])
def test_index_names_are_unique_in_a_schema_and_not_beyond(path: str) -> None:
    posts = create(table("s.posts", 2), column("s.posts.id", 2), says="primary_key")
    other = create(table("t.posts", 2), column("t.posts.id", 2), says="primary_key")
    first = index(path.replace("posts", "users"), 3, table("s.users"), "id")
    again = index(path, 4, table("s.posts"), "id")
    elsewhere = index(path.replace("s.", "t."), 5, table("t.posts"), "id")
    assert found(USERS, posts, other, first, again) == [("duplicate_index", 4)]
    assert found(USERS, posts, other, first, elsewhere) == []


def test_an_index_on_an_unknown_column_is_reported_at_the_index() -> None:
    assert found(USERS, index("s.ix", 6, table("s.users"), "id", "nope")) == [
        ("invalid_index_column", 6)
    ]


def test_the_nearest_table_is_suggested() -> None:
    posts = create(table("s.posts"), requires=(target("s.user"),), says="foreign_key primary_key")
    subject = Subject(dialect="toy", statements=(USERS, posts))
    (finding,) = BY_ID["invalid_fk_table"].run(subject)
    assert finding.suggestion == "Did you mean 'users'?"
