from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.errors import UnsupportedChange
from lockplane_postgres.kinds.tuning import Tuning, retunings, usual_storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan

_TABLE = "CREATE TABLE t (a text);"


def test_what_is_stored_and_what_is_sampled_are_two_steps(plan: Callable[[str, str], Plan]) -> None:
    tuned = (
        "ALTER TABLE t ALTER a SET STORAGE main, ALTER a SET COMPRESSION pglz;"
        "ALTER TABLE t ALTER a SET STATISTICS 5, ALTER a SET (n_distinct = 7);"
    )
    planned = plan(_TABLE, _TABLE + tuned)

    assert [(step.description, *step.sql) for step in planned.steps] == [
        (
            "Change storage of t.a",
            "ALTER TABLE t ALTER COLUMN a SET STORAGE main, ALTER COLUMN a SET COMPRESSION pglz",
        ),
        (
            "Change statistics of t.a",
            "ALTER TABLE t ALTER COLUMN a SET STATISTICS 5, ALTER COLUMN a SET (n_distinct='7')",
        ),
    ]
    assert [lock.mode for step in planned.steps for lock in step.locks] == [
        "ACCESS EXCLUSIVE",
        "SHARE UPDATE EXCLUSIVE",
    ]
    assert sorted(undo.step.sql[0] for undo in planned.undo) == [
        "ALTER TABLE t ALTER COLUMN a SET STATISTICS -1, ALTER COLUMN a RESET (n_distinct)",
        (
            "ALTER TABLE t ALTER COLUMN a SET STORAGE default, "
            "ALTER COLUMN a SET COMPRESSION default"
        ),
    ]


@pytest.mark.parametrize(
    ("type_", "major", "word"),
    [
        ("text", 18, "default"),
        ("public.d", 16, "default"),
        ("character varying(3)", 15, "extended"),
        ("numeric(9,2)", 15, "main"),
        ("numeric(9,2)[]", 15, "extended"),
        ("public.d", 15, ""),
    ],
)
def test_the_storage_that_a_type_has_itself(type_: str, major: int, word: str) -> None:
    assert usual_storage(type_, major) == word


def test_a_storage_without_a_word_is_refused() -> None:
    with pytest.raises(UnsupportedChange, match="no word"):
        list(retunings(Tuning(storage="main"), None, ""))


def test_schema_json_says_what_is_not_usual(tree: Callable[[str], Any]) -> None:
    found = tree(_TABLE + "ALTER TABLE t ALTER a SET STORAGE main, ALTER a SET STATISTICS 5;")

    (column,) = found["tables"][0]["columns"]
    assert column["tuning"] == {"statistics": 5, "storage": "main"}
