"""The Python API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core import app
from lockplane_core.app import Lockplane, schema_folder
from lockplane_core.config import Settings
from lockplane_core.errors import LockplaneError, UsageError
from lockplane_core.model.consent import Consent
from lockplane_core.model.plan import Plan
from lockplane_core.model.step import Step
from lockplane_core.testing.fakes import FakeServer, fake_lockplane

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_example_of_the_module_works(server: FakeServer, schema: Callable[..., str]) -> None:
    server.create("main")
    with fake_lockplane(server) as lockplane:
        planned = lockplane.plan("fake:main", schema("create shelf a"))
        result = lockplane.apply("fake:main", planned.plan)
        assert (result.success, result.steps_applied, result.errors) == (True, 1, ())


def test_everything_that_was_started_is_stopped_at_the_end(server: FakeServer) -> None:
    for name in ("one", "other"):
        server.create(name, "create shelf a")
    with fake_lockplane(server) as lockplane:
        for name in ("one", "other"):
            lockplane.apply(f"fake:{name}", PLAN)
        assert server.shadows == 2
    assert server.shadows == 0
    assert sorted(server.databases) == ["one", "other"]


PLAN = Plan(dialect="", steps=(Step(description="x", sql=("create shelf x",)),))


def test_a_database_decides_which_dialect_a_plan_is_for(
    lockplane: Lockplane, server: FakeServer
) -> None:
    """A plan of another product must never reach this one in its name."""
    server.create("main")
    plan = Plan(dialect="postgres", steps=PLAN.steps)
    for call in (lockplane.apply, lambda url, p: lockplane.undo(p, url)):
        with pytest.raises(LockplaneError, match="this plan is for postgres"):
            call("fake:main", plan)
    assert len(server.databases["main"].state) == 1


def test_two_products_can_not_be_compared(lockplane: Lockplane, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text('{"dialect": "postgres", "tables": []}')
    with pytest.raises(UsageError, match="fake and postgres can not be compared"):
        lockplane.plan("fake:main", str(path))


def test_findings_of_files_need_no_database(
    lockplane: Lockplane, server: FakeServer, schema: Callable[..., str]
) -> None:
    found = lockplane.validate_sql(schema("create shelf a", "nonsense", "drop shelf a"))
    assert [finding.id for finding in found] == ["syntax_error", "dangerous_drop_table"]
    assert server.shadows == server.scratches == 0


def test_a_proof_uses_the_shadow_of_the_plan_that_was_made_last(
    lockplane: Lockplane, server: FakeServer, schema: Callable[..., str]
) -> None:
    server.create("one")
    server.create("other")
    path = schema("create shelf a")
    lockplane.read("fake:other")
    planned = lockplane.plan("fake:one", path)
    lockplane.prove(planned)
    assert server.shadows == 1


def test_flags_that_were_not_given_change_nothing() -> None:
    before = Settings(dialect="fake", schemas=("a",), protected=True)
    assert before.with_flags(dialect=None, schemas=()) == before
    assert before.with_flags(schemas=("b",)).schemas == ("b",)


def test_the_schema_folder_is_the_one_that_is_set_or_is_there(tmp_path: Path) -> None:
    assert schema_folder(Settings(), tmp_path) == ""
    (tmp_path / "schema").mkdir()
    assert schema_folder(Settings(), tmp_path) == "schema"
    assert schema_folder(Settings(schema_path="db"), tmp_path) == "db"


def test_the_installed_plugins_are_loaded_with_the_builtin_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCKPLANE_NO_PLUGINS", "1")
    registry = app.load_registry()
    assert list(registry.dialects) == []
    assert "exec" in registry.loaders
    assert "plan" in registry.commands


def test_consent_is_given_for_nothing_unless_it_is_said() -> None:
    assert Consent() == Consent(allow_data_loss=False, skip_shadow=False)
