"""Every fault's row names tests that exist, and every scenario is run by a test of its name."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCENARIOS = {
    "n1": "help and version",
    "n2": "a valid file",
    "n3": "a valid file, as JSON",
    "n4": "a folder, and the help of validate sql",
    "n5": "several syntax errors at once",
    "n6": "dangerous and non-declarative statements, and flaws of structure",
    "n7": "warnings alone",
    "n8": "how a folder is read",
    "n9": "SQL and JSON, there and back",
    "n10": "help of commands and their parts",
    "n11": "the readme's plan, and what a valid plan is",
    "n12": "a plan that is not safe",
    "n13": "the readme's rollback",
    "n14": "a shadow in Docker Compose",
    "p1": "quick start in two commands",
    "p2": "quick start in one",
    "p3": "a second plan is empty",
    "p4": "a second migration, back, and forward again",
    "p5": "the wrong state",
    "p6": "the shadow protects the database",
    "p7": "rows that do not allow a step",
    "p8": "flags before variables, and no passwords",
    "p9": "two live databases",
    "p10": "a plan the other way round",
    "p11": "consent to lost data",
    "p12": "columns that change",
    "p13": "what needs one another",
    "p14": "row security",
    "p15a": "two runs at once",
    "p15b": "a run that was cut off",
    "p15c": "a table that is locked",
    "p15d": "a shadow that is the database",
    "p16": "lockplane.toml",
    "s1": "an empty SQLite database",
    "s2": "SQLite's own words are kept",
    "s3": "forms of the address",
    "s4": "no stray files",
    "s5": "rebuilds",
    "s6": "dropped and added columns",
    "s7": "words of PostgreSQL in a schema for SQLite",
    "s8": "a step that fails",
    "s9": "memory, and a shadow in a file",
    "s10": "the wrong state, and a locked file",
    "s11": "no database, and none made",
    "e1": "what an editor asks",
    "e2": "the Python API",
    "e3": "commands and links of the documentation",
    "e4": "packages of strangers",
}
BY_OTHER_NAMES = {"e3": ("test_every_command_of_the_page_", "test_every_link_of_the_page_")}


def named_in_rows() -> list[str]:
    """The tests that faults.toml names."""
    faults = tomllib.loads((HERE / "faults.toml").read_text("utf-8"))["fault"]
    return sorted({test for fault in faults for test in fault.get("tests", ())})


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """What pytest collects of the end-to-end tests and of the files that rows name."""
    files = sorted({test.partition("::")[0] for test in named_in_rows()} | {str(HERE)})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}


def test_every_test_that_a_row_names_is_collected(collected: set[str]) -> None:
    assert [name for name in named_in_rows() if name not in collected] == []


def test_every_scenario_is_run_by_a_test_of_its_name(collected: set[str]) -> None:
    names = [test.rpartition("::")[2] for test in collected if test.startswith("tests/e2e/")]
    for scenario, says in SCENARIOS.items():
        for prefix in BY_OTHER_NAMES.get(scenario, (f"test_{scenario}_",)):
            assert any(name.startswith(prefix) for name in names), f"{scenario}: {says}"
