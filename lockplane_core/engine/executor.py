"""Executing: a plan on its target, guarded before, verified before COMMIT."""

from __future__ import annotations

from traceback import format_exception
from typing import TYPE_CHECKING, Protocol

import msgspec

from lockplane_core.algebra import fingerprint
from lockplane_core.algebra.diff import compare
from lockplane_core.algebra.keeping import carried
from lockplane_core.algebra.rename import moved, names_after
from lockplane_core.algebra.segment import segments
from lockplane_core.engine import guards, losses, proof, run_guards, states
from lockplane_core.errors import (
    Busy,
    ConnectionFailed,
    ExecutionFailed,
    LockplaneError,
    StatementFailed,
)
from lockplane_core.log import log
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.record import ErrorRecord, RunResult, RunState

if TYPE_CHECKING:
    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.change import Change
    from lockplane_core.model.consent import Consent
    from lockplane_core.model.node import Node
    from lockplane_core.model.plan import Plan, Segment
    from lockplane_core.model.step import Step
    from lockplane_core.spi.session import Session

INTERRUPTED = "interrupted"
FAULT = "fault"
"""The code of an error that nobody meant to raise."""


class Listener(Protocol):
    """Hears how a run goes, for people."""

    def proving(self, judge: str) -> None:
        """The plan is about to be tried on a scratch."""
        ...

    def announced(self, plan: Plan, parts: list[Segment]) -> None:
        """The statements are about to run, in these transactions."""
        ...

    def started(self, number: int, step: Step) -> None:
        """A step is about to run; numbers count from 1."""
        ...


def apply(
    bench: Bench, url: str, plan: Plan, consent: Consent, listener: Listener | None = None
) -> RunResult:
    """Run a plan. Raises what stops it before its first statement; then returns the result."""
    run_guards.refuse_foreign(bench, plan)
    run_guards.refuse_absent(bench, url, plan)
    plan = losses.weighed(bench, plan)
    bench.speak_like(plan)
    is_new = not bench.dialect.exists(url)
    with bench.session(url, "apply") as session:
        bench.dialect.preflight(session, plan)
        live = bench.introspect(session)
        # Nothing is compared with a plan that is not bound; a proof compares on its own.
        is_compared = plan.bound or not consent.skip_shadow
        before = _heard(bench, live, plan, plan.source_hash) if is_compared else live
        run_guards.refuse_stale(bench, plan, before)
        guards.refuse_unlisted(bench, plan.scope if plan.bound else bench.scope, live)
        run_guards.refuse_data_loss(plan, consent.allow_data_loss)
        if not plan.steps:
            return RunResult(success=True, steps_applied=0, state="nothing_to_do")
        run = _Run(bench, plan, session, listener)
        named = moved(live, names_after(plan.steps), bench.kinds)
        changes = run_guards.claimed(plan, named)
        if not consent.skip_shadow:
            changes += run.try_out(before)
        losses.refuse_unsaid(bench, plan, changes, consent.allow_data_loss)
        guards.refuse_unmodelled(bench, run_guards.renames(plan, live), live)
        guards.refuse_unmodelled(bench, changes, named)
        run_guards.refuse_unkept(bench, plan, named)
        run_guards.refuse_by_data(plan, session, until=run_guards.last_rename(plan))
        result = run.alone(live, consent.wait)
        if is_new and result.success:
            result = _noticed(result, f"{bench.dialect.redact(url)} was not there, and was made")
        return _told(bench, plan, result)


def refuse_stale(bench: Bench, url: str, plan: Plan) -> None:
    """Raise `StalePlan` where `apply` would, before anybody is asked for consent to the plan."""
    run_guards.refuse_foreign(bench, plan)
    run_guards.refuse_absent(bench, url, plan)
    if plan.bound:
        bench.speak_like(plan)
        with bench.session(url, "read") as session:
            live = bench.introspect(session)
        run_guards.refuse_stale(bench, plan, _heard(bench, live, plan, plan.source_hash))


def _heard(bench: Bench, live: Catalog, plan: Plan, expected: str) -> Catalog:
    """The live catalog in the words of the judge; as it is where nothing would change.

    So a server that speaks like the one which the plan was made with needs no shadow here.
    """
    if expected and bench.fingerprint(live, plan.scope) == expected:
        return live
    state = states.State(source="", dialect=bench.dialect.name, catalog=live, is_live=True)
    heard: Catalog = states.spoken(bench, state).catalog
    return heard


def _told(bench: Bench, plan: Plan, result: RunResult) -> RunResult:
    """The result, after everybody heard of it."""
    try:
        bench.stages.after_apply(plan, result)
    except LockplaneError as error:
        return _noticed(result, error.message)
    return result


def _noticed(result: RunResult, notice: str) -> RunResult:
    return msgspec.structs.replace(result, notices=(*result.notices, notice))


class _Run:
    """One run of a plan on its target."""

    def __init__(
        self, bench: Bench, plan: Plan, session: Session, listener: Listener | None
    ) -> None:
        self.bench, self.plan, self.session, self.listener = bench, plan, session, listener
        self.parts = segments(plan.steps)
        self.target = plan.target_hash
        self.named = run_guards.last_rename(plan)
        self.live = Catalog(plan.dialect)
        self.notices: tuple[str, ...] = ()
        self.started = 0
        self.committed = 0
        self.is_committing = False
        self.is_lasting = False

    def try_out(self, before: Catalog) -> list[Change]:
        """Prove the plan: what it changed. What it reached is what the target must reach."""
        if self.listener:
            self.listener.proving(self.bench.shadow.judge)
        trial = proof.prove(self.bench, self.plan, before)
        self.target = self.bench.fingerprint(trial.reached, self.plan.scope)
        self.notices = trial.proof.notices
        return compare(self._renamed(before), trial.reached)

    def _renamed(self, before: Catalog) -> Catalog:
        """What is there before, by the names that it has after the plan."""
        return moved(before, names_after(self.plan.steps), self.bench.kinds)

    def alone(self, live: Catalog, wait: float) -> RunResult:
        """Run under the product's lock. From the first statement on, there is a result."""
        self.live = self._renamed(live)
        result: RunResult | None = None
        try:
            with self.bench.dialect.exclusive(self.session, wait):
                self.bench.stages.before_apply(self.plan, self.session)
                result = self.run(fingerprint.raw(self.bench.managed(live, self.plan.scope)))
        except (LockplaneError, KeyboardInterrupt) as error:
            if result is None:
                raise
            return _noticed(result, f"the lock was not given back in order: {error}")
        return result

    def run(self, raw_before: str) -> RunResult:
        """Run all segments; a failure or interruption is in the result."""
        if self.listener:
            self.listener.announced(self.plan, self.parts)
        try:
            for number, segment in enumerate(self.parts):
                self._segment(segment, raw_before if number == 0 else "")
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - plugins run in here
            return self._ended(error)
        return RunResult(
            success=True, steps_applied=self.committed, state="committed", notices=self.notices
        )

    def _segment(self, segment: Segment, raw_before: str) -> None:
        with self.bench.dialect.segment(self.session, segment):
            if raw_before:
                run_guards.refuse_moved(self.bench, self.session, self.plan.scope, raw_before)
            self.is_lasting = self._is_lasting(segment)
            for step in segment.steps:
                self._step(step)
                if self.started == self.named:
                    run_guards.refuse_by_data(self.plan, self.session, after=self.named)
                if self.is_lasting:
                    self.committed = self.started
            if segment is self.parts[-1]:
                self._verify()
            self.is_committing = not self.is_lasting
        # In this order: between the two an interruption must not say that nothing was done.
        self.committed = self.started
        self.is_committing = self.is_lasting = False

    def _is_lasting(self, segment: Segment) -> bool:
        """Whether what a step does is there to stay as soon as it is done."""
        can_undo = "transactional_ddl" in self.bench.dialect.capabilities
        return segment.transaction == "outside" or not can_undo

    def _step(self, step: Step) -> None:
        self.started += 1
        if self.listener:
            self.listener.started(self.started, step)
        try:
            outcome = self.bench.stages.execute(self.plan, step, self.session)
        except (StatementFailed, ConnectionFailed, Busy) as error:
            kind = ExecutionFailed if isinstance(error, StatementFailed) else type(error)
            said = f"step {self.started} ({step.description}) failed: {error.message}"
            raise kind(said, hint=error.hint) from error
        self.bench.stages.after_step(self.plan, step, outcome)

    def _verify(self) -> None:
        """Compare the whole target with what was planned, while it can still be taken back."""
        if not self.target:
            return
        live = self.bench.introspect(self.session)
        self._verify_kept(live)
        reached = _heard(self.bench, live, self.plan, self.target)
        if self.bench.fingerprint(reached, self.plan.scope) != self.target:
            raise ExecutionFailed(
                "the database did not reach the state that was planned and proved",
                hint="Somebody changed it at the same moment, or this is a bug. Plan again.",
                code="not_reached",
            )

    def _verify_kept(self, now: Catalog) -> None:
        """Whether each object that the plan touches is still owned and used by whom it was."""
        steps = self.plan.steps
        touched = {ref for step in steps for ref in (*step.produces, *step.destroys)}
        before = carried(self.live, now)
        lost = [
            ref
            for ref in sorted(touched)
            if ref in now and ref in self.live and self._kept(now[ref]) != self._kept(before[ref])
        ]
        if lost:
            raise ExecutionFailed(
                "the owner or the privileges did not stay what they were: "
                + ", ".join(str(ref) for ref in lost),
                hint="Somebody changed them at the same moment, or the plan was made by another "
                "role or from a file. Make it again from this database, as the role that applies "
                "it.",
                code="not_kept",
            )

    def _kept(self, node: Node) -> tuple[str, ...]:
        """What would give back to a node what it has, if that is anything."""
        if node.kept is None:
            return ()
        found = self.bench.kinds[node.ref.kind].keeping(node)
        return found.sql

    def _ended(self, error: BaseException) -> RunResult:
        log.debug("run_failed", step=self.started, trace="".join(format_exception(error)))
        state = self._state(error)
        record = _record(error)
        if isinstance(error, Busy):
            record = msgspec.structs.replace(record, message=record.message + self._in_the_way())
        return RunResult(
            success=False,
            steps_applied=self.committed,
            state=state,
            errors=(record.message,),
            error=record,
            notices=self.notices,
            next=_AGAIN if state == "unknown" and not self.committed else _NEXT[state],
        )

    def _in_the_way(self) -> str:
        """Who holds what the step waited for: the answer that somebody on duty needs."""
        step = self.plan.steps[self.started - 1] if self.started else None
        refs = [lock.ref for lock in step.locks] if step else []
        try:
            said = self.bench.dialect.holders(self.session, refs)
        except LockplaneError as error:
            log.debug("holders_unknown", error=str(error))
            return ""
        return "".join(f"\n  {line}" for line in said)

    def _state(self, error: BaseException) -> RunState:
        """What is known of the target: an answer that never came says nothing."""
        is_silent = isinstance(error, (ConnectionFailed, KeyboardInterrupt))
        if is_silent and (self.is_committing or self._is_half_done()):
            return "unknown"
        return "partial" if self.committed or self.is_lasting else "rolled_back"

    def _is_half_done(self) -> bool:
        """Whether a step is under way that no transaction takes back."""
        return self.is_lasting and self.started > self.committed


_PLAN = "lockplane plan --from DATABASE --to SCHEMA"
_AGAIN = (
    "Nobody answered whether the change was made. Run the same plan again: it is refused as "
    f"already applied, or it runs; or make a new one: {_PLAN}"
)
_NEXT: dict[RunState, str] = {
    "unknown": "Nobody answered whether the last step was made, and those before it stay. Make "
    f"a new plan from the database as it is now: {_PLAN}",
    "partial": "What was done before the failure stays, and a step outside of a transaction may "
    f"have left something behind. Make a new plan from the database as it is now: {_PLAN}",
    "rolled_back": "Nothing was changed.",
}


def _record(error: BaseException) -> ErrorRecord:
    if isinstance(error, LockplaneError):
        code = "busy" if isinstance(error, Busy) else error.name
        return ErrorRecord(code=code, message=error.message, hint=error.hint)
    if isinstance(error, KeyboardInterrupt):
        return ErrorRecord(code=INTERRUPTED, message="interrupted")
    return ErrorRecord(
        code=FAULT,
        message=f"{type(error).__name__}: {error}",
        hint="This is a fault of Lockplane or of a plugin. --debug shows where it happened.",
    )
