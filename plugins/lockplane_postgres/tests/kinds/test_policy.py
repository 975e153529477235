from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.errors import Refused
from lockplane_core.model.ref import Ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession

TABLE = "CREATE TABLE t (id integer, n integer); "
ENABLED = TABLE + "ALTER TABLE t ENABLE ROW LEVEL SECURITY; "
FORCED = ENABLED + "ALTER TABLE t FORCE ROW LEVEL SECURITY; "
P = "CREATE POLICY p ON t USING (id > 0); "
FEW = "CREATE POLICY few ON t AS RESTRICTIVE USING (id > 0); "

SAID = {
    "without a policy nobody sees a row": (
        TABLE,
        ENABLED,
        [
            (
                "Enable row level security of table t: no policy lets anybody else in",
                "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                ("breaking", "security"),
            )
        ],
    ),
    "a restrictive policy lets nobody in either": (
        TABLE + FEW,
        ENABLED + FEW,
        [
            (
                "Enable row level security of table t: no policy lets anybody else in",
                "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                ("breaking", "security"),
            )
        ],
    ),
    "with its policy in the same plan": (
        TABLE,
        ENABLED + P,
        [
            (
                "Enable row level security of table t",
                "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                ("breaking", "security"),
            ),
            ("Create policy p on table t", "CREATE POLICY p ON t USING ((id > 0))", ("security",)),
        ],
    ),
    "disabling lets everybody in": (
        ENABLED + P,
        TABLE + P,
        [
            (
                (
                    "Disable row level security of table t: whoever may use the table sees all "
                    "its rows"
                ),
                "ALTER TABLE t DISABLE ROW LEVEL SECURITY",
                ("security",),
            )
        ],
    ),
    "forced on the owner": (
        ENABLED + P,
        FORCED + P,
        [
            (
                "Force row level security of table t on its owner, too",
                "ALTER TABLE t FORCE ROW LEVEL SECURITY",
                ("breaking", "security"),
            )
        ],
    ),
    "not forced any more": (
        FORCED + P,
        ENABLED + P,
        [
            (
                "Stop to force row level security of table t on its owner",
                "ALTER TABLE t NO FORCE ROW LEVEL SECURITY",
                ("security",),
            )
        ],
    ),
    "a restrictive policy goes": (
        ENABLED + P + FEW,
        ENABLED + P,
        [
            (
                "Drop restrictive policy few on table t, which lets more rows through",
                "DROP POLICY few ON t",
                ("security",),
            )
        ],
    ),
    "a restrictive policy comes": (
        ENABLED + P,
        ENABLED + P + FEW,
        [
            (
                "Create restrictive policy few on table t",
                "CREATE POLICY few ON t AS RESTRICTIVE USING ((id > 0))",
                ("breaking", "security"),
            )
        ],
    ),
    "the last permissive policy goes": (
        ENABLED + P,
        ENABLED,
        [
            (
                "Drop policy p on table t: no other lets rows through",
                "DROP POLICY p ON t",
                ("breaking", "security"),
            )
        ],
    ),
    "only what differs is altered": (
        TABLE + "CREATE POLICY p ON t TO pg_monitor USING (id > 0) WITH CHECK (n > 0);",
        TABLE + "CREATE POLICY p ON t USING (id > 0) WITH CHECK (n > 1);",
        [
            (
                "Change policy p on table t",
                "ALTER POLICY p ON t TO PUBLIC WITH CHECK ((n > 1))",
                ("security",),
            )
        ],
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_a_step_says_what_it_means_for_who_sees_which_rows(
    case: str, plan: Callable[[str, str], Plan]
) -> None:
    before, after, steps = SAID[case]
    found = [(step.description, *step.sql, step.effects) for step in plan(before, after).steps]
    assert found == steps


def test_a_policy_that_is_only_in_the_way_means_nothing_new(
    plan: Callable[[str, str], Plan],
) -> None:
    after = P + ENABLED.replace("id integer", "id bigint")
    steps = plan(ENABLED + P, after).steps
    assert [(step.description, step.effects) for step in steps] == [
        ("Drop policy p on table t", ()),
        ("Change type of t.id from integer to bigint", ("rewrite", "breaking")),
        ("Create policy p on table t", ()),
    ]


def test_the_roles_of_a_policy_are_what_its_step_needs(plan: Callable[[str, str], Plan]) -> None:
    (step,) = plan(TABLE, TABLE + "CREATE POLICY p ON t TO pg_monitor USING (true);").steps
    assert Ref("postgres.role_name", ("pg_monitor",)) in step.consumes


def test_schema_json_has_policies_below_their_table(tree: Callable[[str], Any]) -> None:
    (table,) = tree(FORCED + FEW + "COMMENT ON POLICY few ON t IS 'x';")["tables"]
    assert (table["rls_enabled"], table["rls_forced"]) == (True, True)
    assert table["policies"] == [
        {"name": "few", "permissive": False, "using": "(id > 0)", "comment": "x"}
    ]


def test_a_question_to_the_data_sees_all_rows_or_is_no_answer(
    session: PgSession, url: str, lockplane: Lockplane, schema: Callable[[str, str], str]
) -> None:
    """A guard that row level security hides rows from must not take that for a yes."""
    session.execute(
        FORCED + "INSERT INTO t VALUES (1); CREATE ROLE hidden_from; "
        "ALTER TABLE t OWNER TO hidden_from; GRANT ALL ON SCHEMA public TO hidden_from;"
    )
    try:
        after = schema("after", FORCED.replace("n integer", "n integer NOT NULL"))
        joint = "&" if "?" in url else "?"
        address = f"{url}{joint}options=-c%20role%3Dhidden_from"
        planned = lockplane.plan(address, after)
        with pytest.raises(Refused, match="affected by row-level security"):
            lockplane.apply(address, planned.plan)
    finally:
        session.execute("DROP OWNED BY hidden_from CASCADE; DROP ROLE hidden_from;")
