"""The plugin examples of the docs pass their own tests against the published core."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent for path in ROOT.glob("docs/examples/*/pyproject.toml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_passes_its_own_tests(
    example: Path, tmp_path: Path, dist: Path, fresh_venv: Callable[..., Path]
) -> None:
    project = shutil.copytree(example, tmp_path / example.name)
    (core,) = dist.glob("lockplane_core-*.whl")
    (sqlite,) = dist.glob("lockplane_sqlite-*.whl")  # the kit runs examples on a dialect
    programs = fresh_venv(f"{core}[testing]", sqlite, project)
    subprocess.run([programs / "python", "-m", "pytest"], cwd=project, check=True)
