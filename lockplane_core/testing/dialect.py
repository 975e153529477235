"""DialectSuite: the laws that hold for every dialect, checked on every case."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, ClassVar

import msgspec
import pytest

from lockplane_core.algebra import tree as schema_tree
from lockplane_core.algebra.diff import compare
from lockplane_core.algebra.rename import names_after
from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.engine import plan_file, sources
from lockplane_core.engine.annotations import MARK
from lockplane_core.engine.json_schema import schema_struct
from lockplane_core.engine.settle import settled
from lockplane_core.errors import LockplaneError
from lockplane_core.model.consent import Consent
from lockplane_core.model.scope import Scope
from lockplane_core.model.statement import Document
from lockplane_core.model.step import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

    from lockplane_core.engine.planner import Planned
    from lockplane_core.engine.states import State
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.record import RunState
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.statement import Statement
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
            yield at


class Standing:
    """A case with a database that stands at its before side."""

    def __init__(
        self, lockplane: Lockplane, dialect: str, case: Case, url: str, folder: Path
    ) -> None:
        self.lockplane, self.case, self.url, self.folder = lockplane, case, url, folder
        self.bench = lockplane._bench_of(dialect)
        self.scope = Scope(schemas=("*",))

    def connected(self) -> AbstractContextManager[Session]:
        """A session on the database."""
        return closing(self.bench.dialect.connect(self.url, "apply"))

    def make(self, session: Session) -> None:
        """Load the before side and its rows straight into the database."""
        for text in (self.case.before, self.case.seed):
            for statement in self.bench.dialect.script(Document("case", text)).statements:
                session.execute(statement.sql)

    def stored(self, plan: Plan) -> Plan:
        """The plan as it reads back from a file."""
        path = self.folder / "plan.json"
        path.write_text(plan_file.write_plan(plan), encoding="utf-8")
        return plan_file.read_plan(path)

    def write(self, stem: str, sql: str) -> str:
        """A schema file of this text."""
        path = self.folder / f"{stem}.lp.sql"
        path.write_text(sql, encoding="utf-8")
        return str(path)

    def state(self, source: str = "") -> State:
        """The state of a source, of the database unless one is named."""
        if source:
            return self.lockplane.read(source)
        return self.lockplane.read_target(self.url)  # which may have been left to be made

    def planned(self) -> Planned:
        """The plan from the database to the after side."""
        return self.lockplane.plan(self.url, self.write("after", self.case.after))

    def undo(self, plan: Plan) -> Plan:
        """The rollback of a plan that ran."""
        return self.lockplane.undo(plan, self.url)

    def applies(self, plan: Plan) -> None:
        """The plan runs and commits."""
        result = self.lockplane.apply(self.url, plan, consent=Consent(allow_data_loss=True))
        assert result.success, result

    def fails(self, plan: Plan, number: int) -> RunState:
        """What a run says of itself that fails after so many steps of a plan."""
        broken = Step(description="Break", sql=("this is no statement",))
        steps = (*plan.steps[:number], broken)
        plan = msgspec.structs.replace(plan, steps=steps, undo=())
        consent = Consent(allow_data_loss=True, skip_shadow=True)
        result = self.lockplane.apply(self.url, plan, consent=consent)
        assert not result.success
        return result.state

    def is_refused(self, words: str) -> None:
        """The change is refused with these words, and nothing happens.

        What a plan with renames can be asked only after them, it is asked in their transaction.
        """
        consent = Consent(allow_data_loss=True)
        try:
            result = self.lockplane.apply(self.url, self.planned().plan, consent=consent)
        except LockplaneError as error:
            said = str(error)
        else:
            assert result.state == "rolled_back", result
            said = "\n".join(result.errors)
        assert words in said

    def differs(self, one: State, other: State) -> list[str]:
        """What differs between two states, in words."""
        agreed = settled(self.bench, one.catalog, other.catalog)
        return [f"{change.action} {change.ref}" for change in compare(one.catalog, agreed)]

    def rows(self, catalog: Catalog) -> dict[Ref, int]:
        """Rows by table; the catalog says which tables there are."""
        roles = self.bench.registry.roles(self.bench.dialect.name)
        tables = [node.ref for node in catalog if roles.get(node.ref.kind) == "table"]
        with self.connected() as session:
            return {ref: self.bench.dialect.count_rows(session, ref) for ref in tables}

    def kept(self, rows: Mapping[Ref, int], planned: Planned, now: Mapping[Ref, int]) -> None:
        """No table that is still there has lost a row unless the plan said so."""
        said = {ref for _, step in planned.plan.loses_data() for ref in step.settles}
        names = names_after(planned.plan.steps)
        rows = {names.get(table, table): count for table, count in rows.items()}
        assert {t: n for t, n in rows.items() if t in now and t not in said and now[t] < n} == {}

    def json_is_lossless(self) -> None:
        """Refs and bodies survive schema JSON, which is as its JSON Schema says."""
        catalog = self.state().catalog
        managed = catalog.replace(self.bench.managed(catalog, self.scope))
        tree = schema_tree.to_tree(managed, self.bench.kinds)
        described = schema_struct(self.bench.dialect, self.bench.kinds)
        msgspec.convert({"dialect": self.bench.dialect.name, **tree}, described)
        stored = msgspec.json.encode(tree)
        read = schema_tree.from_tree(
            msgspec.json.decode(stored), self.bench.dialect.name, self.bench.kinds, name="json"
        )
        assert [f"{c.action} {c.ref}" for c in compare(managed, read)] == []

    def turned_round(self, source: str) -> str:
        """A folder with the statements of a schema file in the opposite order, a file for each.

        Those that add to one table stay as they are: its columns have an order.
        """
        (document,) = sources.documents(source)
        folder = self.folder / "turned"
        folder.mkdir(exist_ok=True)
        above = {
            comment.before: f"-- {comment.text}\n"
            for comment in self.bench.dialect.comments(document)
            if comment.text.startswith(MARK)
        }
        statements = [
            msgspec.structs.replace(found, sql=above.get(found.span, "") + found.sql)
            for found in self.bench.stages.parse(document).statements
        ]
        for number, sql in enumerate(_turned(statements)):
            name = f"{number:04}{sources.SUFFIX}"
            (folder / name).write_text(f"{sql}\n", encoding="utf-8")
        return str(folder)

    def steps(self, source: str) -> list[Step]:
        """The steps to a source, without the places in its files."""
        plan = self.lockplane.plan(self.url, source).plan
        return [msgspec.structs.replace(step, span=None) for step in plan.steps]

    def adopted(self) -> Iterator[str]:
        """What `introspect` writes of the database, as sources; nothing of an empty one."""
        state = self.state()
        files = self.lockplane.sql(state)
        folder = self.folder / "adopted"
        folder.mkdir()
        for name, sql in files:
            (folder / name).write_text(sql, encoding="utf-8")
        if files:
            yield str(folder)
        stored = self.folder / "adopted.json"
        stored.write_bytes(msgspec.json.encode(self.lockplane.tree(state)))
        yield str(stored)


def _turned(statements: Sequence[Statement]) -> list[str]:
    """The statements of one table, then those of the one before it, and so on."""
    items = [item for statement in statements for item in statement.declares]
    tables = {item.ref.path for item in items if item.role == "table"}
    groups: dict[object, list[str]] = {}
    for number, statement in enumerate(statements):
        path = statement.declares[0].ref.path if statement.declares else ()
        above = (path[:length] for length in range(len(path), 0, -1))
        key = next((table for table in above if table in tables), number)
        groups.setdefault(key, []).append(statement.sql)
    return [sql for group in reversed(groups.values()) for sql in group]
