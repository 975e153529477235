from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan

_TABLE = "CREATE TABLE a (id integer PRIMARY KEY, n integer);"


def _said(plan: Plan) -> list[str]:
    return [step.description for step in plan.steps]


def test_a_query_is_replaced_in_place(plan: Callable[[str, str], Plan]) -> None:
    one = _TABLE + "CREATE VIEW v AS SELECT id FROM a;"
    (step,) = plan(one, _TABLE + "CREATE VIEW v AS SELECT id, n FROM a WHERE n > 1;").steps

    assert step.description == "Change view v"
    assert step.sql[0].startswith("CREATE OR REPLACE VIEW v AS\n")
    assert step.effects == ()
    assert [(lock.ref.name, lock.mode) for lock in step.locks] == [
        ("v", "ACCESS EXCLUSIVE"),
        ("a", "ACCESS SHARE"),
    ]


def test_a_view_that_loses_a_column_is_made_again_with_its_readers(
    plan: Callable[[str, str], Plan],
) -> None:
    readers = "CREATE VIEW w AS SELECT id FROM v;"
    one = _TABLE + "CREATE VIEW v AS SELECT id, n FROM a;" + readers
    made = plan(one, _TABLE + "CREATE VIEW v AS SELECT id FROM a;" + readers)

    assert _said(made) == ["Drop view w", "Drop view v", "Create view v", "Create view w"]
    assert [step.effects for step in made.steps] == [(), ("breaking",), (), ()]


def test_views_over_views_stand_aside_while_a_column_changes_its_type(
    plan: Callable[[str, str], Plan],
) -> None:
    views = "CREATE VIEW v AS SELECT n FROM a; CREATE VIEW w AS SELECT n FROM v;"
    made = plan(_TABLE + views, _TABLE.replace("n integer", "n bigint") + views)

    assert _said(made) == [
        "Drop view w",
        "Drop view v",
        "Change type of a.n from integer to bigint",
        "Create view v",
        "Create view w",
    ]


def test_another_guard_over_rows_is_a_matter_of_security(plan: Callable[[str, str], Plan]) -> None:
    one = _TABLE + "CREATE VIEW v WITH (security_barrier = true) AS SELECT id FROM a;"
    (step,) = plan(one, _TABLE + "CREATE VIEW v AS SELECT id FROM a;").steps

    assert step.effects == ("security",)


def test_a_comment_on_a_column_does_not_touch_the_query(plan: Callable[[str, str], Plan]) -> None:
    one = _TABLE + "CREATE VIEW v AS SELECT id FROM a;"
    (step,) = plan(one, one + "COMMENT ON COLUMN v.id IS 'the key';").steps

    assert step.sql == ("COMMENT ON COLUMN v.id IS 'the key'",)


def test_schema_json_has_query_columns_options_and_triggers(tree: Callable[[str], Any]) -> None:
    found = tree(
        _TABLE + "CREATE VIEW v WITH (security_barrier) AS SELECT id FROM a;"
        "ALTER VIEW v ALTER COLUMN id SET DEFAULT 7;"
        "COMMENT ON VIEW v IS 'some';"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
        "CREATE TRIGGER t INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f();"
    )

    assert found["views"] == [
        {
            "name": "v",
            "definition": "SELECT id\n   FROM public.a",
            "columns": [{"name": "id", "type": "integer", "default": "7"}],
            "options": ["security_barrier=true"],
            "comment": "some",
            "triggers": [
                {
                    "name": "t",
                    "timing": "instead of",
                    "events": ["insert"],
                    "definition": "FOR EACH ROW EXECUTE FUNCTION public.f()",
                }
            ],
        }
    ]
