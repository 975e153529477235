"""CI and README agree on how the project is tested."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github/workflows/ci.yml"
ON_PAGES = re.findall(
    r"```yaml file=\.github/workflows/\S+\n(.*?)```",
    (ROOT / "docs/guides/ci.md").read_text("utf-8"),
    re.DOTALL,
)


def test_ci_ends_in_the_test_command_of_the_readme() -> None:
    command = (ROOT / ".ci/run").read_text("utf-8").splitlines()[-1]
    assert command in (ROOT / "README.md").read_text("utf-8").splitlines()


@pytest.fixture
def jobs() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(WORKFLOW)["jobs"]
    return found


def test_the_workflow_runs_every_environment_of_tox(jobs: dict[str, Any]) -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    named = [env for job in jobs.values() for env in job["strategy"]["matrix"]["env"]]
    assert sorted(named) == sorted([*re.split(r",\s*", tox["tox"]["env_list"]), "guides"])


def test_the_workflow_runs_every_version_that_is_claimed(jobs: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    claimed = [line.rpartition(" ")[2] for line in project["classifiers"] if ":: 3." in line]
    assert jobs["python"]["strategy"]["matrix"]["python"] == claimed
    support = (ROOT / "docs/support.md").read_text("utf-8")
    versions = jobs["postgres"]["strategy"]["matrix"]["postgres"]
    assert f"PostgreSQL {versions[1]} to {versions[-1]}; {versions[0]} as far" in support


def valid(path: Path) -> subprocess.CompletedProcess[str]:
    """Check a workflow by GitHub's own schema, which the checker carries."""
    words = ["check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    return subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "text", [WORKFLOW.read_text("utf-8"), *ON_PAGES], ids=["ci.yml", "pull request", "deployment"]
)
def test_a_workflow_is_valid(text: str, tmp_path: Path) -> None:
    path = tmp_path / "workflow.yml"
    path.write_text(text, "utf-8")
    result = valid(path)
    assert result.returncode == 0, result.stdout


def test_a_workflow_that_is_not_valid_is_found(tmp_path: Path) -> None:
    path = tmp_path / "workflow.yml"
    path.write_text(WORKFLOW.read_text("utf-8").replace("runs-on:", "runs_on:", 1), "utf-8")
    assert valid(path).returncode == 1
