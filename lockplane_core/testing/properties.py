"""The law over random schemas: what it does with one of them, and what a run must amount to."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, note
from hypothesis import settings as hypothesis_settings

from lockplane_core.errors import LockplaneError, Refused, StatementFailed
from lockplane_core.model.consent import Consent
from lockplane_core.testing.cases import Case

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hypothesis.strategies import SearchStrategy

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.ref import Ref
    from lockplane_core.testing.dialect import DialectSuite
    from lockplane_core.testing.schemas import Mutation
    from lockplane_core.testing.standing import Standing

VARIABLE = "LOCKPLANE_PROPERTY_EXAMPLES"
"""How many examples a long run takes; they are then others each time."""
DATA, FAILED, NO_UNDO = "data", "execution_failed", "no_undo"
"""How an example may end that is no fault: rows forbid the plan, which its guards say or only
its run finds out (that takes everything back); and a plan may have no way back."""
_BY_ROWS = (DATA, FAILED)


def hold(
    suite: DialectSuite, lockplane: Lockplane, mutations: SearchStrategy[Mutation], folder: Path
) -> None:
    """Try the law on random mutations, and then see that it was tried in earnest.

    Without `LOCKPLANE_PROPERTY_EXAMPLES` it takes the suite's number of examples, the same ones
    each time. Raises `AssertionError` with the smallest schemas that it finds to break the law.
    """
    tally = Tally(suite.refusals)

    @_settings(suite.examples)
    @given(mutation=mutations)
    def law(mutation: Mutation) -> None:
        rows = "".join(f"{row};\n" for row in mutation.rows)
        note(f"-- before\n{mutation.before}\n-- rows\n{rows}\n-- after\n{mutation.after}")
        with TemporaryDirectory(dir=folder) as own:
            _Example(suite, lockplane, mutation, Path(own), tally).run()

    law()
    sys.stdout.write(f"{tally}\n")  # pytest shows it with -s
    tally.judge()


def _settings(examples: int) -> hypothesis_settings:
    wanted = os.environ.get(VARIABLE)
    return hypothesis_settings(
        max_examples=int(wanted) if wanted else examples,
        derandomize=not wanted,
        database=None,
        deadline=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    )


class Tally:
    """How the examples of a run ended."""

    def __init__(self, refusals: Mapping[str, float]) -> None:
        self.refusals = refusals
        self.examples = self.changed = self.filled = 0
        self.refused: Counter[str] = Counter()

    def refuse(self, kind: str, error: object) -> None:
        """Count an example that was refused. Raises `AssertionError` for an unknown kind."""
        assert kind in self.refusals, f"refused, as {kind}: {error}"
        self.refused[kind] += 1

    def judge(self) -> None:
        """Raise `AssertionError` if too many examples were refused or had nothing to do."""
        for kind, share in self.refusals.items():
            most = 1 + share * self.examples
            assert self.refused[kind] <= most, f"{kind}: {self}"
        assert self.changed >= self.examples / 2, f"too few changes: {self}"
        assert self.filled >= self.examples / 4, f"too few rows: {self}"

    def __str__(self) -> str:
        refused = ", ".join(f"{kind} {count}" for kind, count in sorted(self.refused.items()))
        return (
            f"{self.examples} examples, {self.changed} with changes, {self.filled} with rows, "
            f"refused: {refused or 'none'}"
        )


class _Example:
    """One mutation: there and back, with rows, and where rows forbid it without them."""

    def __init__(
        self,
        suite: DialectSuite,
        lockplane: Lockplane,
        mutation: Mutation,
        folder: Path,
        tally: Tally,
    ) -> None:
        self.suite, self.lockplane, self.mutation = suite, lockplane, mutation
        self.folder, self.tally = folder, tally

    def run(self) -> None:
        """Raises `AssertionError`, or what no example may end with."""
        self.tally.examples += 1
        try:
            self._with(self.mutation.rows, "filled")
        except LockplaneError as error:
            self.tally.refuse(error.name, error)
            if error.name in _BY_ROWS:  # nobody can say so of an empty database
                self._with((), "empty")

    def _with(self, rows: Sequence[str], name: str) -> None:
        folder = self.folder / name
        folder.mkdir()
        case = Case(name=name, before=self.mutation.before, after=self.mutation.after)
        with self.suite._standing(self.lockplane, case, folder) as at:
            self._fill(at, rows)
            self._there_and_back(at)

    def _there_and_back(self, at: Standing) -> None:
        start, answers = at.state(), self._answers(at)
        counts = at.rows(start.catalog)
        tables, planned = self._tables(at), at.planned()
        plan = planned.plan
        assert at.stored(plan) == plan, "the plan does not survive storage"
        self._applies(at, plan)
        again = at.planned()
        assert again.plan.steps == (), "the second plan is not empty"
        now = at.rows(again.before)
        at.kept(counts, planned, now)
        self._is_honest(plan, counts, now)
        assert self._answers(at) == answers, "values did not survive"
        self._same_tables(tables, at)
        if not plan.steps:
            return
        self._is_adopted(at)
        self.tally.changed += 1
        if not plan.undo:
            self.tally.refuse(NO_UNDO, planned.notices)
            return
        tables = self._tables(at)
        self._applies(at, at.undo(plan))
        assert at.differs(start, at.state()) == [], "the undo does not lead back"
        back = at.lockplane.plan(at.url, at.write("before", self.mutation.before)).plan
        assert back.steps == (), "after the undo there is something to plan"
        assert self._answers(at) == answers, "values did not survive the undo"
        self._same_tables(tables, at)

    def _is_adopted(self, at: Standing) -> None:
        for source in at.adopted():
            plan = self.lockplane.plan(at.url, source).plan
            assert plan.steps == (), f"what introspect writes is something else: {source}"

    def _is_honest(self, plan: Plan, counts: Mapping[Ref, int], now: Mapping[Ref, int]) -> None:
        """A plan that loses what a table or column holds says so."""
        gone = [table for table, count in counts.items() if count and table not in now]
        assert any(plan.loses_data()) or not (gone or self.mutation.loses), "a loss is not said"

    def _applies(self, at: Standing, plan: Plan) -> None:
        """The plan runs and commits; else `LockplaneError` is raised, and nothing was changed."""
        start, answers = at.state(), self._answers(at)
        try:
            result = self.lockplane.apply(at.url, plan, consent=Consent(allow_data_loss=True))
            if result.error is not None:
                assert result.state == "rolled_back", result
                raise Refused(result.error.message, code=result.error.code)
        except LockplaneError:
            assert at.differs(start, at.state()) == [], "it was refused, and changed something"
            assert self._answers(at) == answers, "it was refused, and changed rows"
            raise

    def _fill(self, at: Standing, rows: Sequence[str]) -> None:
        done = 0
        with at.connected() as session:
            for sql in rows:
                try:
                    with session.transaction():
                        session.execute(sql)
                    done += 1
                except StatementFailed:
                    continue  # it broke a constraint
        self.tally.filled += done > 0

    def _answers(self, at: Standing) -> list[list[str]]:
        with at.connected() as session:
            return [sorted(map(repr, session.query(query))) for query in self.mutation.kept]

    def _tables(self, at: Standing) -> dict[Ref, str]:
        """What tells whether a table was made anew."""
        roles = at.bench.registry.roles(at.bench.dialect.name)
        with at.connected() as session:
            found = at.bench.dialect.identities(session).items()
        return {ref: identity for ref, identity in found if roles.get(ref.kind) == "table"}

    def _same_tables(self, before: Mapping[Ref, str], at: Standing) -> None:
        if not self.suite.remakes_tables:
            now = self._tables(at)
            anew = [ref for ref, identity in before.items() if now.get(ref, identity) != identity]
            assert anew == [], "tables were made anew"
