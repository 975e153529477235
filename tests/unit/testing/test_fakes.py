"""The fake product does what a database does, so that laws proved on it mean something."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import Busy, ConnectionFailed, StatementFailed
from lockplane_core.testing.fakes.language import Thing, read

if TYPE_CHECKING:
    from lockplane_core.testing.fakes import FakeServer


@pytest.fixture
def library(server: FakeServer) -> FakeServer:
    """A server with a shelf that has a box, rows and a view."""
    server.create("main", "create shelf books\ncreate box books.title text\nput books 2")
    return server


def names(server: FakeServer) -> list[str]:
    """What a second session sees."""
    return [thing.name for thing in server.connect("main", writes=False).things]


def test_a_transaction_that_raises_leaves_nothing_behind(library: FakeServer) -> None:
    session = library.connect("main", writes=True)
    with suppress(ZeroDivisionError), session.transaction():
        session.execute("create shelf people")
        raise ZeroDivisionError
    assert "people" not in names(library)


def test_a_savepoint_is_undone_alone(library: FakeServer) -> None:
    session = library.connect("main", writes=True)
    with session.transaction():
        session.execute("create shelf people")
        with suppress(ZeroDivisionError), session.transaction():
            session.execute("create shelf places")
            raise ZeroDivisionError
    assert "people" in names(library)
    assert "places" not in names(library)


def test_others_see_a_transaction_when_it_is_over(library: FakeServer) -> None:
    session = library.connect("main", writes=True)
    with session.transaction():
        session.execute("create shelf people")
        assert "people" not in names(library)
    assert "people" in names(library)


def test_a_failed_statement_spoils_its_transaction(library: FakeServer) -> None:
    session = library.connect("main", writes=True)
    with suppress(StatementFailed), session.transaction():
        with suppress(StatementFailed):
            session.execute("drop shelf nothing")
        with pytest.raises(StatementFailed, match="failed before"):
            session.execute("create shelf people")
    assert "people" not in names(library)


def test_a_second_writer_is_kept_off(library: FakeServer) -> None:
    first, second = (library.connect("main", writes=True) for _ in range(2))
    with first.transaction():
        first.execute("create shelf people")
        with pytest.raises(Busy):
            second.execute("create shelf places")


def test_a_session_that_reads_changes_nothing(library: FakeServer) -> None:
    with pytest.raises(StatementFailed, match="only reads"):
        library.connect("main", writes=False).execute("create shelf people")


def test_trouble_happens_where_it_is_wanted(library: FakeServer) -> None:
    def trouble(database: str, sql: str) -> None:
        if sql == "commit":
            raise ConnectionFailed("gone")

    library.trouble = trouble
    session = library.connect("main", writes=True)
    with pytest.raises(ConnectionFailed), session.transaction():
        session.execute("create shelf people")
    assert "people" not in names(library)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("create box people.name text", "needs the relation people"),
        ("create box books.title text", "already"),
        ("create view titles as books.name", "needs the box books/name"),
        ("create box books.no text of people.id", "needs the box people/id"),
        ("drop shelf people", "there is no shelf people"),
        ("drop view books", "there is no view books"),
        ("put people 1", "there is no shelf people"),
        ("nonsense", "not understood"),
    ],
)
def test_needs_are_enforced(library: FakeServer, sql: str, said: str) -> None:
    with pytest.raises(StatementFailed, match=said):
        library.connect("main", writes=True).execute(sql)


@pytest.mark.parametrize("sql", ["drop box books.title", "drop shelf books"])
@pytest.mark.parametrize("other", ["view titles as books.title", "seal s on books.title"])
def test_what_something_stands_on_can_not_go(library: FakeServer, sql: str, other: str) -> None:
    session = library.connect("main", writes=True)
    session.execute(f"create {other}")
    with pytest.raises(StatementFailed, match="needs"):
        session.execute(sql)


def test_a_view_holds_the_type_of_its_boxes(library: FakeServer) -> None:
    session = library.connect("main", writes=True)
    session.execute("create view titles as books.title")
    with pytest.raises(StatementFailed, match="needs the type"):
        session.execute("change box books.title number")


def test_an_expression_reads_back_differently_until_it_is_stable(server: FakeServer) -> None:
    server.create("main", "create shelf a\ncreate box a.k text")
    session = server.connect("main", writes=True)
    seen = ["a.k"]
    for number in range(4):
        session.execute(f"create view v{number} as {seen[-1]}")
        seen += [thing.text for thing in session.things if thing.name == f"v{number}"]
    assert seen == ["a.k", "(a.k)", "((a.k))", "((a.k))", "((a.k))"]


@pytest.mark.parametrize(
    "line",
    [
        "create shelf", "create shelf a.b", "create shelf a/", "create shelf a b",
        "create box a text", "create box a.b text of", "create box a.b text check",
        "create view v as", "label shelf a b c", "put a many", "drop", "",
    ],
)  # fmt: skip
def test_a_line_that_means_nothing_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"not understood|no name"):
        read(line)


def test_a_box_may_refer_and_check_at_once() -> None:
    thing = read("create box attic/a.b TEXT of c.d check b > 0").thing
    assert thing == Thing(
        sort="box", path=("attic", "a", "b"), type="text", of=("c", "d"), text="b > 0"
    )


def test_an_unknown_database_is_named(server: FakeServer) -> None:
    with pytest.raises(ConnectionFailed, match="there is no database nowhere"):
        server.connect("nowhere", writes=False)
