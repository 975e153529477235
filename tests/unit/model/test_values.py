"""The small values of the model."""

from __future__ import annotations

import pytest

from lockplane_core.model.change import Change
from lockplane_core.model.finding import Finding, ordered
from lockplane_core.model.node import Body, Node, Span, Unmodelled
from lockplane_core.model.plan import Plan
from lockplane_core.model.ref import Ref
from lockplane_core.model.scope import Scope
from lockplane_core.model.statement import Document, Edit, Statement
from lockplane_core.model.step import Step


def test_a_ref_reads_as_a_person_would_say_it() -> None:
    assert str(Ref("postgres.foreign_key", ("public", "orders", "fk"))) == (
        "foreign key public.orders.fk"
    )


def test_a_ref_names_itself_and_what_is_below_it() -> None:
    table = Ref("x.table", ("public", "users"))
    assert table.name == "users"
    assert table.child("x.column", "email") == Ref("x.column", ("public", "users", "email"))


def test_refs_sort_by_kind_and_then_by_path() -> None:
    refs = [Ref("b", ("a",)), Ref("a", ("b",)), Ref("a", ("a", "z"))]
    assert sorted(refs) == [Ref("a", ("a", "z")), Ref("a", ("b",)), Ref("b", ("a",))]


def test_a_span_is_a_place_that_an_editor_jumps_to() -> None:
    assert str(Span("a.lp.sql", 3, 7)) == "a.lp.sql:3:7"


@pytest.mark.parametrize(
    ("character", "line", "column"), [(0, 3, 5), (6, 3, 11), (9, 4, 1), (11, 4, 3), (13, 5, 1)]
)
def test_a_statement_knows_the_place_of_each_of_its_characters(
    character: int, line: int, column: int
) -> None:
    statement = Statement(verb="other", sql="select é\nfro\nm", span=Span("a.lp.sql", 3, 5))
    assert statement.place(character) == Span("a.lp.sql", line, column)


def test_an_unmodelled_object_is_called_by_label_and_name() -> None:
    assert str(Unmodelled("policy", "p on t")) == "policy p on t"


# -- scope -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "namespace", "name", "managed"),
    [
        (Scope(), "any", "any.thing", True),
        (Scope(schemas=("app",)), "app", "app.users", True),
        (Scope(schemas=("app",)), "other", "other.users", False),
        (Scope(schemas=("app_*",)), "app_1", "app_1.users", True),
        (Scope(schemas=("app",)), "", "postgis", True),
        (Scope(exclude=("app.tmp_*",)), "app", "app.tmp_1", False),
        (Scope(exclude=("app.tmp_*",)), "app", "app.users", True),
        (Scope(exclude=("tmp",)), "tmp", "tmp.users", False),
        (Scope(schemas=("app",), exclude=("app.*",)), "app", "app.users", False),
        (Scope(schemas=("APP",)), "app", "app.users", False),
        (Scope(exclude=("app",), include=("app.us*",)), "app", "app.users", True),
        (Scope(schemas=("other",), include=("app",)), "app", "app.users", True),
        (Scope(exclude=("table:app.*",)), "app", "app.users", True),
        (Scope(exclude=("[ab]",)), "", "c", True),
    ],
)
def test_a_scope_manages_what_it_names_and_does_not_exclude(
    scope: Scope, namespace: str, name: str, *, managed: bool
) -> None:
    assert scope.manages(namespace, name) is managed


@pytest.mark.parametrize(
    ("scope", "managed"),
    [
        (Scope(exclude=("table:app.*",)), False),
        (Scope(exclude=("table:app.*",), include=("table:app.u*",)), True),
        (Scope(exclude=("view:app.*",)), None),
        (Scope(exclude=("app.*",)), None),
        (Scope(exclude=("table:app:users",)), None),
    ],
)
def test_patterns_of_a_kind_say_something_of_that_kind_alone(
    scope: Scope, *, managed: bool | None
) -> None:
    assert scope.names("table", "app.users") is managed


# -- change ----------------------------------------------------------------------------------


class Value(Body, frozen=True):
    """Nothing."""


OLD = Node(ref=Ref("x.a", ("old",)), body=Value())
NEW = Node(ref=Ref("x.a", ("new",)), body=Value())


@pytest.mark.parametrize(
    ("change", "ref", "back"),
    [
        (Change(action="create", after=NEW), NEW.ref, "drop"),
        (Change(action="drop", before=OLD), OLD.ref, "create"),
        (Change(action="alter", before=OLD, after=NEW), NEW.ref, "alter"),
        (Change(action="rename", before=OLD, after=NEW), NEW.ref, "rename"),
        (Change(action="replace", before=OLD, after=NEW), NEW.ref, "replace"),
    ],
)
def test_a_change_can_be_turned_round(change: Change, ref: Ref, back: str) -> None:
    assert change.ref == ref
    assert change.reversed().action == back
    assert change.reversed().reversed() == change


# -- finding and plan ------------------------------------------------------------------------


def test_findings_stand_in_the_order_in_which_a_person_reads_them() -> None:
    def finding(name: str, span: Span | None = None, step: int | None = None) -> Finding:
        return Finding(id=name, severity="info", message="m", span=span, step=step)

    wanted = [
        finding("nowhere"),
        finding("first", step=1),
        finding("second", step=2),
        finding("a", Span("a.lp.sql", 2)),
        finding("b", Span("a.lp.sql", 2)),
        finding("later", Span("b.lp.sql", 1)),
    ]
    assert ordered(wanted[::-1]) == wanted


def test_a_plan_counts_the_steps_that_lose_data_from_one() -> None:
    steps = (
        Step(description="safe", sql=("a",)),
        Step(description="drop", sql=("b",), effects=("data_loss",)),
    )
    plan = Plan(dialect="fake", steps=steps)
    assert list(plan.loses_data()) == [(2, steps[1])]
    assert not plan.bound


def test_a_translated_document_knows_where_its_text_stands_in_the_file() -> None:
    """`now()` became `CLOCK`, `::text` nothing, and `ab` something longer."""
    original, text = "x now() ::text y ab z", "x CLOCK  y ABCD z"
    edits = (Edit(2, 5, 2, 7), Edit(8, 0, 8, 14), Edit(11, 4, 17, 19))
    document = Document("f", text, original, edits)
    for word in ("x", "y", "z"):
        assert document.in_file(text.index(word)) == original.index(word)
    assert document.in_file(text.index("CLOCK")) == document.in_file(6) == original.index("now")
    assert document.in_file(text.index("CD")) == original.index("ab")
    assert document.in_file(len(text)) == len(original)
    assert Document("f", text).in_file(7) == 7
