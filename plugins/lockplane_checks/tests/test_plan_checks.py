"""Plan checks on catalogs of a dialect that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockplane_checks.plan import CHECKS
from lockplane_core.algebra.diff import compare
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.node import Body, Node
from lockplane_core.model.plan import Plan
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_core.spi.check import Subject
from lockplane_core.spi.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockplane_core.model.finding import Finding


class Anything(Body, frozen=True, kw_only=True):
    """The fields of schema JSON that checks read."""

    type: str = ""
    nullable: bool = True
    default: str | None = None
    identity: str | None = None
    unique: bool = False
    columns: tuple[str, ...] = ()
    referenced_columns: tuple[str, ...] = ()


class TableKind(Kind):
    """A table."""

    tag, plural, role, body = "toy.table", "tables", "table", Anything


class ColumnKind(Kind):
    """A column."""

    tag, plural, role, body = "toy.column", "columns", "column", Anything


class IndexKind(Kind):
    """An index."""

    tag, plural, role, body = "toy.index", "indexes", "index", Anything


class KeyKind(Kind):
    """A foreign key or another constraint."""

    tag, plural, role, body = "toy.key", "keys", "constraint", Anything


KINDS: Mapping[str, Kind] = {k.tag: k() for k in (TableKind, ColumnKind, IndexKind, KeyKind)}
USERS = Ref("toy.table", ("users",))
POSTS = Ref("toy.table", ("posts",))
ASKS = Guard(query="SELECT 1", message="a row stands against it")


def table(ref: Ref = USERS) -> Node:
    """A table."""
    return Node(ref=ref, body=Anything())


def part(kind: str, name: str, of: Ref = USERS, needs: tuple[Ref, ...] = (), **body: Any) -> Node:
    """A part of a table."""
    ref = of.child(f"toy.{kind}", name)
    return Node(ref=ref, parent=of, needs=needs, body=Anything(**body))


def judged(before: list[Node], after: list[Node], **step: Any) -> list[Finding]:
    """What all plan checks say of one step that makes all changes."""
    first, second = Catalog("toy", before), Catalog("toy", after)
    changes = tuple(compare(first, second))
    made = Step(description="…", sql=("…",), settles=tuple(c.ref for c in changes), **step)
    subject = Subject(
        dialect="toy",
        plan=Plan(dialect="toy", steps=(made,)),
        changes=changes,
        before=first,
        after=second,
        roles={tag: kind.role for tag, kind in KINDS.items()},
        kinds=KINDS,
    )
    return [finding for check in CHECKS for finding in check().run(subject)]


def said(before: list[Node], after: list[Node], **step: Any) -> list[tuple[str, str]]:
    """Severity and message of each, all about step 1."""
    found = judged(before, after, **step)
    assert {finding.step for finding in found} <= {1}
    return [(finding.severity, finding.message) for finding in found]


def ids(before: list[Node], after: list[Node], **step: Any) -> list[str]:
    """Ids of errors and warnings."""
    return [f.id for f in judged(before, after, **step) if f.severity != "info"]


def test_a_table_and_all_that_comes_with_it_is_safe() -> None:
    after = [
        table(),
        part("column", "id", nullable=False),
        part("index", "by_id", columns=("id",), unique=True),
        part("key", "odd", columns=("id",)),
    ]
    assert said([], after) == [("info", "Table creation is always safe")]


def test_a_nullable_column_is_safe() -> None:
    assert said([table()], [table(), part("column", "age")]) == [
        ("info", "Column 'age' is nullable - safe to add")
    ]


def test_a_required_column_without_a_value_is_refused_in_the_words_of_the_original() -> None:
    after = [table(), part("column", "email2", nullable=False)]
    (finding,) = judged([table()], after)
    assert finding.severity == "error"
    assert finding.message == "Cannot add NOT NULL column 'email2' without a DEFAULT value"
    assert finding.suggestion == (
        "NOT NULL columns require a DEFAULT value when added to tables with existing data"
    )


def test_a_required_column_that_fills_itself_is_safe() -> None:
    for column in (
        part("column", "n", nullable=False, default="0"),
        part("column", "n", nullable=False, identity="always"),
    ):
        assert said([table()], [table(), column]) == [
            ("info", "Column 'n' has a value for every row - safe to add")
        ]


def test_a_column_of_a_new_table_is_not_judged() -> None:
    assert ids([], [table(), part("column", "email", nullable=False)]) == []


def test_a_type_change_is_what_its_step_says() -> None:
    before, after = [table(), part("column", "a", type="int")], None
    after = [table(), part("column", "a", type="text")]
    change = "Type change of 'a' from int to text"
    assert said(before, after) == [("info", f"{change} keeps every value - safe to change")]
    assert said(before, after, guards=(ASKS,)) == [
        ("warning", f"{change} fails if a value does not fit")
    ]
    assert said(before, after, effects=("data_loss",)) == [
        ("info", f"{change} does not keep every value")
    ]


def test_a_question_about_another_column_of_the_same_step_is_no_warning() -> None:
    before = [table(), part("column", "a", type="int"), part("column", "b", type="int")]
    after = [table(), part("column", "a", type="text"), part("column", "b", type="text")]
    about_b = Guard(query="SELECT 1", message="…", about=USERS.child("toy.column", "b"))
    assert said(before, after, guards=(about_b,)) == [
        ("info", "Type change of 'a' from int to text keeps every value - safe to change"),
        ("warning", "Type change of 'b' from int to text fails if a value does not fit"),
    ]


def test_a_type_change_is_not_blamed_for_a_column_that_the_same_step_drops() -> None:
    before = [table(), part("column", "a", type="int"), part("column", "b")]
    after = [table(), part("column", "a", type="text")]
    assert said(before, after, effects=("data_loss",)) == [
        ("info", "Type change of 'a' from int to text is made by a step that loses data")
    ]


def test_not_null_is_a_warning_and_its_reverse_is_safe() -> None:
    loose, strict = part("column", "a"), part("column", "a", nullable=False)
    (warning,) = judged([table(), loose], [table(), strict])
    assert (warning.id, warning.severity) == ("set_not_null", "warning")
    assert "mend them" in warning.suggestion
    (asked,) = judged([table(), loose], [table(), strict], guards=(ASKS,))
    assert "asks the target" in asked.suggestion
    ((severity, _),) = said([table(), strict], [table(), loose])
    assert severity == "info"


def test_nulls_that_the_step_itself_fills_do_not_stop_it() -> None:
    loose = [table(), part("column", "a")]
    strict = [table(), part("column", "a", nullable=False, default="0")]
    filled = "Column 'a' becomes NOT NULL - its default takes the place of NULLs"
    assert ("info", filled) in said(loose, strict, effects=("backfill",))
    assert "set_not_null" in ids(loose, strict)
    assert "set_not_null" in ids(loose, strict, effects=("backfill",), guards=(ASKS,))


def test_each_finding_stands_at_its_own_step() -> None:
    """A dialect may alter the type and the nullability of a column in two steps."""
    before = Catalog("toy", [table(), part("column", "a", type="text")])
    after = Catalog("toy", [table(), part("column", "a", type="int", nullable=False)])
    changes = tuple(compare(before, after))
    made = Step(description="…", sql=("…",), settles=(changes[0].ref,), guards=(ASKS,))
    subject = Subject(
        dialect="toy",
        plan=Plan(dialect="toy", steps=(made, made)),
        changes=changes,
        before=before,
        after=after,
        roles={tag: kind.role for tag, kind in KINDS.items()},
        kinds=KINDS,
    )
    steps = {f.id: f.step for check in CHECKS for f in check().run(subject)}
    assert steps == {"change_type": 1, "set_not_null": 2}


def test_what_is_made_again_is_judged_where_it_is_made() -> None:
    loose = part("index", "i", columns=("a",))
    strict = part("index", "i", columns=("a",), unique=True)
    before, after = Catalog("toy", [table(), loose]), Catalog("toy", [table(), strict])
    half = Step(description="…", sql=("…",), settles=(loose.ref,))
    subject = Subject(
        dialect="toy",
        plan=Plan(dialect="toy", steps=(half, half)),
        changes=tuple(compare(before, after)),
        before=before,
        after=after,
        roles={tag: kind.role for tag, kind in KINDS.items()},
        kinds=KINDS,
    )
    (finding,) = [f for check in CHECKS for f in check().run(subject)]
    assert (finding.id, finding.step) == ("unique_on_existing_data", 2)


def test_unique_on_columns_that_hold_rows_is_a_warning() -> None:
    before = [table(), part("column", "a")]
    unique = part("index", "by_a", columns=("a",), unique=True)
    assert ids(before, [*before, unique]) == ["unique_on_existing_data"]
    plain = part("index", "by_a", columns=("a",))
    assert ids(before, [*before, plain]) == []
    assert ids([*before, plain], [*before, unique]) == ["unique_on_existing_data"]


def test_unique_on_a_column_that_the_plan_adds_empty_is_safe() -> None:
    needs = (USERS.child("toy.column", "a"),)
    unique = part("index", "by_a", needs=needs, columns=("a",), unique=True)
    assert ids([table()], [table(), part("column", "a"), unique]) == []
    filled = part("column", "a", default="0")
    assert ids([table()], [table(), filled, unique]) == ["unique_on_existing_data"]


def test_an_index_that_stays_unique_is_no_warning() -> None:
    before = [table(), part("column", "a"), part("index", "i", columns=("a",), unique=True)]
    after = [*before[:2], part("index", "i", columns=("a",), unique=True, type="btree")]
    assert ids(before, after) == []


def test_a_constraint_on_rows_that_are_there_is_a_warning() -> None:
    before = [table(), part("column", "a")]
    assert ids(before, [*before, part("key", "k", columns=("a",))]) == [
        "constraint_on_existing_data"
    ]
    assert ids(before, [*before, part("key", "k")]) == ["constraint_on_existing_data"]


def test_a_foreign_key_needs_its_target() -> None:
    other = POSTS.child("toy.column", "id")
    key = part("key", "k", needs=(POSTS, other), columns=("a",), referenced_columns=("id",))
    before = [table(), part("column", "a")]
    there = [table(POSTS), part("column", "id", of=POSTS)]
    assert "invalid_fk_target" not in ids([*before, *there], [*before, *there, key])
    messages = [text for severity, text in said(before, [*before, key]) if severity == "error"]
    assert messages == [
        "Foreign key 'k' references table posts, which the target does not have",
        "Foreign key 'k' references column posts.id, which the target does not have",
    ]


def test_a_foreign_key_has_as_many_columns_as_it_references() -> None:
    key = part("key", "k", columns=("a", "b"), referenced_columns=("id",))
    assert ("error", "Foreign key 'k' has 2 columns and references 1") in said(
        [table()], [table(), key]
    )


def test_a_dropped_constraint_is_a_warning_while_its_table_stays() -> None:
    key = part("key", "k", columns=("a",))
    assert ids([table(), key], [table()]) == ["drop_constraint"]
    assert ids([table(), key], []) == []
