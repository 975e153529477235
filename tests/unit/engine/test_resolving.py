"""A large schema that was made before is made again only where it changed; nobody can tell."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given

from lockplane_core.config import Settings
from lockplane_core.engine.memo import VARIABLE, Memo
from lockplane_core.errors import InvalidSource
from lockplane_core.model.ref import Ref
from lockplane_core.testing.fakes import BOX, SHELF, FakeServer, fake_lockplane
from lockplane_core.testing.fakes.strategies import schemas

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.node import Node

BEFORE = (
    "create shelf a",
    "create box a.k text",
    "create shelf b",
    "create box b.k text",
    "create box b.to_a text of a.k",
    "create shelf c",
    "create box c.k text",
    "create view v as c.k + c.k",
)


@pytest.fixture
def memo(lockplane: Lockplane, tmp_path: Path) -> Memo:
    """One for schemas of any size, in a folder of its own."""
    found = Memo(tmp_path / "memo", least=0)
    lockplane._bench_of("fake").memo = found
    return found


@pytest.fixture
def runs(server: FakeServer) -> list[str]:
    """What runs on scratches, statement by statement."""
    told: list[str] = []
    server.trouble = lambda _, sql: told.append(sql)
    return told


def whole(lockplane: Lockplane, path: str) -> list[tuple[Node, tuple[Node, ...]]]:
    """All nodes of a schema file, with what is below each in its order; numbers left out."""

    def plain(node: Node) -> Node:
        return msgspec.structs.replace(node, ordinal=0)

    catalog = lockplane.read(path).catalog
    return [(plain(n), tuple(map(plain, catalog.children(n.ref)))) for n in catalog]


@given(schemas(), schemas())
def test_it_is_as_if_all_of_it_were_made_anew(before: str, after: str) -> None:
    with TemporaryDirectory() as name, fake_lockplane(FakeServer()) as lockplane:
        path = Path(name, "schema.lp.sql")
        bench = lockplane._bench_of("fake")
        bench.memo = Memo(Path(name, "memo"), least=0)
        for text in (before, after):
            path.write_text(text, "utf-8")
            remembered = whole(lockplane, str(path))
        bench.memo = None
        assert remembered == whole(lockplane, str(path))


def test_what_did_not_change_is_not_made_again(
    lockplane: Lockplane, schema: Callable[..., str], memo: Memo, runs: list[str]
) -> None:
    lockplane.read(schema(*BEFORE))
    runs.clear()
    assert Ref(SHELF, ("a",)) in lockplane.read(schema(*BEFORE)).catalog
    assert runs == []
    found = lockplane.read(schema(*BEFORE, "create box a.new text")).catalog
    assert Ref(BOX, ("a", "new")) in found
    assert Ref(BOX, ("c", "k")) in found
    assert [sql for sql in runs if sql.startswith("create shelf")] == [
        "create shelf a",
        "create shelf b",  # refers to a
    ]


def test_what_is_gone_is_gone(
    lockplane: Lockplane, schema: Callable[..., str], memo: Memo, runs: list[str]
) -> None:
    lockplane.read(schema(*BEFORE))
    runs.clear()
    found = lockplane.read(schema(*BEFORE[:-1])).catalog
    assert not [node for node in found if node.ref.name == "v"]
    assert "create shelf a" not in runs


def test_what_can_not_be_made_any_more_is_an_error_as_ever(
    lockplane: Lockplane, schema: Callable[..., str], memo: Memo
) -> None:
    lockplane.read(schema(*BEFORE))
    with pytest.raises(InvalidSource, match="needs the box a/k"):
        lockplane.read(schema(BEFORE[0], *BEFORE[2:]))


@pytest.mark.parametrize("spoil", [lambda _: b"", lambda text: text[:-1] + b"!"])
def test_a_memo_that_can_not_be_read_is_none(
    lockplane: Lockplane,
    schema: Callable[..., str],
    memo: Memo,
    runs: list[str],
    spoil: Callable[[bytes], bytes],
) -> None:
    path = schema(*BEFORE)
    lockplane.read(path)
    (file,) = memo.folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(spoil(file.read_bytes()))
    runs.clear()
    lockplane.read(path)
    assert set(runs) >= set(BEFORE)


def test_a_server_that_somebody_named_is_always_asked(
    server: FakeServer, schema: Callable[..., str], tmp_path: Path
) -> None:
    settings = Settings(dialect="fake", shadow_database_url="fake:main")
    with fake_lockplane(server, settings=settings) as lockplane:
        lockplane._bench_of("fake").memo = Memo(tmp_path / "memo", least=0)
        lockplane.read(schema(*BEFORE))
    assert not (tmp_path / "memo").exists()


def test_only_large_schemas_are_kept_and_only_so_many(
    lockplane: Lockplane, schema: Callable[..., str], memo: Memo
) -> None:
    memo.least = len(BEFORE) + 1
    lockplane.read(schema(*BEFORE))
    assert not memo.folder.exists()
    memo.least = 0
    for number in range(12):
        lockplane.read(schema(*BEFORE, name=f"s{number}"))
    assert len(list(memo.folder.iterdir())) == 10


def test_without_a_cache_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    assert Memo.of_user() is None
    monkeypatch.delenv(VARIABLE)
    assert Memo.of_user() is not None
