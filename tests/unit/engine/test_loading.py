"""Schema files are run in an order that works, and every failure has its place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from lockplane_core.config import Settings
from lockplane_core.engine.loading import CHUNK
from lockplane_core.errors import InvalidSource, Refused, StatementFailed
from lockplane_core.model.ref import Ref
from lockplane_core.testing.fakes import FakeDialect, FakeServer, fake_lockplane
from lockplane_core.testing.fakes.server import FakeSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from lockplane_core.app import Lockplane
    from lockplane_core.model.statement import Document, Parsed
    from lockplane_core.spi.session import Session


def names(lockplane: Lockplane, source: str) -> list[str]:
    """What a source holds, without what every database holds."""
    found = lockplane.read(source).catalog
    return [str(node.ref) for node in found if node.ref.name != "lobby"]


def test_statements_may_stand_in_any_order(
    lockplane: Lockplane, schema: Callable[..., str]
) -> None:
    path = schema("create view v as a.k", "create box a.k text", "create shelf a")
    assert names(lockplane, path) == ["box a.k", "shelf a", "view v"]


def test_statements_may_stand_in_several_files(lockplane: Lockplane, tmp_path: Path) -> None:
    (tmp_path / "1.lp.sql").write_text("create box a.k text\n")
    (tmp_path / "2.lp.sql").write_text("create shelf a\n")
    assert names(lockplane, str(tmp_path)) == ["box a.k", "shelf a"]


def test_more_statements_than_one_chunk_are_loaded(
    lockplane: Lockplane, schema: Callable[..., str]
) -> None:
    lines = [f"create shelf s{number}" for number in range(2 * CHUNK + 1)]
    assert len(names(lockplane, schema(*lines))) == len(lines)


class Silent(FakeDialect):
    """A dialect whose parser sees no requirements: only the server knows the order."""

    capabilities = frozenset()

    def parse(self, document: Document) -> Parsed:
        parsed = super().parse(document)
        bare = tuple(msgspec.structs.replace(s, requires=()) for s in parsed.statements)
        return msgspec.structs.replace(parsed, statements=bare)


class SilentAndUndone(Silent):
    """The same with transactions."""

    capabilities = FakeDialect.capabilities


@pytest.mark.parametrize("dialect", [Silent, SilentAndUndone])
def test_what_came_too_early_is_tried_again_as_long_as_there_is_progress(
    server: FakeServer, schema: Callable[..., str], dialect: type[FakeDialect]
) -> None:
    path = schema("create view v as a.k", "create box a.k text", "create shelf a")
    with fake_lockplane(server, dialect=dialect(server)) as lockplane:
        assert names(lockplane, path) == ["box a.k", "shelf a", "view v"]


class Lasting(FakeServer):
    """A server on which nothing is taken back."""

    def connect(self, name: str, *, writes: bool) -> FakeSession:
        return LastingSession(self, self.databases[name], writes=writes)


class LastingSession(FakeSession):
    """A session without transactions."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield


def test_where_nothing_is_taken_back_no_statement_runs_twice(schema: Callable[..., str]) -> None:
    server = Lasting()
    path = schema("create shelf a", "create view v as a.k", "create box a.k text")
    with fake_lockplane(server, dialect=Silent(server)) as lockplane:
        assert names(lockplane, path) == ["box a.k", "shelf a", "view v"]


def test_what_never_finds_what_it_needs_is_named(
    lockplane: Lockplane, schema: Callable[..., str]
) -> None:
    path = schema("create shelf a", "create box a.k text of b.k", "create view v as c.k")
    with pytest.raises(InvalidSource) as caught:
        lockplane.read(path)
    assert [(str(f.span), f.message) for f in caught.value.findings] == [
        (f"{path}:2:1", "a.k needs the box b/k"),
        (f"{path}:3:1", "v needs the box c/k"),
    ]
    assert caught.value.message == f"{path}:2:1: a.k needs the box b/k (and 1 more)"


def test_what_a_server_refuses_is_named_beside_what_waits(
    lockplane: Lockplane, schema: Callable[..., str]
) -> None:
    path = schema("create shelf a", "create shelf a", "create box b.k text")
    with pytest.raises(InvalidSource) as caught:
        lockplane.read(path)
    assert [f.message for f in caught.value.findings] == [
        "there is a shelf a already",
        "b.k needs the relation b",
    ]


def test_what_only_needs_what_failed_is_counted_and_not_judged(
    lockplane: Lockplane, schema: Callable[..., str]
) -> None:
    path = schema(
        "create shelf a",
        "create box a.k text of nowhere.k",
        "create view v as a.k",
        "create shelf a",
        "create view w as v",
    )
    with pytest.raises(InvalidSource) as caught:
        lockplane.read(path)
    assert [(f.severity, f.span.line if f.span else 0, f.id) for f in caught.value.findings] == [
        ("error", 2, "database_error"),
        ("error", 4, "database_error"),
        ("info", 0, "not_judged"),
    ]
    assert "1 more statement(s)" in caught.value.findings[-1].message


def test_where_all_wait_for_one_another_all_are_named(
    lockplane: Lockplane, schema: Callable[..., str]
) -> None:
    path = schema("create shelf a", "create box a.k text of a.l", "create box a.l text of a.k")
    with pytest.raises(InvalidSource) as caught:
        lockplane.read(path)
    assert [f.span.line for f in caught.value.findings if f.span] == [2, 3]


def test_every_syntax_error_is_reported_at_once(
    lockplane: Lockplane, schema: Callable[..., str]
) -> None:
    path = schema("create", "create shelf a", "  nonsense")
    with pytest.raises(InvalidSource) as caught:
        lockplane.read(path)
    assert [str(f.span) for f in caught.value.findings] == [f"{path}:1:1", f"{path}:3:3"]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("drop shelf a", "dangerous_drop_table"),
        ("put a 3", "non_declarative_dml"),
        ("create seal s on a.k", "unsupported_statement"),
        ("install shelf b", "non_declarative_statement"),
    ],
)
def test_a_schema_file_says_what_is_and_nothing_else(
    lockplane: Lockplane, schema: Callable[..., str], line: str, rule: str
) -> None:
    with pytest.raises(InvalidSource) as caught:
        lockplane.read(schema("create shelf a", line))
    assert [finding.id for finding in caught.value.findings] == [rule]


# -- what a server takes on trust ------------------------------------------------------------


class Trusting(FakeDialect):
    """A product that makes any view of `wrong`, and says only afterwards what is wrong with it."""

    def unsound(self, session: Session) -> Iterable[tuple[Ref, StatementFailed]]:
        for (thing,) in session.query("things"):
            if thing.sort == "view" and thing.name.startswith("wrong"):
                error = StatementFailed("this is wrong", position=7, inside="view ", hint="Think.")
                yield Ref("fake.view", (thing.name,)), error


@pytest.fixture
def trusting(server: FakeServer) -> Iterator[Lockplane]:
    with fake_lockplane(server, dialect=Trusting(server)) as lockplane:
        yield lockplane


WRONG = ("create shelf a", "create box a.k text", "create view wrong as a.k")


def test_what_was_taken_on_trust_is_refused_at_its_place(
    trusting: Lockplane, schema: Callable[..., str]
) -> None:
    before, after = schema(*WRONG[:2], name="before"), schema(*WRONG, name="after")
    for work in (trusting.plan, trusting.diff):
        with pytest.raises(InvalidSource) as caught:
            work(before, after)
        (finding,) = caught.value.findings
        assert (finding.id, finding.suggestion) == ("unsound_body", "Think.")
        assert str(finding.span) == f"{after}:3:15"


def test_what_was_as_wrong_before_is_told_alone(
    trusting: Lockplane, schema: Callable[..., str]
) -> None:
    before = schema(*WRONG, name="before")
    after = schema(*WRONG, "create shelf b", "create view wronger as a.k", name="after")
    with pytest.raises(InvalidSource) as caught:
        trusting.plan(before, after)
    assert [finding.ref for finding in caught.value.findings] == [Ref("fake.view", ("wronger",))]
    same = trusting.plan(before, before)
    assert same.plan.steps == ()
    assert same.notices == ("not touched by this plan, and wrong: view wrong: this is wrong",)
    assert trusting.plan(before, schema(*WRONG[:2])).notices == ()


def test_what_a_plan_spoils_is_refused_though_it_keeps_its_text(
    server: FakeServer, schema: Callable[..., str]
) -> None:
    class Reading(FakeDialect):
        """A product whose views may read a shelf `b` that is not there."""

        def unsound(self, session: Session) -> Iterable[tuple[Ref, StatementFailed]]:
            things = [thing for (thing,) in session.query("things")]
            if not any(thing.sort == "shelf" and thing.name == "b" for thing in things):
                for thing in things:
                    if thing.sort == "view":
                        yield Ref("fake.view", (thing.name,)), StatementFailed("no shelf b")

    lines = (*WRONG, "create shelf b")
    before, after = schema(*lines, name="before"), schema(*WRONG, name="after")
    with fake_lockplane(server, dialect=Reading(server)) as lockplane:
        with pytest.raises(InvalidSource) as caught:
            lockplane.plan(before, after)
        (finding,) = caught.value.findings
        assert (finding.ref, str(finding.span)) == (Ref("fake.view", ("wrong",)), f"{after}:3:1")
        assert lockplane.plan(after, schema(*WRONG, "create shelf c", name="more")).plan.steps


# -- scripts ---------------------------------------------------------------------------------


def script(folder: Path, *lines: str) -> str:
    """A script as a source."""
    path = folder / "dump.sql"
    path.write_text("".join(f"{line};\n" for line in lines))
    return f"sql:{path}"


def test_a_script_runs_as_it_is(lockplane: Lockplane, tmp_path: Path) -> None:
    lines = ("create shelf a", "put a 3", "create shelf b", "drop shelf b", "install shelf c")
    assert names(lockplane, script(tmp_path, *lines)) == ["shelf a", "shelf c"]


def test_a_script_that_only_declares_is_put_in_order_where_its_own_fails(
    lockplane: Lockplane, tmp_path: Path
) -> None:
    source = script(tmp_path, "create box a.k text", "create shelf a")
    assert names(lockplane, source) == ["box a.k", "shelf a"]
    (notice,) = lockplane.read(source).notices
    assert "dump.sql:1:1: a.k needs the relation a" in notice
    assert "in the order of what its statements need" in notice


@pytest.mark.parametrize("more", ["put a 3", "drop shelf a", "create box c.k text"])
def test_any_other_script_keeps_its_order(lockplane: Lockplane, tmp_path: Path, more: str) -> None:
    """What acts means something by its place; what is nowhere declared comes in no order."""
    source = script(tmp_path, "create box a.k text", "create shelf a", more)
    with pytest.raises(InvalidSource, match=r"dump.sql:1:1: a.k needs the relation a"):
        lockplane.read(source)


def test_what_reaches_beyond_a_database_is_kept_off_a_server_that_somebody_named(
    server: FakeServer, tmp_path: Path
) -> None:
    source = script(tmp_path, "create shelf a", "install shelf c")
    settings = Settings(dialect="fake", shadow_database_url="fake:somewhere")
    with (
        fake_lockplane(server, settings=settings) as lockplane,
        pytest.raises(Refused, match=r"dump.sql:2:1: it installs something") as caught,
    ):
        lockplane.read(source)
    assert "--trust-sql" in caught.value.hint
    trusting = Settings(dialect="fake", shadow_database_url="fake:somewhere", trust_sql=True)
    with fake_lockplane(server, settings=trusting) as lockplane:
        assert names(lockplane, source) == ["shelf a", "shelf c"]
