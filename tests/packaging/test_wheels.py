"""What is published holds what it should, and runs."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]

SOURCES = {
    "lockplane_core": ROOT,
    "lockplane_checks": ROOT / "plugins/lockplane_checks/src",
    "lockplane_postgres": ROOT / "plugins/lockplane_postgres/src",
    "lockplane_sqlite": ROOT / "plugins/lockplane_sqlite/src",
}
LICENCES = dict.fromkeys(SOURCES, "Apache-2.0") | {"lockplane_postgres": "GPL-3.0-or-later"}


@pytest.fixture(scope="session")
def installed(dist: Path, fresh_venv: Callable[..., Path]) -> Path:
    """The programs of an environment that holds our four wheels and no extra."""
    return fresh_venv(*dist.glob("*.whl"))


def wheel(dist: Path, package: str) -> zipfile.ZipFile:
    """The one wheel of `package`."""
    (path,) = dist.glob(f"{package}-*.whl")
    return zipfile.ZipFile(path)


def test_the_sdist_of_the_core_holds_no_plugin(dist: Path) -> None:
    (path,) = dist.glob("lockplane_core-*.tar.gz")
    with tarfile.open(path) as sdist:
        folders = {name.split("/")[1] for name in sdist.getnames()}
    assert "lockplane_core" in folders
    assert "plugins" not in folders


@pytest.mark.parametrize("package", SOURCES)
def test_a_wheel_holds_each_file_of_its_package_and_no_other(package: str, dist: Path) -> None:
    source = SOURCES[package]
    files = (path for path in (source / package).rglob("*") if path.is_file())
    expected = {
        path.relative_to(source).as_posix() for path in files if path.parent.name != "__pycache__"
    }
    with wheel(dist, package) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == expected
    assert f"{package}/py.typed" in packed


@pytest.mark.parametrize("package", SOURCES)
def test_a_wheel_carries_its_licence(package: str, dist: Path) -> None:
    with wheel(dist, package) as archive:
        info = f"{'-'.join(Path(str(archive.filename)).name.split('-')[:2])}.dist-info"
        metadata = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
        assert archive.read(f"{info}/licenses/LICENSE")
    assert metadata["License-Expression"] == LICENCES[package]


def test_the_installed_command_prints_the_version(installed: Path, dist: Path) -> None:
    (path,) = dist.glob("lockplane_core-*.whl")
    answer = subprocess.check_output([installed / "lockplane", "--version"], text=True)
    assert path.name.split("-")[1] in answer


def test_the_installed_command_lists_its_plugins(installed: Path) -> None:
    answer = subprocess.check_output([installed / "lockplane", "plugins"], text=True)
    assert all(name in answer for name in ("checks", "postgres", "sqlite"))
