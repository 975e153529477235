"""Formats as their readers take them: GitHub's runner, Markdown, SARIF's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.app import load_registry
from lockplane_core.builtin.formats import NAMES
from lockplane_core.builtin.formats.findings_github import GithubFindings
from lockplane_core.builtin.formats.findings_markdown import MarkdownFindings
from lockplane_core.builtin.formats.findings_sarif import SarifFindings
from lockplane_core.builtin.formats.markdown import code, fenced, plain
from lockplane_core.builtin.formats.places import in_repository
from lockplane_core.builtin.formats.plan_markdown import MarkdownPlan
from lockplane_core.builtin.formats.plan_sql import SqlPlan
from lockplane_core.builtin.formats.plan_text import TextPlan
from lockplane_core.engine.json_text import token_end
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span
from lockplane_core.model.plan import Plan, UndoStep
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Lock, Step

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.plugins.registry import Registry

USERS = Ref("toy.table", ("users",))
FINDING = Finding(
    id="no_primary_key",
    code="LP105",
    severity="warning",
    message="100% wrong:\nno, no key",
    ref=USERS,
    span=Span("a,b:c.lp.sql", 3, 5),
    end=(3, 9),
    suggestion="Add one.",
)
LOOSE = Finding(id="connection", severity="error", message="nobody answers", step=2)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """What the core brings."""
    monkeypatch.setenv("LOCKPLANE_NO_PLUGINS", "1")
    return load_registry()


def test_the_table_of_names_is_what_the_core_registers(registry: Registry) -> None:
    found = {(writes, name) for writes, names in NAMES.items() for name in names}
    assert found == set(registry.formats)


# -- GitHub --------------------------------------------------------------------------------


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command, taken apart as GitHub's runner does it."""
    head, _, data = line.removeprefix("::").partition("::")
    name, _, rest = head.partition(" ")
    pairs = (pair.partition("=") for pair in rest.split(","))
    return name, {key: _unescaped(value) for key, _, value in pairs}, _unescaped(data)


def _unescaped(text: str) -> str:
    for escaped, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, char)
    return text


def test_an_annotation_survives_the_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (line,) = GithubFindings().render([FINDING]).splitlines()
    assert read_command(line) == (
        "warning",
        {
            "file": "a,b:c.lp.sql",
            "line": "3",
            "col": "5",
            "endLine": "3",
            "endColumn": "9",
            "title": "LP105 no_primary_key",
        },
        "100% wrong:\nno, no key\nAdd one.",
    )


def test_an_annotation_without_a_place_says_which_step() -> None:
    assert GithubFindings().render([LOOSE]) == (
        "::error title=connection::Step 2: nobody answers\n"
    )
    assert GithubFindings().render([]) == ""


def test_files_are_named_from_the_root_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop/.git").mkdir(parents=True)
    (tmp_path / "shop/api/schema").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "shop/api")
    assert in_repository("schema/a.lp.sql") == "api/schema/a.lp.sql"
    assert in_repository("../b.lp.sql") == "b.lp.sql"
    assert in_repository(str(tmp_path / "shop/c.lp.sql")) == "c.lp.sql"
    assert in_repository("../../d.lp.sql") == str(tmp_path / "d.lp.sql")


# -- SARIF ---------------------------------------------------------------------------------


def test_sarif_names_files_as_addresses(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    monkeypatch.chdir(tmp_path)
    odd = Finding(id="x", severity="info", message="m", span=Span("a b/ü#1.sql", 1))
    beyond = Finding(id="x", severity="info", message="m", span=Span("/no where/x.sql", 1))
    log = json.loads(SarifFindings(lambda: registry).render([odd, beyond, LOOSE]))
    (run,) = log["runs"]
    first, second, third = run["results"]
    assert _artifact(first) == {"uri": "a%20b/%C3%BC%231.sql", "uriBaseId": "%SRCROOT%"}
    assert _artifact(second) == {"uri": "file:///no%20where/x.sql"}
    assert first["level"] == "note"
    assert "locations" not in third
    assert third["properties"] == {"step": 2}
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def _artifact(result: dict[str, Any]) -> Any:
    return result["locations"][0]["physicalLocation"]["artifactLocation"]


# -- Markdown ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("users", "`users`"),
        ("a|b", "`a\\|b`"),
        ("a`b", "``a`b``"),
        ("`a`", "`` `a` ``"),
        ("a\n b", "`a b`"),
    ],
)
def test_code_in_markdown_stays_what_it_is(text: str, wanted: str) -> None:
    assert code(text) == wanted


def test_text_in_markdown_stays_what_it_is() -> None:
    assert plain("Drop *x*|<b>_y_\n#1 @me") == "Drop \\*x\\*\\|\\<b\\>\\_y\\_ \\#1 \\@me"
    assert fenced("a ``` b", "sql") == "````sql\na ``` b\n````"


def test_findings_in_markdown_are_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = MarkdownFindings().render([FINDING, LOOSE])
    assert text.startswith("### Lockplane: 1 error, 1 warning\n")
    assert (
        "| ⚠️ | `a,b:c.lp.sql:3` | 100% wrong: no, no key<br>Add one. | `no_primary_key` |" in text
    )
    assert "| ❌ | step 2 | nobody answers | `connection` |" in text
    assert MarkdownFindings().render([]) == "### Lockplane: ✓ nothing found\n"


STEPS = (
    Step(description="Drop table users", sql=("DROP TABLE users",), effects=("data_loss",)),
    Step(
        description="Create index on `we|ird`",
        sql=("CREATE INDEX x -- why", "ANALYZE"),
        locks=(Lock(USERS, "SHARE", ("writes",)),),
        transaction="outside",
    ),
)


def test_a_plan_in_markdown_warns_before_it_lists(registry: Registry) -> None:
    undo = (UndoStep(step=Step(description="Rollback: x", sql=("X",)), undoes=(2,)),)
    text = MarkdownPlan(lambda: registry).render(Plan(dialect="toy", steps=STEPS, undo=undo))
    assert "2 steps, 2 transactions." in text
    assert "> **Data is lost**: step 1\n" in text
    assert "> **No rollback is known**: step 1\n" in text
    assert "| 1 | Drop table users | **loses data** |  |" in text
    assert (
        "| 2 | Create index on \\`we\\|ird\\` |  | `table users`: SHARE, blocks writes<br>" in text
    )
    assert "-- 2. Create index on `we|ird`\nCREATE INDEX x -- why\n;\nANALYZE;\n```" in text
    assert text.index("Data is lost") < text.index("| 1 |") < text.index("SQL of the rollback")


def test_a_plan_in_text_says_what_it_means(registry: Registry) -> None:
    step = Step(
        description="Add constraint k to table users",
        sql=("ALTER TABLE users ADD CHECK (k)", "ANALYZE"),
        effects=("scan", "breaking"),
        locks=(Lock(USERS, "EXCLUSIVE", ("reads", "writes", "ddl")), Lock(USERS, "SHARE")),
        guards=(Guard(query="SELECT 1", message="rows of users break k"),) * 2,
    )
    text = TextPlan(lambda: registry).render(Plan(dialect="toy", steps=(step,)))
    assert text.splitlines()[2:] == [
        "  1. Add constraint k to table users",
        "       ALTER TABLE users ADD CHECK (k);",
        "       ANALYZE;",
        "       ! reads every row, may break programs that expect the schema as it was",
        "       ! apply refuses the plan if rows of users break k",
        "       - locks table users: EXCLUSIVE, blocks reads, writes and schema changes",
        "       - locks table users: SHARE",
    ]


def test_a_plan_that_does_nothing_says_so(registry: Registry) -> None:
    nothing = Plan(dialect="toy", steps=())
    assert MarkdownPlan(lambda: registry).render(nothing) == "### Lockplane: nothing to do\n"
    assert SqlPlan(lambda: registry).render(nothing) == "-- Nothing to do.\n"


# -- places in JSON ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "end"), [('"a\\"b", 1', 6), ("{", 1), ("[1]", 1), ("true,", 4), ("-1.5}", 4), ("x", 0)]
)
def test_a_token_of_json_ends(text: str, end: int) -> None:
    assert token_end(text, 0) == end
