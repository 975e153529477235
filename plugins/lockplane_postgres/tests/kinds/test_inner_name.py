"""Values of enums and attributes of composite types go by another name, with all that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.errors import InvalidSource, LockplaneError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lockplane_core.engine.planner import Planned
    from lockplane_postgres.session import PgSession

BEFORE = """
CREATE TYPE state AS ENUM ('new', 'in work', 'it''s done');
CREATE TYPE place AS (street text, zip text);
CREATE TABLE t (
  id integer PRIMARY KEY, s state NOT NULL DEFAULT 'in work', p place,
  CONSTRAINT c CHECK (s <> 'it''s done' OR p IS NOT NULL)
);
CREATE INDEX open ON t (id) WHERE s = 'in work';
CREATE VIEW v AS SELECT (p).zip, s = 'in work' AS busy FROM t;
"""
AFTER = """
CREATE TYPE state AS ENUM (
  'new',
  -- lockplane: renamed_from='in work'
  'busy',
  -- lockplane: renamed_from='it''s done'
  'done'
);
CREATE TYPE place AS (
  street text,
  -- lockplane: renamed_from=zip
  "Post code" text
);
CREATE TABLE t (
  id integer PRIMARY KEY, s state NOT NULL DEFAULT 'busy', p place,
  CONSTRAINT c CHECK (s <> 'done' OR p IS NOT NULL)
);
CREATE INDEX open ON t (id) WHERE s = 'busy';
CREATE VIEW v AS SELECT (p)."Post code" AS zip, s = 'busy' AS busy FROM t;
"""
ROWS = "INSERT INTO t VALUES (1, 'in work', ('a', 'b')), (2, 'it''s done', ('c', 'd'))"


class Place:
    """A database, and what is planned for it."""

    def __init__(self, lockplane: Lockplane, url: str, folder: Path, session: PgSession) -> None:
        self.lockplane, self.url, self.folder, self.session = lockplane, url, folder, session

    def plan(self, sql: str) -> Planned:
        path = self.folder / "schema.lp.sql"
        path.write_text(sql, encoding="utf-8")
        return self.lockplane.plan(self.url, str(path))

    def descriptions(self, sql: str) -> list[str]:
        return [step.description for step in self.plan(sql).plan.steps]


@pytest.fixture(scope="module")
def opened() -> Iterator[Lockplane]:
    with Lockplane(load_registry(), Settings(dialect="postgres", schemas=("*",))) as lockplane:
        yield lockplane


@pytest.fixture
def place(opened: Lockplane, url: str, tmp_path: Path, session: PgSession) -> Place:
    return Place(opened, url, tmp_path, session)


def test_names_inside_of_types_are_renamed_and_nothing_else_is_done(place: Place) -> None:
    """Default, check, index and view follow; the rows stay as they are."""
    place.session.script([BEFORE, ROWS])
    planned = place.plan(AFTER)
    assert [(step.description, step.sql) for step in planned.plan.steps] == [
        (
            "Rename attribute zip of composite type place to Post code",
            ('ALTER TYPE place RENAME ATTRIBUTE zip TO "Post code"',),
        ),
        (
            "Rename value in work of enum state to busy",
            ("ALTER TYPE state RENAME VALUE 'in work' TO 'busy'",),
        ),
        (
            "Rename value it's done of enum state to done",
            ("ALTER TYPE state RENAME VALUE 'it''s done' TO 'done'",),
        ),
    ]
    result = place.lockplane.apply(place.url, planned.plan)
    assert result.success, result.errors
    assert place.session.query('SELECT s::text, (p)."Post code" FROM t ORDER BY id') == [
        ("busy", "b"),
        ("done", "d"),
    ]
    again = place.plan(AFTER)
    assert again.plan.steps == ()
    assert any("enum value public.state.in work is enum value" in n for n in again.notices)
    back = place.lockplane.undo(planned.plan, place.url)
    assert place.lockplane.apply(place.url, back).success
    found = place.session.query("SELECT s::text FROM t ORDER BY id")
    assert found == [("in work",), ("it's done",)]


def test_a_type_and_a_value_of_it_are_renamed_in_one_plan(place: Place) -> None:
    place.session.script(["CREATE TYPE old AS ENUM ('a', 'b')", "CREATE TABLE t (x old)"])
    found = place.plan(
        "-- lockplane: renamed_from=old\nCREATE TYPE fresh AS ENUM (\n"
        "-- lockplane: renamed_from=a\n'z', 'b', 'c');\nCREATE TABLE t (x fresh);\n"
    )
    assert [step.description for step in found.plan.steps] == [
        "Rename enum old to fresh",
        "Rename value a of enum fresh to z",
        "Add value 'c' to enum fresh",
    ]
    assert place.lockplane.apply(place.url, found.plan).success


def test_values_change_their_names_in_a_chain(place: Place) -> None:
    place.session.script(["CREATE TYPE e AS ENUM ('a', 'b')"])
    sql = "CREATE TYPE e AS ENUM (\n-- lockplane: renamed_from=a\n'b',\n"
    sql += "-- lockplane: renamed_from=b\n'c');\n"
    assert place.descriptions(sql) == [
        "Rename value b of enum e to c",
        "Rename value a of enum e to b",
    ]


def test_a_difference_lists_them(place: Place, tmp_path: Path) -> None:
    place.session.script([BEFORE])
    place.plan(AFTER)
    found = place.lockplane.diff(place.url, str(tmp_path / "schema.lp.sql"))
    assert list(found) == ["renamed_attributes", "renamed_enum_values"]
    assert found["renamed_attributes"] == [{"from": "place.zip", "to": "place.Post code"}]


def test_an_attribute_of_a_typed_table_is_not_renamed_behind_its_back(place: Place) -> None:
    """Only CASCADE would do it, and that goes beyond what a plan says."""
    place.session.script(["CREATE TYPE p AS (a integer)", "CREATE TABLE typed OF p"])
    sql = "CREATE TYPE p AS (\n-- lockplane: renamed_from=a\nb integer);\n"
    with pytest.raises(LockplaneError, match="typed"):
        place.lockplane.apply(place.url, place.plan(sql).plan)
    assert place.session.query("SELECT a FROM typed") == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            "CREATE TYPE e AS ENUM ('Old');",
            "CREATE TYPE e AS ENUM (\n-- lockplane: renamed_from=old\n'x');",
            "Did you mean 'Old'",
        ),
        (
            "CREATE TYPE e AS ENUM ('a', 'b', 'c');",
            "CREATE TYPE e AS ENUM (\n-- lockplane: renamed_from=a\n'b', 'c');",
            "are both in the database",
        ),
        (
            "CREATE TYPE e AS ENUM ('a');",
            "CREATE TYPE e AS ENUM (\n-- lockplane: renamed_from=a\n'b', 'a');",
            "is declared as well",
        ),
        (
            "CREATE TYPE e AS ENUM ('a', 'b');",
            (
                "CREATE TYPE e AS ENUM (\n-- lockplane: renamed_from=b\n'a',\n"
                "-- lockplane: renamed_from=a\n'b');"
            ),
            "nothing tells",
        ),
        (
            "CREATE TYPE e AS ENUM ('a');",
            "CREATE TYPE e AS ENUM (\n-- lockplane: renamed_from=x.y\n'b');",
            "names no enum value",
        ),
    ],
)
def test_what_can_not_be_meant_is_an_error_at_its_place(
    place: Place, before: str, after: str, words: str
) -> None:
    place.session.script([before])
    with pytest.raises(InvalidSource) as caught:
        place.plan(after)
    said = "\n".join(f"{f.message} {f.suggestion}" for f in caught.value.findings)
    assert words in said
    assert all(finding.span for finding in caught.value.findings)
