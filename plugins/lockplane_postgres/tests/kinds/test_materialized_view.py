from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession

_TABLE = "CREATE TABLE a (id integer PRIMARY KEY, n integer);"
_VIEW = _TABLE + "CREATE MATERIALIZED VIEW m AS SELECT id FROM a"


def _said(plan: Plan) -> list[str]:
    return [step.description for step in plan.steps]


def test_a_new_one_reads_its_tables(plan: Callable[[str, str], Plan]) -> None:
    (step,) = plan(_TABLE, _VIEW).steps

    assert step.sql == ("CREATE MATERIALIZED VIEW m AS\nSELECT id\n   FROM public.a\nWITH DATA",)
    assert step.effects == ("scan",)
    assert [(lock.ref.name, lock.mode) for lock in step.locks] == [("a", "ACCESS SHARE")]


def test_to_make_it_again_is_costly_and_its_indexes_go_with_it(
    plan: Callable[[str, str], Plan],
) -> None:
    rest = "; CREATE INDEX i ON m (id); CREATE VIEW v AS SELECT id FROM m;"
    made = plan(_VIEW + rest, _VIEW + " WHERE id > 0" + rest)

    assert _said(made) == [
        "Drop view v",
        "Drop materialized view m",
        "Create materialized view m",
        "Create view v",
        "Create index i on materialized view m",
    ]
    assert [step.effects for step in made.steps] == [(), (), ("rewrite",), (), ("scan",)]


def test_without_data_nothing_is_read(plan: Callable[[str, str], Plan]) -> None:
    (step,) = plan(_TABLE, _VIEW + " WITH NO DATA").steps

    assert step.sql[0].endswith("\nWITH NO DATA")
    assert step.effects == ()


def test_it_is_filled_and_emptied_where_it_stands(plan: Callable[[str, str], Plan]) -> None:
    planned = plan(_VIEW + " WITH NO DATA", _VIEW)
    (fill,), (empty,) = planned.steps, planned.undo

    assert fill.sql == ("REFRESH MATERIALIZED VIEW m",)
    assert fill.effects == ("rewrite",)
    assert empty.step.sql == ("REFRESH MATERIALIZED VIEW m WITH NO DATA",)
    assert empty.step.effects == ("data_loss", "breaking")


def test_options_change_where_it_stands(plan: Callable[[str, str], Plan]) -> None:
    one = _TABLE + "CREATE MATERIALIZED VIEW m WITH (fillfactor = 70) AS SELECT id FROM a"
    (step,) = plan(one, _VIEW).steps

    assert step.sql == ("ALTER MATERIALIZED VIEW m RESET (fillfactor)",)
    assert step.effects == ()


def test_what_it_was_filled_from_may_be_empty_by_now(
    lockplane: Lockplane, session: PgSession, url: str, schema: Callable[[str, str], str]
) -> None:
    """The scratch has to stand there too, and the way back leads there."""
    views = "CREATE VIEW v AS SELECT id FROM m; CREATE MATERIALIZED VIEW last AS SELECT id FROM v;"
    session.script([_VIEW + ";" + views, "REFRESH MATERIALIZED VIEW m WITH NO DATA"])

    planned = lockplane.plan(url, schema("after", _VIEW + ";" + views))

    assert _said(planned.plan) == ["Fill materialized view m"]
    lockplane.prove(planned)  # raises where the plan, or its undo, does not run
    assert [undo.step.description for undo in planned.plan.undo] == [
        "Rollback: Empty materialized view m"
    ]


def test_schema_json_has_all_of_it(tree: Callable[[str], Any]) -> None:
    found = tree(
        _TABLE + "CREATE MATERIALIZED VIEW m WITH (fillfactor = 70) AS SELECT id FROM a"
        " WITH NO DATA; CREATE INDEX i ON m (id);"
        "COMMENT ON MATERIALIZED VIEW m IS 'some'; COMMENT ON COLUMN m.id IS 'the key';"
    )

    assert found["materialized_views"] == [
        {
            "name": "m",
            "definition": "SELECT id\n   FROM public.a",
            "columns": [{"name": "id", "type": "integer", "comment": "the key"}],
            "populated": False,
            "options": ["fillfactor=70"],
            "comment": "some",
            "indexes": [{"name": "i", "columns": ["id"], "unique": False}],
        }
    ]
