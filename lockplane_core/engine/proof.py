"""Proof: a plan and its undo, run on a scratch that stands where the target stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.algebra.closure import closure
from lockplane_core.algebra.diff import compare
from lockplane_core.algebra.rename import names_after
from lockplane_core.algebra.segment import segments
from lockplane_core.engine import run_guards
from lockplane_core.engine.standing import differences, stand
from lockplane_core.errors import ProofFailed, StatementFailed
from lockplane_core.model.record import Proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_core.spi.session import Session


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it went on a scratch: the whole catalog that it leads to, and the proof."""

    reached: Any
    proof: Proof


def prove(bench: Bench, plan: Plan, before: Catalog) -> Trial:
    """Run a plan forward and backward on a scratch that stands at `before`.

    The scratch holds what the plan touches, what that needs, and what needs it; a plan that
    does not say what it touches is tried on everything. Raises `ProofFailed`, or
    `ScratchError` when `before` can not be made again.
    """
    run_guards.refuse_reaching(bench, plan)
    try:
        with bench.busy("Proving the plan"):
            return _Proving(bench, plan, before, with_rows=True).run()
    except _RowsInTheWay as problem:
        notice = f"tried without rows, since a row of its own making stopped {problem.step}"
        with bench.busy("Proving the plan without rows"):
            trial = _Proving(bench, plan, before, with_rows=False).run()
        proof = msgspec.structs.replace(trial.proof, notices=(*trial.proof.notices, notice))
        return msgspec.structs.replace(trial, proof=proof)


class _RowsInTheWay(Exception):
    """A step failed while synthetic rows were there."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class _Proving:
    """One try: start, forward, look, backward, look."""

    def __init__(self, bench: Bench, plan: Plan, before: Catalog, *, with_rows: bool) -> None:
        self.bench, self.plan, self.before = bench, plan, before
        self.with_rows = with_rows
        self.seeded: list[Ref] = []
        self.not_seeded: list[Ref] = []

    def run(self) -> Trial:
        part = touched_part(self.plan, self.before)
        with self.bench.scratch() as session:
            start = stand(self.bench, session, part)
            self._seed(session, start, part)
            self._hand_over(session, part)
            rows, ids = self._rows(session, self.seeded), self._identities(session)
            self._steps(session, self.plan.steps, "step")
            reached = self.bench.introspect(session)
            if not self.plan.bound:
                self._is_sound(session, start, reached)
            names = names_after(self.plan.steps)
            rows = {names.get(table, table): count for table, count in rows.items()}
            left = [table for table in rows if table in reached]
            self._kept(self._rows(session, left), rows)
            ids = {names.get(ref, ref): identity for ref, identity in ids.items()}
            remade = self._remade(ids, self._identities(session), reached)
            whole = overlaid(self.before, start, reached)
            self._is_target(whole)
            self._backward(session, start)
        return Trial(reached=whole, proof=self._proof(remade))

    def _steps(self, session: Session, steps: Sequence[Step], word: str) -> None:
        number = 0
        for segment in segments(steps):
            try:
                with self.bench.dialect.segment(session, segment):
                    for step in segment.steps:
                        number += 1
                        with self.bench.busy(f"Proving the plan: {word} {number} of {len(steps)}"):
                            self.bench.stages.execute(self.plan, step, session)
            except StatementFailed as error:
                number = max(number, 1)
                raise self._failure(steps[number - 1], number, word, error) from error

    def _failure(
        self, step: Step, number: int, word: str, error: StatementFailed
    ) -> ProofFailed | _RowsInTheWay:
        if self.seeded:
            return _RowsInTheWay(f"{word} {number} ({step.description})")
        return ProofFailed(
            f"on the shadow ({self.bench.shadow.judge}), {word} {number} "
            f"({step.description}) failed: {error.message}",
            hint=error.hint or "The target was not touched.",
        )

    def _is_target(self, whole: Catalog) -> None:
        if not self.plan.bound:
            return
        if self.bench.fingerprint(whole, self.plan.scope) != self.plan.target_hash:
            raise ProofFailed(
                "on the shadow, the plan does not lead to the state that it was made for",
                hint="Make the plan again; if it happens again, this is a bug worth reporting.",
            )

    def _is_sound(self, session: Session, start: Catalog, reached: Catalog) -> None:
        """What a plan written by hand makes is right inside; of any other, planning has seen it."""
        made = {change.ref for change in compare(start, reached) if change.after is not None}
        for ref, error in self.bench.dialect.unsound(session):
            if ref in made:
                raise ProofFailed(
                    f"on the shadow ({self.bench.shadow.judge}), this plan makes {ref}, which is "
                    f"wrong inside: {error.message}",
                    hint=error.hint or "The target was not touched.",
                )

    def _backward(self, session: Session, start: Catalog) -> None:
        if not self.plan.undo:
            return
        self._steps(session, [undo.step for undo in self.plan.undo], "rollback step")
        left = differences(self.bench, start, self.bench.introspect(session))
        if left:
            raise ProofFailed(
                "on the shadow, the rollback does not lead back: " + "; ".join(left),
                hint="This is a bug worth reporting; the target was not touched.",
            )

    def _hand_over(self, session: Session, part: Catalog) -> None:
        """Let those roles own their objects that the plan needs: it may count on that."""
        steps = [*self.plan.steps, *(undo.step for undo in self.plan.undo)]
        needed = {ref for step in steps for ref in step.consumes}
        self.bench.provide(steps)
        for node in part:
            if node.kept is not None:
                kept = self.bench.kinds[node.ref.kind].keeping(node)
                if kept.handover and kept.owner in needed:
                    session.execute(kept.handover)

    # -- rows and identities ---------------------------------------------------------------

    def _seed(self, session: Session, start: Catalog, part: Catalog) -> None:
        roles = self.bench.registry.roles(self.bench.dialect.name)
        for node in part:
            if roles.get(node.ref.kind) == "table" and not node.external:
                done = self.with_rows and self._put(session, start, node.ref)
                (self.seeded if done else self.not_seeded).append(node.ref)

    def _put(self, session: Session, start: Catalog, table: Ref) -> bool:
        try:
            return self.bench.dialect.seed(session, start, table)
        except StatementFailed:
            return False

    def _rows(self, session: Session, tables: Iterable[Ref]) -> dict[Ref, int]:
        return {table: self.bench.dialect.count_rows(session, table) for table in tables}

    def _kept(self, now: Mapping[Ref, int], rows: Mapping[Ref, int]) -> None:
        losing = [step for _, step in self.plan.loses_data()]
        said = {ref for step in losing for ref in (*step.destroys, *step.settles)}
        lost = [table for table, count in now.items() if count < rows[table] and table not in said]
        if lost:
            raise ProofFailed(
                "on the shadow, rows were lost that the plan does not say it loses: "
                + ", ".join(str(table) for table in lost)
            )

    def _identities(self, session: Session) -> Mapping[Ref, str]:
        return self.bench.dialect.identities(session)

    def _remade(
        self, before: Mapping[Ref, str], after: Mapping[Ref, str], reached: Catalog
    ) -> tuple[Ref, ...]:
        """What is there on both sides and not the same. Raises `ProofFailed` if nobody said so."""
        remade = [r for r, i in before.items() if r in reached and after.get(r, i) != i]
        making = [step for step in self.plan.steps if not step.renames]
        said = {r for s in making for r in (*s.produces, *s.destroys, *s.settles)}
        unsaid = [r for r in remade if said.isdisjoint((r, *reached.ancestors(r)))]
        if self.plan.bound and unsaid:
            raise ProofFailed(
                "on the shadow, objects were made anew that the plan does not mention: "
                + ", ".join(map(str, sorted(unsaid))),
                hint="This is a bug worth reporting; the target was not touched.",
            )
        return tuple(sorted(remade))

    def _proof(self, remade: tuple[Ref, ...]) -> Proof:
        return Proof(
            judge=self.bench.shadow.judge,
            seeded=tuple(self.seeded),
            not_seeded=tuple(self.not_seeded),
            remade=remade,
            notices=tuple(self.bench.shadow.notices),
        )


def touched_part(plan: Plan, before: Catalog) -> Catalog:
    """The part of `before` that a plan touches; all of it for a plan that does not say.

    What a step only uses (the schema of a new table) can do nothing to what else stands on it.
    """
    if not all(step.settles or step.produces or step.destroys for step in plan.steps):
        return before
    steps = [*plan.steps, *(undo.step for undo in plan.undo)]
    changed = {ref for s in steps for ref in (*s.produces, *s.destroys, *s.settles)}
    used = {ref for step in steps for ref in step.consumes}
    part = closure(before, changed) | closure(before, used, dependants=False)
    return before.replace(before[ref] for ref in part)


def overlaid(before: Catalog, start: Catalog, reached: Catalog) -> Catalog:
    """`before`, with what changed on the scratch between `start` and `reached`."""
    nodes = {node.ref: node for node in before if node.ref in reached or node.ref not in start}
    for node in reached:
        old = start.get(node.ref)
        if old is None or old.body != node.body or old.needs != node.needs:
            nodes[node.ref] = node
    return before.replace(nodes.values())
