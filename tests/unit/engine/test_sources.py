"""A source is known by its name, and what is none says what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.engine.sources import Source, classify, common_dialect, documents, skipped
from lockplane_core.errors import PluginError, SourceError, UsageError
from lockplane_core.plugins.discovery import Found
from lockplane_core.plugins.registry import Registry
from lockplane_core.testing.fakes import FakePlugin, FakeServer, fake_registry

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def registry() -> Registry:
    """The built-in plugins and the fake product."""
    return fake_registry(FakeServer())


def test_every_form_of_source_is_known_by_its_name(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"dialect": "fake", "shelves": []}')
    assert classify(str(tmp_path), registry) == Source("schema", str(tmp_path))
    assert classify("new.lp.sql", registry) == Source("schema", "new.lp.sql")
    assert classify("sql:dump.sql", registry) == Source("script", "dump.sql", prefix="sql")
    assert classify("exec:make", registry) == Source("loader", "make", prefix="exec")
    assert classify("fake:main", registry) == Source("url", "fake:main", "fake")
    assert classify(str(tmp_path / "a.json"), registry).dialect == "fake"


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("schema.sql", "is plain SQL, not a schema file", "sql:schema.sql"),
        ("nowhere", "no such file, folder or database address", "A source is"),
        ("__init__.txt", "no such file", ".lp.sql"),
    ],
)
def test_what_is_no_source_says_what_was_expected(
    registry: Registry, text: str, said: str, hint: str
) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        classify(text, registry)
    assert hint in caught.value.hint


def test_a_file_without_a_telling_name_is_no_source(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.touch()
    with pytest.raises(SourceError, match="can not tell what this is by its name"):
        classify(str(path), registry)


def test_an_address_that_nobody_handles_names_the_package(registry: Registry) -> None:
    with pytest.raises(PluginError, match="handles postgres") as caught:
        classify("postgres://u:secret@h/db", registry)
    assert "lockplane-postgres" in caught.value.hint
    assert "secret" not in str(caught.value)


def test_a_broken_json_file_is_reported_when_it_is_read(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{")
    assert classify(str(path), registry).dialect == ""


# -- the dialect of sources ------------------------------------------------------------------

FILE = Source("schema", "a.lp.sql")
LIVE = Source("url", "fake:main", "fake")
JSON = Source("json", "a.json", "fake")


@pytest.mark.parametrize(
    ("sources", "setting"),
    [([FILE, LIVE], ""), ([JSON], ""), ([LIVE], "postgres"), ([FILE], "fake"), ([FILE], "")],
)
def test_a_database_decides_then_json_then_the_setting_then_what_is_installed(
    registry: Registry, sources: list[Source], setting: str
) -> None:
    assert common_dialect(sources, registry, setting) == "fake"


@pytest.mark.parametrize("other", [Source("url", "x", "sqlite"), Source("json", "x", "sqlite")])
def test_two_products_can_not_be_compared(registry: Registry, other: Source) -> None:
    with pytest.raises(UsageError, match="fake and sqlite can not be compared"):
        common_dialect([LIVE, other], registry, "")


def test_a_dialect_that_is_not_installed_is_named(registry: Registry) -> None:
    with pytest.raises(PluginError, match="handles sqlite"):
        common_dialect([FILE], registry, "sqlite")


def test_a_file_is_not_read_as_another_product_because_a_plugin_is_broken() -> None:
    lame = Found(name="postgres", distribution="d", version="1", error="ImportError: no pglast")
    fake = Found(name="fake", distribution="f", version="1", plugin=FakePlugin(FakeServer(), None))
    with pytest.raises(PluginError, match="postgres can not be used: ImportError: no pglast"):
        common_dialect([FILE], Registry([lame, fake], {}), "")


# -- documents -------------------------------------------------------------------------------


def test_the_files_of_a_folder_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.lp.sql", "a.lp.sql", "c.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "d.lp.sql").touch()
    (tmp_path / "link.lp.sql").symlink_to(tmp_path / "a.lp.sql")
    assert [d.text for d in documents(str(tmp_path))] == ["a.lp.sql", "b.lp.sql"]


def test_a_byte_order_mark_is_no_part_of_a_document(tmp_path: Path) -> None:
    path = tmp_path / "a.lp.sql"
    path.write_bytes(b"\xef\xbb\xbfcreate")
    assert documents(str(path))[0].text == "create"


@pytest.mark.parametrize(
    ("found", "asked", "hint"),
    [
        ("schema.lp.sql", "shema.lp.sql", "Did you mean '{}/schema.lp.sql'?"),
        ("other.lp.sql", "schema.lp.sql", ""),
        ("a.sql", "", "a.sql is plain SQL: rename it to end in .lp.sql"),
        ("deeper/a.lp.sql", "", "Folders are not searched further: name {}/deeper."),
        ("notes.txt", "", "Folders are not searched further, and symlinks are skipped."),
    ],
)
def test_what_may_be_meant_is_named(tmp_path: Path, found: str, asked: str, hint: str) -> None:
    path = tmp_path / found
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with pytest.raises(SourceError) as caught:
        documents(str(tmp_path / asked))
    assert caught.value.hint.startswith(hint.format(tmp_path))
    assert bool(caught.value.hint) == bool(hint)


def test_a_symlink_is_named_as_what_was_not_read(tmp_path: Path) -> None:
    (tmp_path / "link.lp.sql").symlink_to("elsewhere.lp.sql")
    with pytest.raises(SourceError) as caught:
        documents(str(tmp_path))
    assert "link.lp.sql is a symlink" in caught.value.hint
    assert skipped(str(tmp_path)) == [tmp_path / "link.lp.sql"]
    assert skipped(str(tmp_path / "link.lp.sql")) == []


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.lp.sql", b"na\xefve", r"a.lp.sql: not UTF-8 \(byte 2\)"),
        ("gone.lp.sql", None, "gone.lp.sql: No such file"),
        ("folder", None, "no .lp.sql files here"),
    ],
)
def test_what_can_not_be_read_is_named(
    tmp_path: Path, name: str, data: bytes | None, said: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    if name == "folder":
        path.mkdir()
    with pytest.raises(SourceError, match=said):
        documents(str(path))
