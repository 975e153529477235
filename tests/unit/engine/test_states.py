"""A source stands for a catalog, and a catalog can be written as sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from lockplane_core.errors import InvalidSource, SourceError
from lockplane_core.model.node import Span
from lockplane_core.model.ref import Ref
from lockplane_core.testing.fakes import BOX, SHELF, VIEW, FakeServer, fake_lockplane
from lockplane_core.testing.fakes.strategies import schemas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lockplane_core.app import Lockplane


def test_a_database_is_read_as_it_is(lockplane: Lockplane, books: FakeServer) -> None:
    state = lockplane.read("fake:main")
    assert state.is_live
    assert (state.judge, state.version, state.source) == ("Fake 2.0", "2.0", "fake:main")
    assert Ref(VIEW, ("titles",)) in state.catalog


def test_reading_a_database_changes_nothing(lockplane: Lockplane, books: FakeServer) -> None:
    before = books.databases["main"].state
    lockplane.read("fake:main")
    assert books.databases["main"].state is before


def test_every_node_of_a_file_knows_its_place(
    lockplane: Lockplane, schema: Callable[..., str]
) -> None:
    path = schema("", "create shelf a", "  create box a.k text")
    catalog = lockplane.read(path).catalog
    assert catalog[Ref(SHELF, ("a",))].span == Span(path, 2, 1)
    assert catalog[Ref(BOX, ("a", "k"))].span == Span(path, 3, 3)
    assert catalog[Ref(SHELF, ("lobby",))].span is None


# -- schema JSON -----------------------------------------------------------------------------


def stored(folder: Path, tree: object) -> str:
    """A file of JSON."""
    path = folder / "schema.json"
    path.write_bytes(msgspec.json.encode(tree))
    return str(path)


def test_json_goes_through_a_scratch_which_finds_what_needs_what(
    lockplane: Lockplane, tmp_path: Path
) -> None:
    tree = {
        "dialect": "fake",
        "views": [{"name": "v", "text": "a.k"}],
        "shelves": [{"name": "a", "boxes": [{"name": "k", "type": "TEXT"}]}],
    }
    catalog = lockplane.read(stored(tmp_path, tree)).catalog
    assert catalog[Ref(VIEW, ("v",))].needs == (Ref(BOX, ("a", "k")),)
    assert catalog[Ref(BOX, ("a", "k"))].body.type == "text"


def test_no_node_of_json_claims_a_line_that_it_does_not_have(
    lockplane: Lockplane, tmp_path: Path
) -> None:
    catalog = lockplane.read(stored(tmp_path, {"shelves": [{"name": "a"}]})).catalog
    assert catalog[Ref(SHELF, ("a",))].span is None


def test_json_that_a_server_refuses_names_the_object(lockplane: Lockplane, tmp_path: Path) -> None:
    path = stored(tmp_path, {"views": [{"name": "v", "text": "a.k"}]})
    with pytest.raises(InvalidSource, match=r"schema.json: Create view v:1:1: v needs the box a/k"):
        lockplane.read(path)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("{", "not valid JSON", ""),
        ('{"steps": []}', "is a plan, not a schema", "lockplane apply --plan"),
        ('{"shelvs": []}', "unknown field 'shelvs'", "'shelves'"),
    ],
)
def test_a_file_that_is_no_schema_json_says_why(
    lockplane: Lockplane, tmp_path: Path, text: str, said: str, hint: str
) -> None:
    path = tmp_path / "schema.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=said) as caught:
        lockplane.read(str(path))
    assert hint in caught.value.hint


def test_a_json_file_that_is_not_there_is_named(lockplane: Lockplane, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no.json: No such file"):
        lockplane.read(str(tmp_path / "no.json"))


# -- writing ---------------------------------------------------------------------------------


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schemas())
def test_what_is_written_of_a_database_plans_to_nothing(
    tmp_path_factory: pytest.TempPathFactory, schema: str
) -> None:
    folder, server = tmp_path_factory.mktemp("written"), FakeServer()
    server.create("main", schema)
    with fake_lockplane(server) as lockplane:
        state = lockplane.read("fake:main")
        files = lockplane.sql(state)
        for name, sql in files:
            (folder / name).write_text(sql)
        if files:
            assert lockplane.plan("fake:main", str(folder)).plan.steps == ()
        tree = stored(folder, lockplane.tree(state))
        assert lockplane.plan("fake:main", tree).plan.steps == ()


def test_what_was_added_to_the_baseline_is_written_and_the_baseline_is_not(
    lockplane: Lockplane, server: FakeServer
) -> None:
    server.create("main", "create box lobby.bell text")
    state = lockplane.read("fake:main")
    assert lockplane.sql(state) == [("shelf_lobby.lp.sql", "create box lobby.bell text;\n")]
    assert lockplane.tree(state)["shelves"] == [
        {"name": "lobby", "boxes": [{"name": "bell", "type": "text"}]}
    ]


def test_a_table_and_its_parts_are_one_file(lockplane: Lockplane, books: FakeServer) -> None:
    assert lockplane.sql(lockplane.read("fake:main")) == [
        ("shelf_books.lp.sql", "create shelf books;\n\ncreate box books.title text;\n"),
        ("view_titles.lp.sql", "create view titles as (books.title);\n"),
    ]


def test_the_name_of_a_file_holds_nothing_that_a_disk_refuses(
    lockplane: Lockplane, server: FakeServer
) -> None:
    server.create("main", 'create shelf a*b:c"d')
    assert [name for name, _ in lockplane.sql(lockplane.read("fake:main"))] == [
        "shelf_a-b-c-d.lp.sql"
    ]
