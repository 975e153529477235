"""Each import contract is proved to bite: a planted import breaks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PLANTED = {
    "layers": ("lockplane_core/model", "lockplane_core.engine"),
    "core-knows-no-database": ("lockplane_core/engine", "psycopg"),
    "values-are-pure": ("lockplane_core/algebra", "pathlib"),
    "kit-is-extra": ("lockplane_core/cli", "hypothesis"),
    "plugins-use-the-spi": ("lockplane_checks", "lockplane_core.engine"),
    "plugins-are-strangers": ("lockplane_sqlite", "lockplane_postgres"),
    "gpl-stays-in-postgres": ("lockplane_sqlite", "pglast"),
}


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A copy of all packages side by side, with the configuration."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in (ROOT / "lockplane_core", *ROOT.glob("plugins/*/src/*")):
        shutil.copytree(
            package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def lint_imports(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the packages in `folder`, and only those."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo", *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_contract_has_a_planted_import() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    assert sorted(PLANTED) == sorted(contract["id"] for contract in contracts)


def test_the_copied_packages_keep_every_contract(packages: Path) -> None:
    result = lint_imports(packages)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_import_breaks_the_contract(contract: str, packages: Path) -> None:
    place, module = PLANTED[contract]
    (packages / place / "planted.py").write_text(f"import {module}\n", "utf-8")
    result = lint_imports(packages, "--contract", contract)
    assert result.returncode == 1
    assert "0 kept, 1 broken" in result.stdout
    assert f"{place.replace('/', '.')}.planted -> {module}" in result.stdout
