"""Scenarios E: the Python API, and packages that bring something of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lockplane_core.app import Lockplane
from lockplane_core.config import Settings
from lockplane_core.engine.plan_file import digest, read_plan
from lockplane_core.errors import Refused, StalePlan
from lockplane_core.model.consent import Consent

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.testing.shell import Shell

PLUGIN = '''
"""A dialect for one toy address, a check, and a format: three hooks, nothing in the core."""

from lockplane_core.model.finding import Finding
from lockplane_core.spi.hookspecs import hookimpl


@hookimpl
def lockplane_checks():
    from lockplane_core.spi.check import Check

    class NoToys(Check):
        """Tables must not be toys."""

        id, code, scope, severity = "no_toys", "TOY1", "schema", "warning"

        def run(self, subject):
            for statement in subject.statements:
                for made in statement.declares:
                    if made.role == "table" and made.ref.name == "toy":
                        yield self.finding("a toy", span=made.span)

    return [NoToys()]


@hookimpl
def lockplane_formats():
    class Count:
        name, writes = "count", "findings"

        def render(self, findings):
            return f"{len(findings)}\\n"

    return [Count()]


@hookimpl
def lockplane_dialects():
    from lockplane_core.errors import ConnectionFailed
    from lockplane_core.model.statement import Parsed
    from lockplane_core.spi.dialect import Dialect

    class Toy(Dialect):
        name, title = "toy", "Toy"

        def claims(self, url):
            return url.startswith("toy://")

        def connect(self, url, purpose):
            raise ConnectionFailed(f"no toys at {url}")

        def parse(self, document):
            return Parsed(())

        def shadow(self, request):
            raise NotImplementedError

    return [Toy()]
'''


@pytest.fixture
def with_plugin(lockplane: Shell) -> Shell:
    """The program, with a package of a stranger beside ours."""
    lockplane.write("site/lockplane_toy.py", PLUGIN)
    info = "site/lockplane_toy-1.0.dist-info"
    lockplane.write(f"{info}/METADATA", "Name: lockplane-toy\nVersion: 1.0\n")
    lockplane.write(f"{info}/entry_points.txt", "[lockplane]\ntoy = lockplane_toy\n")
    lockplane.env["PYTHONPATH"] = str(lockplane.folder / "site")
    return lockplane


def test_e4_a_stranger_adds_a_dialect_a_check_and_a_format(with_plugin: Shell) -> None:
    with_plugin.write("toy.lp.sql", "\nCREATE TABLE toy (id INT PRIMARY KEY);\n")
    words = ("validate", "sql", "toy.lp.sql", "--dialect", "postgres")
    (issue,) = with_plugin(*words, "--format", "json").succeeded().json["issues"]
    assert (issue["code"], issue["rule"], issue["line"]) == ("no_toys", "TOY1", 2)
    assert with_plugin(*words, "--format", "count").succeeded().out == "1\n"
    with_plugin("introspect", "toy://chest").refused("no toys at toy://chest")
    assert "dialects: toy" in with_plugin("plugins").out


def test_e4_a_broken_plugin_is_named_and_costs_only_itself(with_plugin: Shell) -> None:
    with_plugin.write("site/lockplane_toy.py", "raise ValueError('broken toy')")
    with_plugin.write("s.lp.sql", "CREATE TABLE t (id INT PRIMARY KEY);\n")
    done = with_plugin("validate", "sql", "s.lp.sql").succeeded()
    assert done.err.count("broken toy") == 1
    with_plugin("plan", "--from", "toy://chest", "--to", "s.lp.sql").refused("broken toy")


def test_e2_a_plan_is_loaded_and_applied_from_python(
    pg: Shell, main: str, server: str, tmp_path: Path
) -> None:
    pg.save("plan.json", "plan", "--to", "schema.lp.sql")
    settings = Settings(database_url=main, shadow_database_url=server)
    with Lockplane.open(settings) as lockplane:
        plan = read_plan(tmp_path / "plan.json")
        result = lockplane.apply(main, plan)
        assert (result.success, result.steps_applied, result.errors) == (True, 1, ())
        with pytest.raises(StalePlan):
            lockplane.apply(main, plan)

        back = lockplane.undo(plan, main)
        with pytest.raises(Refused, match="loses data"):
            lockplane.apply(main, back)
        assert lockplane.apply(main, back, consent=Consent(allow_data_loss=True)).success
        assert lockplane.tree(lockplane.read(main)) == {"tables": []}


def test_e2_a_failure_from_python_is_a_result_with_errors(
    pg: Shell, main: str, tmp_path: Path
) -> None:
    plan = {"steps": [{"description": "Break", "sql": "ALTER TABLE nosuch ADD COLUMN x int"}]}
    path = pg.write("broken.json", json.dumps(plan))
    with Lockplane.open(Settings(database_url=main)) as lockplane:
        result = lockplane.apply(main, read_plan(path), consent=Consent(skip_shadow=True))
    assert not result.success
    assert result.steps_applied == 0
    assert "nosuch" in result.errors[0]


def test_e2_a_protected_environment_takes_only_the_digest(tmp_path: Path) -> None:
    url = str(tmp_path / "app.db")
    (tmp_path / "full.lp.sql").write_text("CREATE TABLE t (id INTEGER PRIMARY KEY);\n", "utf-8")
    (tmp_path / "empty.json").write_text('{"dialect": "sqlite", "tables": []}', "utf-8")
    with Lockplane.open(Settings(dialect="sqlite", protected=True)) as lockplane:
        assert lockplane.apply(url, lockplane.plan(url, str(tmp_path / "full.lp.sql")).plan).success
        plan = lockplane.plan(url, str(tmp_path / "empty.json")).plan
        for consent in (Consent(), Consent(allow_data_loss=True), Consent(digest="00000000")):
            with pytest.raises(Refused, match="loses data"):
                lockplane.apply(url, plan, consent=consent)
        assert lockplane.apply(url, plan, consent=Consent(digest=digest(plan)[:8])).success
