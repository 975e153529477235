"""The five promises, on random schemas of the fake product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from lockplane_core.engine.plan_file import write_plan
from lockplane_core.model.consent import Consent
from lockplane_core.testing.fakes import FakeServer, fake_lockplane
from lockplane_core.testing.fakes.strategies import schemas

if TYPE_CHECKING:
    from pathlib import Path

SLOWLY = settings(
    deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
YES = Consent(allow_data_loss=True)


def write(path: Path, text: str) -> str:
    """A schema file."""
    path.write_text(text, encoding="utf-8")
    return str(path)


@SLOWLY
@given(before=schemas(), after=schemas())
def test_plan_apply_plan_is_empty_and_undo_leads_back(
    before: str, after: str, tmp_path: Path
) -> None:
    server = FakeServer()
    server.create("main", before)
    start = server.databases["main"].state.keys()
    target = write(tmp_path / "after.lp.sql", after)
    with fake_lockplane(server) as lockplane:
        planned = lockplane.plan("fake:main", target)
        assert lockplane.apply("fake:main", planned.plan, consent=YES).success
        assert lockplane.plan("fake:main", target).plan.steps == ()
        assert lockplane.diff("fake:main", target) == {}
        undo = lockplane.undo(planned.plan, "fake:main")
        assert lockplane.apply("fake:main", undo, consent=YES).success
        assert lockplane.diff("fake:main", write(tmp_path / "before.lp.sql", before)) == {}
    assert server.databases["main"].state.keys() == start
    assert list(server.databases) == ["main"], "a scratch is left"


@SLOWLY
@given(before=schemas(), after=schemas())
def test_a_rollback_of_the_rollback_makes_the_change_again(
    before: str, after: str, tmp_path: Path
) -> None:
    server = FakeServer()
    server.create("main", before)
    target = write(tmp_path / "after.lp.sql", after)
    with fake_lockplane(server) as lockplane:
        plan = lockplane.plan("fake:main", target).plan
        for _ in range(2):
            assert lockplane.apply("fake:main", plan, consent=YES).success
            plan = lockplane.undo(plan, "fake:main")
        assert lockplane.apply("fake:main", plan, consent=YES).success
        assert lockplane.plan("fake:main", target).plan.steps == ()


@SLOWLY
@given(before=schemas(), after=schemas())
def test_the_order_of_a_file_changes_no_byte_of_the_plan(
    before: str, after: str, tmp_path: Path
) -> None:
    """The boxes of a shelf have an order, and nothing else has."""
    server = FakeServer()
    server.create("main", before)
    lines = after.splitlines(keepends=True)
    boxes = [line for line in lines if line.startswith("create box")]
    turned = "".join([*(line for line in reversed(lines) if line not in boxes), *boxes])
    with fake_lockplane(server) as lockplane:
        plans = [
            write_plan(lockplane.plan("fake:main", write(tmp_path / "s.lp.sql", text)).plan)
            for text in (after, after, turned)
        ]
    assert plans[0] == plans[1]
    assert without_places(plans[0]) == without_places(plans[2])


def without_places(plan: str) -> list[str]:
    """A plan without the lines of its file and what depends on them."""
    return [line for line in plan.splitlines() if '"digest"' not in line and '"line"' not in line]
