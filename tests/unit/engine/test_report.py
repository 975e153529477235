"""The report of a validated plan, against the samples of the original and beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_core.engine import plan_guards
from lockplane_core.engine.report import report
from lockplane_core.model.finding import Finding
from lockplane_core.model.plan import Plan, UndoStep
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Lock, Step
from lockplane_core.spi.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


class ToyKind(Kind):
    """A kind that leaves `public` out of names."""

    def spoken(self, ref: Ref) -> str:
        """The name for people."""
        return ".".join(part for part in ref.path if part != "public")


class Table(ToyKind):
    """A table."""

    tag, plural, role = "toy.table", "tables", "table"


class Column(ToyKind):
    """A column."""

    tag, plural, role, parent = "toy.column", "columns", "column", "toy.table"


class Index(ToyKind):
    """An index, named beside its table and not below it."""

    tag, plural, role, parent = "toy.index", "indexes", "index", "toy.table"


class ForeignKey(ToyKind):
    """A foreign key."""

    tag, plural, role, parent = "toy.foreign_key", "foreign_keys", "constraint", "toy.table"


class Comment(ToyKind):
    """A comment on anything."""

    tag, plural, role = "toy.comment", "comments", "comment"


class Right(ToyKind):
    """What somebody may do."""

    tag, plural, role, managed = "toy.right", "rights", "other", "rights"


KINDS: Mapping[str, Kind] = {k.tag: k() for k in (Table, Column, Index, ForeignKey, Comment, Right)}

USERS = Ref("toy.table", ("public", "users"))
AGE = USERS.child("toy.column", "age")
BY_AGE = Ref("toy.index", ("public", "by_age"))
OWNER = USERS.child("toy.foreign_key", "owner")
SAID = Ref("toy.comment", ("table", "public", "users"))


def plan(*steps: Step, undone: bool = True, back: str = "…") -> Plan:
    """A plan whose every step is taken back."""
    undo = [
        UndoStep(step=Step(description=f"Rollback: {back}", sql=("…",)), undoes=(number,))
        for number in range(len(steps), 0, -1)
    ]
    return Plan(dialect="toy", steps=steps, undo=tuple(undo) if undone else ())


def step(description: str = "Do it", **fields: Any) -> Step:
    """A step; what it produces or destroys it settles."""
    settles = dict.fromkeys((*fields.get("produces", ()), *fields.get("destroys", ())))
    return Step(description=description, sql=("…",), settles=tuple(settles), **fields)


def found(severity: Any, message: str, number: int | None = 1, suggestion: str = "") -> Finding:
    """A finding about a step."""
    return Finding(id="x", severity=severity, message=message, step=number, suggestion=suggestion)


CREATE = step("Create table users", produces=(USERS, AGE, BY_AGE, SAID))
ADD = step("Add column age to table users", produces=(AGE,))
DROP = step("Drop table users", destroys=(USERS, AGE, BY_AGE), effects=("data_loss",))


def test_a_table_is_made() -> None:
    """The sample of the quick start, to the byte."""
    text = report(plan(CREATE), [found("info", "Table creation is always safe")], KINDS)
    assert text == (
        "=== Validation Results ===\n"
        "\n"
        "✓ Validation 1: PASS\n"
        "  - Table creation is always safe\n"
        "  - Reversible: DROP TABLE users\n"
        "\n"
        "✓ All operations are reversible\n"
        "✓ All validations passed\n"
    )


def test_a_nullable_column_is_added() -> None:
    """The sample of a safe migration, to the byte."""
    text = report(plan(ADD), [found("info", "Column 'age' is nullable - safe to add")], KINDS)
    assert text.partition("\n\n")[2] == (
        "✓ Validation 1: PASS\n"
        "  - Column 'age' is nullable - safe to add\n"
        "  - Reversible: DROP COLUMN users.age\n"
        "\n"
        "✓ All operations are reversible\n"
        "✓ All validations passed\n"
    )


REFUSED = found(
    "error",
    "Cannot add NOT NULL column 'age' without a DEFAULT value",
    suggestion="NOT NULL columns require a DEFAULT value when added to tables with existing data",
)


def test_a_required_column_without_a_value_is_added() -> None:
    """The sample of an unsafe migration, to the byte."""
    assert report(plan(ADD), [REFUSED], KINDS).partition("\n\n")[2] == (
        "✗ Validation 1: FAIL\n"
        "  Error: Cannot add NOT NULL column 'age' without a DEFAULT value\n"
        "  - NOT NULL columns require a DEFAULT value when added to tables with existing data\n"
        "  - Reversible: DROP COLUMN users.age\n"
        "\n"
        "❌ Validation FAILED: Some operations are not safe\n"
    )


def test_what_fails_comes_first_and_says_which_step_it_is() -> None:
    failing = msgspec.structs.replace(REFUSED, step=2)
    lines = report(plan(CREATE, ADD), [failing], KINDS).splitlines()
    assert [line for line in lines if line[:4] in ("Step", "✗ Va", "✓ Va")] == [
        "Step 2: Add column age to table users",
        "✗ Validation 1: FAIL",
        "Step 1: Create table users",
        "✓ Validation 2: PASS",
    ]


def test_nothing_to_do_is_the_news() -> None:
    assert report(plan(), [], KINDS) == "✓ Nothing to do: the two sides are the same\n"
    assert "Warning: odd" in report(plan(), [found("warning", "odd", None)], KINDS)


def test_lost_data_are_a_warning_and_no_footer_promises_them_back() -> None:
    made = plan(CREATE, DROP)
    text = report(made, plan_guards.findings(made, KINDS), KINDS)
    assert "✓ Validation 2: PASS\n  Warning: Data loss: table users and all it holds\n" in text
    assert "  - Reversible: CREATE TABLE users (what it held is gone)\n" in text
    assert text.endswith(
        "⚠ Data is lost, and no rollback brings it back: step 2\n✓ All validations passed\n"
    )


def test_a_step_that_loses_data_never_passes_for_harmless() -> None:
    """Also when the guard's findings were not handed over."""
    text = report(plan(DROP), [], KINDS)
    assert "Changes no rows" not in text
    assert "⚠ Data is lost" in text


def test_a_step_without_undo_is_not_called_reversible() -> None:
    text = report(plan(CREATE, ADD, undone=False), [], KINDS)
    assert text.count("- Not reversible: the plan holds no step that takes it back") == 2
    assert "⚠ Not every operation is reversible: steps 1, 2\n" in text


def test_what_only_makes_way_has_nothing_to_take_back() -> None:
    """The way back of the change itself may be without it."""
    steps = (
        Step(description="Drop index by_age", sql=("1",), destroys=(BY_AGE,)),
        Step(description="Change age", sql=("2",), produces=(AGE,), destroys=(AGE,)),
        Step(description="Create index by_age", sql=("3",), produces=(BY_AGE,)),
    )
    back = (UndoStep(step=steps[1], undoes=(2,)),)
    said = report(Plan(dialect="toy", steps=steps, undo=back), (), KINDS)
    assert said.count("- Reversible: only makes way for other steps") == 2
    assert said.endswith("✓ All operations are reversible\n✓ All validations passed\n")
    assert "Not reversible" in report(Plan(dialect="toy", steps=steps), (), KINDS)


def test_a_warning_and_what_is_said_in_passing_make_nothing_invalid() -> None:
    text = report(plan(ADD), [found("warning", "may fail"), found("info", "fine")], KINDS)
    assert "✓ Validation 1: PASS\n  Warning: may fail\n  - fine\n" in text
    assert text.endswith("✓ All validations passed\n")


def test_a_finding_about_no_step_stands_before_the_footer() -> None:
    text = report(plan(ADD), [found("warning", "check x failed", None)], KINDS)
    assert "\n\nWarning: check x failed\n\n✓ All operations" in text


def test_an_error_about_no_step_fails_the_plan() -> None:
    assert "❌ Validation FAILED" in report(plan(ADD), [found("error", "bad", None)], KINDS)


def test_effects_and_long_locks_are_reasons() -> None:
    lock = Lock(ref=USERS, mode="AccessExclusiveLock", blocks=("reads", "writes", "ddl"))
    slow = step(produces=(AGE,), destroys=(AGE,), effects=("rewrite", "breaking"), locks=(lock,))
    text = report(plan(slow), [], KINDS)
    assert "  Warning: Programs that run against the schema as it was may break\n" in text
    assert "  - Rewrites every row of the table\n" in text
    assert "  - Blocks reads and writes of users meanwhile (AccessExclusiveLock)\n" in text
    assert "  - Reversible: ALTER COLUMN users.age\n" in text


def test_a_short_lock_is_no_reason() -> None:
    lock = Lock(ref=USERS, mode="AccessExclusiveLock", blocks=("reads", "writes", "ddl"))
    text = report(plan(step(produces=(AGE,), locks=(lock,))), [], KINDS)
    assert "Blocks" not in text
    assert "  - Changes no rows\n" in text


def test_a_step_written_by_hand_is_called_that() -> None:
    text = report(plan(Step(description="Do something", sql=("…",))), [], KINDS)
    assert "- Written by hand" in text
    assert "- Reversible: Do something\n" in text


NEW_AGE = USERS.child("toy.column", "years")


@pytest.mark.parametrize(
    ("done", "inverse"),
    [
        (step(destroys=(AGE,)), "ADD COLUMN users.age"),
        (step(destroys=(OWNER,)), "ADD FOREIGN KEY users.owner"),
        (step(produces=(OWNER,)), "DROP FOREIGN KEY users.owner"),
        (step(destroys=(BY_AGE,)), "CREATE INDEX by_age"),
        (step(destroys=(AGE,), produces=(NEW_AGE,)), "RENAME COLUMN users.years TO age"),
        (step(produces=(SAID,)), "DROP COMMENT table.users"),
    ],
)
def test_the_inverse_is_said_in_words(done: Step, inverse: str) -> None:
    assert f"  - Reversible: {inverse}\n" in report(plan(done), [], KINDS)


def test_what_is_given_and_taken_is_taken_back_in_the_words_of_the_undo() -> None:
    right = Ref("toy.right", ("users", "app"))
    text = report(plan(step("Grant SELECT", produces=(right,)), back="Take SELECT"), [], KINDS)
    assert "  - Reversible: Take SELECT\n" in text


def test_a_merged_step_tells_what_comes_back_empty() -> None:
    """One step that rebuilds a table: it is about the changes that it settles."""
    gone, stays = USERS.child("toy.column", "gone"), USERS.child("toy.column", "stays")
    rebuild = Step(
        description="Rebuild table users",
        sql=("…",),
        produces=(USERS, AGE, stays),
        destroys=(USERS, gone, stays),
        settles=(AGE, gone, stays),
        effects=("data_loss",),
    )
    assert [line for line in report(plan(rebuild), [], KINDS).splitlines() if "Rev" in line] == [
        "  - Reversible: DROP COLUMN users.age",
        "  - Reversible: ADD COLUMN users.gone (what it held is gone)",
        "  - Reversible: ALTER COLUMN users.stays",
    ]


def test_values_that_a_change_cuts_off_are_gone() -> None:
    narrow = step(produces=(AGE,), destroys=(AGE,), effects=("data_loss",))
    text = report(plan(narrow), [], KINDS)
    assert "  - Reversible: ALTER COLUMN users.age (what it held is gone)\n" in text


def test_a_step_about_many_objects_names_ten_and_counts_the_rest() -> None:
    columns = tuple(USERS.child("toy.column", name) for name in "abcdefghijkl")
    text = report(plan(step(produces=columns)), [], KINDS)
    assert text.count("Reversible: DROP COLUMN") == 10
    assert "  - Reversible: and 2 more\n" in text
