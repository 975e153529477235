"""DialectSuite: the laws that hold for every dialect, checked on every case."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, ClassVar

import msgspec
import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.testing.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

    from lockplane_core.spi.session import Session
    from lockplane_core.testing.cases import Case
    from lockplane_core.testing.schemas import Mutation

VARIABLE = "LOCKPLANE_LAWS"


class DialectSuite:
    """Subclass it, name the dialect and the cases, and say how to get an empty database.

        class TestToy(DialectSuite):
            dialect = "toy"
            cases = read_cases(Path(__file__).parent / "cases")

            def database(self, tmp_path):
                return nullcontext(f"toy:{tmp_path / 'toy.json'}")

    Each case is a pair of schemas. The first law runs on both ways of all of them; a suite that
    takes long may put only some of them to the others, and of the ways back to the first (see
    `every`). A feature that the dialect does not claim in `capabilities` is not asked for, and a
    case that needs more than the database has (see `lacks`) is skipped with the reason.

    With `mutations` there is one law more, over random schemas. It takes so many `examples`, of
    which no more than these shares may end in `refusals`, named by the error's code.
    """

    dialect: ClassVar[str]
    cases: ClassVar[Sequence[Case]]
    mutations: ClassVar[SearchStrategy[Mutation] | None] = None
    examples: ClassVar[int] = 25
    refusals: ClassVar[Mapping[str, float]] = {"data": 0.5}
    every: ClassVar[int] = 1
    """Only each so manieth case is put to the laws after the first, unless `LOCKPLANE_LAWS=all`.

    Nor are more of the ways back put to the first that have neither rows nor a refusal: the undo
    of the way forward has gone them.
    """
    settings: ClassVar[Mapping[str, object]] = {}
    """What a project says that keeps these laws, by the names of `Settings`."""
    remakes_tables: ClassVar[bool] = False
    """Whether a table may be made anew, with its rows, to change it."""

    def database(self, tmp_path: Path) -> AbstractContextManager[str]:
        """The address of a new, empty database, for one test."""
        raise NotImplementedError

    def lacks(self, need: str, session: Session) -> str:
        """Why the database does not have what a case needs, in words; empty if it has.

        A number is the least major version. A word that is no capability of the dialect is for
        a subclass to understand; here nothing has it.
        """
        if need.isdecimal():
            is_old = int(session.version.partition(".")[0]) < int(need)
            return f"version {session.version} is older than {need}" if is_old else ""
        return f"{self.dialect} has no {need}"

    @pytest.fixture(scope="class")
    @classmethod
    def lockplane(cls) -> Iterator[Lockplane]:
        """The API with the installed plugins and no settings of a project but `settings`."""
        plain = Settings(dialect=cls.dialect, schemas=("*",))
        settings = msgspec.structs.replace(plain, **cls.settings)
        with Lockplane(load_registry(), settings) as lockplane:
            yield lockplane

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test per case for each law that takes one."""
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", self._telling(), ids=lambda case: case.name)
        if "chosen" in metafunc.fixturenames:
            metafunc.parametrize("chosen", self._few(self.cases, 0), ids=lambda case: case.name)
        if "forward" in metafunc.fixturenames:
            ways = [case for case in self.cases if not case.is_back]
            few = self._few(ways, len(metafunc.function.__name__))  # not the same for each law
            metafunc.parametrize("forward", few, ids=lambda case: case.name)

    def _telling(self) -> Sequence[Case]:
        """All cases, but of the ways back that are no more than an undo only a few."""
        undoing = [case for case in self.cases if case.is_back and case.tells_as_undo]
        left_out = {case.name for case in undoing} - {case.name for case in self._few(undoing, 0)}
        return [case for case in self.cases if case.name not in left_out]

    def _few(self, cases: Sequence[Case], start: int) -> Sequence[Case]:
        every = 1 if os.environ.get(VARIABLE) == "all" else self.every
        return cases[start % every :: every]

    # -- the laws --------------------------------------------------------------------------

    def test_the_plan_converges_and_the_undo_leads_back(
        self, lockplane: Lockplane, case: Case, tmp_path: Path
    ) -> None:
        """Plan, apply, plan again: nothing. Undo: what was there. Rows live as promised."""
        with self._standing(lockplane, case, tmp_path) as at:
            if case.refused:
                at.is_refused(case.refused)
                return
            planned = at.planned()
            assert at.stored(planned.plan) == planned.plan, "the plan does not survive storage"
            assert any(planned.plan.loses_data()) == case.loses_forward
            start = at.state()
            rows = at.rows(start.catalog)
            at.applies(planned.plan)
            again = at.planned()
            assert again.plan.steps == (), "the second plan is not empty"
            at.kept(rows, planned, at.rows(again.before))
            if planned.plan.undo:
                at.applies(at.undo(planned.plan))
                assert at.differs(start, at.state()) == []
            elif planned.plan.steps:
                assert "this plan has no undo" in "".join(planned.notices)

    def test_a_database_is_what_its_schema_says_in_every_form(
        self, lockplane: Lockplane, chosen: Case, tmp_path: Path
    ) -> None:
        """The file it was made from, the files and the JSON written from it plan to nothing."""
        with self._standing(lockplane, chosen, tmp_path) as at:
            for source in (at.write("same", chosen.before), *at.adopted()):
                assert at.lockplane.diff(at.url, source) == {}, source
            at.json_is_lossless()

    def test_the_order_of_input_does_not_matter(
        self, lockplane: Lockplane, forward: Case, tmp_path: Path
    ) -> None:
        """Statements in the opposite order mean the same schema, and make the same plan."""
        with self._standing(lockplane, forward, tmp_path) as at:
            source = at.write("after", forward.after)
            turned = at.turned_round(source)
            if not forward.after:
                return
            assert at.differs(at.state(source), at.state(turned)) == []
            if not forward.refused:
                assert at.steps(source) == at.steps(turned)

    def test_a_schema_that_is_known_in_part_is_read_as_if_made_anew(
        self, lockplane: Lockplane, forward: Case, tmp_path: Path
    ) -> None:
        """Only what changed since is made again, and nobody can tell."""
        if forward.refused:
            return
        with self._standing(lockplane, forward, tmp_path) as at:
            anew = at.state(at.write("schema", forward.after))
            with at.remembering():
                at.state(at.write("schema", forward.before))
                assert at.whole(at.state(at.write("schema", forward.after))) == at.whole(anew)

    def test_after_a_failure_the_next_run_converges(
        self, lockplane: Lockplane, forward: Case, tmp_path: Path
    ) -> None:
        """What a failed run did not take back it says; from there, a new plan leads on.

        It fails at one step of the plan, a different one from case to case.
        """
        if forward.refused:
            return
        with self._standing(lockplane, forward, tmp_path) as at:
            start, plan = at.state(), at.planned().plan
            if plan.steps:
                number = 1 + len(forward.name) % len(plan.steps)
                if at.fails(plan, number) == "rolled_back":
                    assert at.differs(start, at.state()) == []
                at.applies(at.planned().plan)
            assert at.planned().plan.steps == ()

    def test_any_schema_leads_to_any_other(self, lockplane: Lockplane, tmp_path: Path) -> None:
        """All that the laws say of cases, of random schemas and what becomes of them."""
        if self.mutations is None:
            pytest.skip(f"no random schemas: {type(self).__name__} names no `mutations`")
        from lockplane_core.testing.properties import hold

        hold(self, lockplane, self.mutations, tmp_path)

    @contextmanager
    def _standing(self, lockplane: Lockplane, case: Case, tmp_path: Path) -> Iterator[Standing]:
        with ExitStack() as stack:
            url = stack.enter_context(self.database(tmp_path))
            at = Standing(lockplane, self.dialect, case, url, tmp_path)
            with at.connected() as session:
                needs = set(case.needs.split()) - at.bench.dialect.capabilities
                lacking = [self.lacks(need, session) for need in sorted(needs)]
                if any(lacking):
                    pytest.skip("; ".join(filter(None, lacking)))
                at.make(session)
            stack.enter_context(at.managing())
            yield at
