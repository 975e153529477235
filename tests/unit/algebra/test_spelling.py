"""Names that a product does not tell apart meet, and the first spelling wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lockplane_core.algebra.spelling import respelled, unified
from lockplane_core.model.node import Span
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Declared, Statement
from lockplane_core.testing.fakes import BOX, SHELF, fake_catalog
from lockplane_core.testing.fakes.strategies import schemas

if TYPE_CHECKING:
    from lockplane_core.model.catalog import Catalog


def same(name: str) -> str:
    """Every spelling is a name of its own."""
    return name


def shouted(catalog: Catalog) -> Catalog:
    """A catalog with every name in capitals."""

    def ref(one: Ref) -> Ref:
        return Ref(one.kind, tuple(map(str.upper, one.path)))

    return catalog.replace(
        msgspec.structs.replace(
            node,
            ref=ref(node.ref),
            parent=ref(node.parent) if node.parent else None,
            needs=tuple(map(ref, node.needs)),
        )
        for node in catalog
    )


def refs(catalog: Catalog) -> list[str]:
    """All refs, as a person says them."""
    return [str(node.ref) for node in catalog]


@given(schemas())
def test_the_spelling_of_the_first_side_is_taken_over(schema: str) -> None:
    catalog = fake_catalog(schema)
    loud = shouted(catalog)
    assert list(respelled(loud, catalog, str.lower)) == list(loud)


@given(schemas(), schemas())
def test_where_case_counts_nothing_is_respelled(one: str, other: str) -> None:
    after = fake_catalog(other)
    assert respelled(fake_catalog(one), after, same) is after


def test_a_new_part_of_a_known_object_stands_below_its_known_name() -> None:
    before = fake_catalog("create shelf Books")
    after = fake_catalog("create shelf books\ncreate box books.Title text")
    found = respelled(before, after, str.lower)
    assert refs(found) == ["box Books.Title", "shelf Books", "shelf lobby"]
    assert found[Ref(BOX, ("Books", "Title"))].parent == Ref(SHELF, ("Books",))


def test_needs_are_respelled_with_what_they_name() -> None:
    script = "create shelf {0}\ncreate box {0}.k text\ncreate view v as {0}.k"
    before, after = fake_catalog(script.format("Books")), fake_catalog(script.format("books"))
    (view,) = respelled(before, after, str.lower).of_kind("fake.view")
    assert view.needs == (Ref(BOX, ("Books", "k")),)


def statement(declares: str = "", requires: str = "", of: tuple[str, ...] = ()) -> Statement:
    """A statement about shelves and boxes by dotted names."""

    def items(names: str) -> tuple[Declared, ...]:
        span = Span("f", 1)
        return tuple(
            Declared(
                ref=Ref(BOX if "." in name else SHELF, tuple(name.split("."))),
                span=span,
                role="column" if "." in name else "table",
                of=of,
            )
            for name in names.split()
        )

    return Statement(
        verb="create",
        sql="",
        span=Span("f", 1),
        role="table",
        declares=items(declares),
        requires=items(requires),
    )


def test_the_first_declaration_of_a_name_decides_for_all_files() -> None:
    found = unified([statement("Books Books.Title"), statement("", "books books.TITLE")], str.lower)
    assert [str(item.ref) for item in found[1].requires] == ["shelf Books", "box Books.Title"]


def test_columns_are_named_as_their_table_declares_them() -> None:
    key = statement("", "books", of=("TITLE", "unknown"))
    found = unified([statement("Books Books.Title"), key], str.lower)
    assert found[1].requires[0].of == ("Title", "unknown")


names = st.sampled_from(["a", "A", "b", "B", "a.x", "A.X"])


@given(st.lists(st.builds(statement, names, names), max_size=6))
def test_statements_stay_as_they_are_where_case_counts(statements: list[Statement]) -> None:
    assert list(unified(statements, same)) == statements


@given(st.lists(st.builds(statement, names, names), max_size=6))
def test_unifying_twice_is_unifying_once(statements: list[Statement]) -> None:
    once = unified(statements, str.lower)
    assert unified(once, str.lower) == once


@given(st.lists(st.builds(statement, names, names), max_size=6))
def test_declared_names_that_fold_alike_are_one(statements: list[Statement]) -> None:
    found = unified(statements, str.lower)
    paths = {item.ref for one in found for item in one.declares}
    assert len({(ref.kind, ".".join(ref.path).lower()) for ref in paths}) == len(paths)
