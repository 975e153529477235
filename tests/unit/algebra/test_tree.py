"""Schema JSON keeps every ref and body, and says where it can not be read."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given

from lockplane_core.algebra.diff import compare
from lockplane_core.algebra.diff_tree import diff_tree
from lockplane_core.algebra.tree import from_tree, to_tree
from lockplane_core.errors import SourceError
from lockplane_core.model.change import Change
from lockplane_core.testing.fakes import fake_catalog, fake_kinds
from lockplane_core.testing.fakes.strategies import schemas

KINDS = fake_kinds()
BOOKS = "create shelf books label x\ncreate box books.title text\ncreate view v as books.title"


def read(tree: Any) -> Any:
    """The catalog of a tree, by way of JSON."""
    stored = msgspec.json.decode(msgspec.json.encode(tree))
    return from_tree(stored, "fake", KINDS, name="s.json")


@given(schemas())
def test_refs_bodies_and_places_survive(schema: str) -> None:
    catalog = fake_catalog(schema)
    again = read(to_tree(catalog, KINDS))
    assert compare(catalog, again) == []
    for node in catalog:
        names = [child.ref for child in catalog.children(node.ref)]
        assert [child.ref for child in again.children(node.ref)] == names


def test_a_tree_is_nested_by_plural_names() -> None:
    tree = to_tree(fake_catalog(BOOKS), KINDS)
    assert tree == {
        "shelves": [
            {"name": "books", "label": "x", "boxes": [{"name": "title", "type": "text"}]},
            {"name": "lobby"},
        ],
        "views": [{"name": "v", "text": "(books.title)"}],
    }


def test_what_belongs_to_something_else_is_not_printed() -> None:
    tree = to_tree(fake_catalog("install shelf addon"), KINDS)
    assert tree == {"shelves": [{"name": "lobby"}]}


def test_the_list_of_tables_is_there_even_if_it_is_empty() -> None:
    catalog = fake_catalog()
    assert to_tree(catalog.replace([]), KINDS) == {"shelves": []}


@pytest.mark.parametrize(
    ("tree", "said", "hint"),
    [
        ([], "s.json: schema JSON must be an object, not list", ""),
        ({"shelvs": []}, "s.json: $ has an unknown field 'shelvs'", "'shelves'"),
        ({"zzz": []}, "s.json: $ has an unknown field 'zzz'", "lockplane plugins"),
        ({"shelves": {}}, "s.json: $.shelves: expected a list, got dict", ""),
        ({"shelves": [1]}, "s.json: $.shelves[0]: expected an object, got int", ""),
        ({"shelves": [{}]}, "s.json: $.shelves[0]: the field 'name' is missing", ""),
        (
            {"shelves": [{"naame": "a"}]},
            "s.json: $.shelves[0]: the field 'name' is missing",
            "Is 'naame' meant to be it?",
        ),
        ({"shelves": [{"name": 1}]}, "s.json: $.shelves[0].name: expected a text, got int", ""),
        (
            {"shelves": [{"name": "a", "labbl": "x"}]},
            "s.json: $.shelves[0]: Object contains unknown field `labbl`",
            "Did you mean 'label'?",
        ),
        (
            {"shelves": [{"name": "a", "bboxes": []}]},
            "s.json: $.shelves[0]: Object contains unknown field `bboxes`",
            "Did you mean 'boxes'?",
        ),
        (
            {"shelves": [{"name": "a", "label": 3}]},
            "s.json: $.shelves[0].label: Expected `str`, got `int`",
            "",
        ),
        (
            {"shelves": [{"name": "a", "boxes": [{"name": "k"}]}]},
            "s.json: $.shelves[0].boxes[0]: Object missing required field `type`",
            "",
        ),
        (
            {"shelves": [{"name": "a"}, {"name": "a"}]},
            "s.json: two nodes claim shelf a",
            "Keep one",
        ),
    ],
)
def test_a_fault_is_named_with_its_place_and_the_nearest_field(
    tree: Any, said: str, hint: str
) -> None:
    with pytest.raises(SourceError, match=re.escape(said)) as caught:
        read(tree)
    assert hint in caught.value.hint
    assert bool(hint) == bool(caught.value.hint)


@pytest.mark.parametrize("key", ["$schema", "dialect"])
def test_what_is_about_the_file_is_no_object(key: str) -> None:
    assert len(read({key: "x"})) == 0


def test_null_stands_for_an_empty_list() -> None:
    assert len(read({"shelves": None})) == 0


# -- differences -----------------------------------------------------------------------------


def diff(before: str, after: str) -> dict[str, Any]:
    """Diff JSON of two scripts."""
    one, other = fake_catalog(before), fake_catalog(after)
    return diff_tree(compare(one, other), one, other, KINDS)


@given(schemas())
def test_no_difference_is_an_empty_object(schema: str) -> None:
    assert diff(schema, schema) == {}


def test_what_is_new_or_gone_stands_there_as_a_whole() -> None:
    books = {"name": "books", "label": "x", "boxes": [{"name": "title", "type": "text"}]}
    view = {"name": "v", "text": "(books.title)"}
    assert diff("", BOOKS) == {"added_shelves": [books], "added_views": [view]}
    assert diff(BOOKS, "") == {"removed_shelves": [books], "removed_views": [view]}


def test_what_is_changed_says_in_which_fields() -> None:
    changed = BOOKS.replace("text", "number").replace("label x", "label y")
    found = diff(BOOKS, f"{changed}\ncreate box books.size number")
    assert found == {
        "modified_shelves": [
            {
                "name": "books",
                "old": {"name": "books", "label": "x"},
                "new": {"name": "books", "label": "y"},
                "changes": ["label"],
                "added_boxes": [{"name": "size", "type": "number"}],
                "modified_boxes": [
                    {
                        "name": "title",
                        "old": {"name": "title", "type": "text"},
                        "new": {"name": "title", "type": "number"},
                        "changes": ["type"],
                    }
                ],
            }
        ]
    }


def test_what_only_gets_out_of_the_way_is_no_difference() -> None:
    """A plan drops the view and makes it again; a reader of the difference need not know."""
    one, other = fake_catalog(BOOKS), fake_catalog(BOOKS.replace("title text", "title number"))
    view = one.of_kind("fake.view")[0]
    changes = [*compare(one, other), Change(action="replace", before=view, after=view)]
    assert list(diff_tree(changes, one, other, KINDS)) == ["modified_shelves"]
