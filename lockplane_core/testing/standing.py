"""Standing: a case of the kit, with a database that stands at its before side."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra import tree as schema_tree
from lockplane_core.algebra.diff import compare
from lockplane_core.algebra.rename import names_after
from lockplane_core.engine import plan_file, sources
from lockplane_core.engine.annotations import MARK
from lockplane_core.engine.json_schema import schema_struct
from lockplane_core.engine.memo import Memo
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

    from lockplane_core.app import Lockplane
    from lockplane_core.engine.planner import Planned
    from lockplane_core.engine.states import State
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.record import RunState
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.statement import Statement
    from lockplane_core.spi.session import Session
    from lockplane_core.testing.cases import Case


class Standing:
    """A case with a database that stands at its before side."""

    def __init__(
        self, lockplane: Lockplane, dialect: str, case: Case, url: str, folder: Path
    ) -> None:
        self.lockplane, self.case, self.url, self.folder = lockplane, case, url, folder
        self.bench = lockplane._bench_of(dialect)
        self.scope = Scope(schemas=("*",), manage=tuple(sorted(case.manage)))

    def connected(self) -> AbstractContextManager[Session]:
        """A session on the database."""
        return closing(self.bench.dialect.connect(self.url, "apply"))

    def make(self, session: Session) -> None:
        """Load the before side and its rows straight into the database."""
        for text in (self.case.before, self.case.seed):
            for statement in self.bench.dialect.script(Document("case", text)).statements:
                session.execute(statement.sent)

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

    @contextmanager
    def managing(self) -> Iterator[None]:
        """Within it, what the case says is managed beyond the usual."""
        usual = self.lockplane.settings
        manage = tuple({*usual.manage, *self.case.manage})
        self.lockplane.settings = msgspec.structs.replace(usual, manage=manage)
        try:
            yield
        finally:
            self.lockplane.settings = usual

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Within it, schemas of any size are remembered; in a folder of its own."""
        usual, self.bench.memo = self.bench.memo, Memo(self.folder / "memo", least=0)
        try:
            yield
        finally:
            self.bench.memo = usual

    def whole(self, state: State) -> list[Node]:
        """All that is known of a state but the places in files."""
        return [msgspec.structs.replace(node, span=None) for node in state.catalog]

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
        """The steps to a source, without the places in its files, which guards say as well."""
        return [
            msgspec.structs.replace(
                step,
                span=None,
                guards=tuple(msgspec.structs.replace(g, message="") for g in step.guards),
            )
            for step in self.lockplane.plan(self.url, source).plan.steps
        ]

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
