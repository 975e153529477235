"""Rolling back: the plan that takes a plan back."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.keeping import carried
from lockplane_core.algebra.segment import segments
from lockplane_core.algebra.undo import PREFIX
from lockplane_core.engine import run_guards, states
from lockplane_core.engine.rendering import steps_for
from lockplane_core.engine.standing import stand
from lockplane_core.errors import PlanError, ProofFailed, StalePlan, StatementFailed
from lockplane_core.model.plan import Plan, UndoStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.engine.bench import Bench
    from lockplane_core.engine.sources import Source
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.step import Step
    from lockplane_core.spi.session import Session


def undo(bench: Bench, plan: Plan, source: Source) -> Plan:
    """The rollback of a plan; `source` is the state before it, or, if bound, the one after.

    Raises `StalePlan` when `source` is neither, `PlanError` when there is no way back.
    """
    run_guards.refuse_foreign(bench, plan)
    bench.speak_like(plan)
    before = states.spoken(bench, states.read(bench, source)).catalog
    if not plan.bound:
        return _learned(bench, plan, before)
    actual = bench.fingerprint(before, plan.scope)
    if actual not in (plan.source_hash, plan.target_hash):
        raise StalePlan(
            f"{source} is neither the state before this plan nor the one after it\n"
            f"  before {plan.source_hash}\n  after  {plan.target_hash}\n  found  {actual}",
            hint="To go back from any other state, plan from it: "
            "lockplane plan --from DATABASE --to BEFORE",
        )
    return reverse(plan)


def reverse(plan: Plan) -> Plan:
    """The stored undo of a bound plan as a plan of its own, which the plan itself takes back.

    Raises `PlanError` without one.
    """
    if plan.steps and not plan.undo:
        raise PlanError("this plan has no undo", hint="It said so when it was made.")
    again = tuple(
        UndoStep(step=step, undoes=_undone_by(plan, number))
        for number, step in enumerate(plan.steps, 1)
    )
    return msgspec.structs.replace(
        plan,
        steps=tuple(entry.step for entry in plan.undo),
        undo=again,
        source_hash=plan.target_hash,
        target_hash=plan.source_hash,
        is_rollback=not plan.is_rollback,
    )


def _undone_by(plan: Plan, number: int) -> tuple[int, ...]:
    return tuple(place for place, entry in enumerate(plan.undo, 1) if number in entry.undoes)


def _learned(bench: Bench, plan: Plan, before: Catalog) -> Plan:
    """The rollback of a hand-written plan, learned by running it on a scratch."""
    run_guards.refuse_reaching(bench, plan)
    with bench.scratch() as session:
        looks = [stand(bench, session, before), *_looks(bench, session, plan)]
    looks = [carried(before, look) for look in looks]
    steps = [
        step
        for earlier, later in reversed(list(pairwise(looks)))
        for step in _back(bench, earlier, later)
    ]
    return Plan(
        dialect=bench.dialect.name,
        steps=tuple(steps),
        source_hash=bench.fingerprint(looks[-1], bench.scope),
        target_hash=bench.fingerprint(looks[0], bench.scope),
        judge=bench.shadow.judge,
        version=bench.shadow.version,
        scope=bench.scope,
        is_rollback=True,
    )


def _looks(bench: Bench, session: Session, plan: Plan) -> Iterator[Catalog]:
    """The catalog after each step."""
    bench.provide(plan.steps)
    for number, step in enumerate(plan.steps, 1):
        try:
            with bench.dialect.segment(session, segments([step])[0]):
                bench.stages.execute(plan, step, session)
        except StatementFailed as error:
            raise ProofFailed(
                f"step {number} ({step.description}) failed on the scratch: {error.message}",
                hint="--from must be the state before the plan.",
            ) from error
        yield bench.introspect(session)


def _back(bench: Bench, earlier: Catalog, later: Catalog) -> Iterator[Step]:
    for step in steps_for(bench, bench.stages.diff(later, earlier), later, earlier):
        said = step.undo_description or step.description
        yield msgspec.structs.replace(step, description=PREFIX + said, undo_description="")
