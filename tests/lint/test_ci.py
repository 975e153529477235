"""CI and README agree on how the project is tested."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_ci_ends_in_the_test_command_of_the_readme() -> None:
    command = (ROOT / ".ci/run").read_text("utf-8").splitlines()[-1]
    assert command in (ROOT / "README.md").read_text("utf-8").splitlines()
