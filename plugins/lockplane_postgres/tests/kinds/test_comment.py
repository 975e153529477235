from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan

_TABLE = "CREATE TABLE users (id integer PRIMARY KEY, email text);"


def test_it_is_set_changed_and_removed(plan: Callable[[str, str], Plan]) -> None:
    one, other = (f"{_TABLE}COMMENT ON COLUMN users.email IS '{text}';" for text in ("a", "b"))

    assert [
        (step.description, *step.sql)
        for made in (plan(_TABLE, one), plan(one, other), plan(other, _TABLE))
        for step in made.steps
    ] == [
        ("Set comment on column users.email", "COMMENT ON COLUMN users.email IS 'a'"),
        ("Change comment on column users.email", "COMMENT ON COLUMN users.email IS 'b'"),
        ("Remove comment from column users.email", "COMMENT ON COLUMN users.email IS NULL"),
    ]


def test_what_goes_takes_its_comment_along(plan: Callable[[str, str], Plan]) -> None:
    made = plan(_TABLE + "COMMENT ON TABLE users IS 'people';", "")

    assert [step.description for step in made.steps] == ["Drop table users"]


def test_the_comment_that_an_extension_brings_is_no_part_of_the_schema(
    tree: Callable[[str], Any],
) -> None:
    assert tree("CREATE EXTENSION hstore;") == {"tables": [], "extensions": [{"name": "hstore"}]}
    own = tree("CREATE EXTENSION hstore; COMMENT ON EXTENSION hstore IS 'ours';")
    assert own["extensions"] == [{"name": "hstore", "comment": "ours"}]


def test_schema_json_shows_it_with_the_object(tree: Callable[[str], Any]) -> None:
    found = tree(_TABLE + "COMMENT ON TABLE users IS 'people';")

    assert found["tables"][0]["comment"] == "people"
