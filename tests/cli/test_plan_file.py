from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.engine.plan_file import digest, parse_plan, read_plan, short, write_plan
from lockplane_core.errors import PlanError
from lockplane_core.model.node import Span
from lockplane_core.model.plan import Plan, UndoStep
from lockplane_core.model.ref import Ref
from lockplane_core.model.scope import Scope
from lockplane_core.model.step import Guard, Lock, Step

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.testing.shell import Shell

TABLE = Ref("toy.table", ("app", "users"))
STEP = Step(
    description="Create table users",
    sql=("CREATE TABLE users (id int)", "COMMENT ON TABLE users IS 'é'"),
    produces=(TABLE,),
    settles=(TABLE,),
    effects=("scan",),
    locks=(Lock(TABLE, "EXCLUSIVE", ("writes",)),),
    guards=(Guard(query="SELECT 1", message="no"),),
    transaction="boundary",
    span=Span("a.lp.sql", 1, 2),
    extra={"x-ticket": {"id": 7}},
)
PLAN = Plan(
    dialect="toy",
    steps=(STEP, Step(description="Second", sql=("ANALYZE",), transaction="outside")),
    undo=(UndoStep(step=Step(description="Rollback: x", sql=("DROP TABLE users",)), undoes=(1,)),),
    source_hash="a" * 64,
    target_hash="b" * 64,
    judge="Toy 1",
    scope=Scope(schemas=("app",)),
    plugins=("toy 1.0",),
    extra={"x-by": "me"},
)


def edited(**changes: Any) -> bytes:
    """The file of PLAN with other values."""
    return json.dumps({**json.loads(write_plan(PLAN)), **changes}).encode()


def test_a_plan_survives_storage() -> None:
    text = write_plan(PLAN)
    assert parse_plan(text.encode(), "p.json") == PLAN
    assert write_plan(parse_plan(text.encode(), "p.json")) == text


def test_one_statement_is_a_string_and_several_are_an_array() -> None:
    first, second = json.loads(write_plan(PLAN))["steps"]
    assert first["sql"] == list(STEP.sql)
    assert second["sql"] == "ANALYZE"


def test_what_is_empty_is_left_out() -> None:
    tree = json.loads(write_plan(Plan(dialect="toy", steps=())))
    assert set(tree) == {"format", "dialect", "steps", "digest"}
    assert tree["steps"] == []


def test_the_digest_holds_for_any_layout() -> None:
    tree = json.loads(write_plan(PLAN))
    backwards = dict(reversed(tree.items()))
    assert parse_plan(json.dumps(backwards, indent=7).encode(), "p.json") == PLAN
    assert tree["digest"] == digest(PLAN)
    assert digest(PLAN).startswith(short(PLAN))


def test_keys_of_others_are_kept_and_do_not_break_the_digest() -> None:
    found = parse_plan(edited(**{"x-new": [1]}), "p.json")
    assert found.extra == {"x-by": "me", "x-new": [1]}
    assert found.steps == PLAN.steps


@pytest.mark.parametrize(
    "change",
    [
        {"source_hash": "c" * 64},
        {"steps": []},
        {"undo": []},
        {"dialect": "other"},
        {"steps": [{"description": "Create table users", "sql": "DROP TABLE users"}]},
    ],
)
def test_an_edited_plan_is_refused_with_the_way_out(change: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="edited after it was made") as caught:
        parse_plan(edited(**change), "p.json")
    assert "written by hand" in caught.value.hint


def test_without_a_digest_what_a_plan_says_of_itself_is_not_believed() -> None:
    tree = json.loads(write_plan(PLAN))
    del tree["digest"]
    found = parse_plan(json.dumps(tree).encode(), "p.json")
    assert found.steps[0].sql == STEP.sql
    assert found.steps[0].effects == STEP.effects
    assert found.steps[0].transaction == "boundary"
    assert not found.steps[0].produces + found.steps[0].settles
    assert not found.steps[0].locks
    assert found.bound


def test_the_bare_plan_of_the_readme_is_read() -> None:
    text = """{
      "$schema": "https://raw.githubusercontent.com/zakandrewking/lockplane/main/schema-json/plan.json",
      "steps": [{"description": "Create posts table",
                 "sql": "CREATE TABLE posts (id SERIAL PRIMARY KEY, title TEXT NOT NULL)"}]
    }"""
    found = parse_plan(text.encode(), "p.json")
    assert [step.description for step in found.steps] == ["Create posts table"]
    assert not found.bound
    assert found.dialect == ""


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"steps": [', "p.json:1:12", "no JSON"),
        ("", "p.json:1:1", "no JSON"),
        ("[" * 100_000, "p.json", "nested too deeply"),
        ("[]", "p.json:1:1", "a plan is a JSON object"),
        ("{}", "p.json:1:1", "`steps` must be a list"),
        ('{"steps": {}}', "p.json:1:11", "`steps` must be a list"),
        ('{\n  "steps": [\n    7]}', "p.json:3:5", "a step is a JSON object"),
        ('{"steps": [{"description": "x"}]}', "p.json:1:12", "SQL of step 1"),
        ('{"steps": [{"description": "x", "sql": " "}]}', "p.json:1:40", "SQL of step 1"),
        ('{"steps": [{"description": "x", "sql": []}]}', "p.json:1:40", "SQL of step 1"),
        ('{"steps": [{"description": "x", "sql": ["a", ""]}]}', "p.json:1:40", "SQL of step 1"),
        ('{"steps": [{"sql": "x"}]}', "p.json:1:12", "description"),
        ('{"steps": [{"description": "x", "sql": 1}]}', "p.json:1:40", "Expected"),
        (
            '{"steps": [{"description": "x", "sql": "x", "settles": [["a.b", []]]}]}',
            "p.json:1:65",
            "Expected `array` of length >= 1",
        ),
        ('{"steps": [], "judgment": 1}', "p.json:1:27", "unknown field 'judgment'"),
        ('{"steps": [], "extra": {}}', "p.json:1:24", "unknown field 'extra'"),
        (
            '{"steps": [], "undo": [{"description": "x", "sql": "y", "lokcs": []}]}',
            "p.json:1:66",
            "Did you mean 'locks'?",
        ),
    ],
)
def test_what_is_no_plan_is_refused_with_its_place(text: str, place: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(text.encode(), "p.json")
    assert place in caught.value.message
    assert words in str(caught.value)
    assert caught.value.name == "plan_validation_error"


def test_a_newer_format_is_refused_before_its_fields_are_looked_at() -> None:
    with pytest.raises(PlanError, match="format 2"):
        parse_plan(b'{"format": 2, "steps": [], "new": 1}', "p.json")


def test_a_file_that_is_something_else_says_so(tmp_path: Path) -> None:
    def refusal(name: str, content: bytes) -> str:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PlanError) as caught:
            read_plan(tmp_path / name)
        return str(caught.value)

    assert "is schema JSON, not a plan" in refusal("schema.json", b'{"tables": []}')
    assert "lockplane apply --from" in refusal("schema.lp.sql", b"CREATE TABLE t (a int);")
    assert "is SQL, not a plan" in refusal("dump.sql", b"")
    assert "UTF-8" in refusal("image.json", b"\x89PNG\xff")
    assert "--format text and sql are to read" in refusal("plan.txt", b"Plan 0123, 1 step")
    with pytest.raises(PlanError, match="No such file") as caught:
        read_plan(tmp_path / "missing.json")
    assert "lockplane plan --out FILE" in caught.value.hint
    with pytest.raises(PlanError, match="is a directory, not a plan") as caught:
        read_plan(tmp_path)
    assert f"lockplane apply --to {tmp_path}" in caught.value.hint


def test_validate_plan_reports_for_people_and_programs(lockplane: Shell) -> None:
    lockplane.write("good.json", write_plan(PLAN))
    done = lockplane("validate", "plan", "good.json")
    assert (done.code, done.out) == (0, "")
    assert "✓ Validation 1: PASS" in done.err
    done = lockplane("validate", "plan", "--format", "json", "--file", "good.json")
    assert (done.code, done.json) == (0, {"valid": True, "issues": []})

    lockplane.write("bad.json", '{"steps": [{"description": "x", "sql": ""}]}')
    lockplane("validate", "plan", "bad.json").refused("bad.json:1:40", "SQL of step 1")
    done = lockplane("validate", "plan", "bad.json", "--format", "json").refused()
    (issue,) = done.json["issues"]
    assert done.json["valid"] is False
    assert issue["code"] == "plan_validation_error"
    assert (issue["file"], issue["line"], issue["column"]) == ("bad.json", 1, 40)


def test_validate_plan_answers_programs_also_without_a_file(lockplane: Shell) -> None:
    done = lockplane("validate", "plan", "--format", "json", "missing.json").refused()
    assert "No such file" in done.json["issues"][0]["message"]


@pytest.mark.parametrize("form", ["text", "sql", "json"])
def test_formats_write_whole_documents(form: str) -> None:
    from lockplane_core.app import load_registry

    registry = load_registry()
    written = registry.formats["plan", form].render(PLAN)  # type: ignore[arg-type]  # by its key
    assert written.endswith("\n")
    assert "Create table users" in written
    empty = registry.formats["plan", form].render(Plan(dialect="toy", steps=()))  # type: ignore[arg-type]  # by its key
    assert "othing to do" in empty or json.loads(empty)["steps"] == []
