"""Schema files are run in an order that works, and every failure has its place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from lockplane_core.config import Settings
from lockplane_core.engine.loading import CHUNK
from lockplane_core.errors import InvalidSource, Refused
from lockplane_core.testing.fakes import FakeDialect, FakeServer, fake_lockplane
from lockplane_core.testing.fakes.server import FakeSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lockplane_core.app import Lockplane
    from lockplane_core.model.statement import Document, Parsed


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


# -- scripts ---------------------------------------------------------------------------------


def script(folder: Path, *lines: str) -> str:
    """A script as a source."""
    path = folder / "dump.sql"
    path.write_text("".join(f"{line};\n" for line in lines))
    return f"sql:{path}"


def test_a_script_runs_as_it_is(lockplane: Lockplane, tmp_path: Path) -> None:
    lines = ("create shelf a", "put a 3", "create shelf b", "drop shelf b", "install shelf c")
    assert names(lockplane, script(tmp_path, *lines)) == ["shelf a", "shelf c"]


def test_a_script_is_never_reordered(lockplane: Lockplane, tmp_path: Path) -> None:
    source = script(tmp_path, "create box a.k text", "create shelf a")
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
