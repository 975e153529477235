from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.builtin.formats.findings_json import JsonFindings
from lockplane_core.builtin.formats.findings_text import TextFindings
from lockplane_core.cli import exit_codes, output
from lockplane_core.engine import json_text
from lockplane_core.errors import Busy, LockplaneError, SourceError, UsageError
from lockplane_core.log import Log, redact
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span
from lockplane_core.model.record import ErrorRecord, RunResult

if TYPE_CHECKING:
    from pathlib import Path

FINDINGS = [
    Finding(
        id="syntax_error",
        severity="error",
        message='syntax error at or near "SERIAL"',
        span=Span("schema.lp.sql", 5, 3),
    ),
    Finding(
        id="syntax_error",
        severity="error",
        message='syntax error at or near "TEXT"',
        span=Span("schema.lp.sql", 19),
    ),
]
WARNING = Finding(
    id="no_primary_key",
    code="LP105",
    severity="warning",
    message="table t has no primary key",
    span=Span("w.lp.sql", 1),
    suggestion="Add one.",
)


def test_syntax_errors_are_told_as_in_the_readme() -> None:
    assert TextFindings().render(FINDINGS) == (
        "✗ SQL syntax errors in schema.lp.sql:\n"
        "\n"
        '  Line 5: syntax error at or near "SERIAL"\n'
        '  Line 19: syntax error at or near "TEXT"\n'
        "\n"
        "Found 2 syntax error(s). Please fix these before running validation.\n"
    )


def test_other_findings_are_told_by_file_with_their_names() -> None:
    assert TextFindings().render([WARNING]) == (
        "⚠ w.lp.sql:\n"
        "\n"
        "  Line 1: warning: table t has no primary key [no_primary_key, LP105]\n"
        "    Add one.\n"
        "\n"
        "Found 1 warning.\n"
    )
    assert TextFindings().render([]) == ""


def test_findings_as_json_have_the_shape_of_the_readme() -> None:
    found = json.loads(JsonFindings().render(FINDINGS[:1]))
    assert found == {
        "valid": False,
        "issues": [
            {
                "file": "schema.lp.sql",
                "line": 5,
                "column": 3,
                "severity": "error",
                "message": 'syntax error at or near "SERIAL"',
                "code": "syntax_error",
            }
        ],
    }
    warned = json.loads(JsonFindings().render([WARNING]))
    assert warned["valid"] is True
    assert warned["issues"][0]["code"] == "no_primary_key"
    assert json.loads(JsonFindings().render([])) == {"valid": True, "issues": []}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://me:s3cret@h/d?x=1", "postgres://me:***@h/d?x=1"),
        ("postgres://me:s3@cr/et@h/d", "postgres://me:***@h/d"),
        ("at 'postgres://me:x@h/d' and", "at 'postgres://me:***@h/d' and"),
        ("host=h password=s3cret user=me", "host=h password=*** user=me"),
        ("password = 'a b' user=me", "password = *** user=me"),
        ("libsql://h/d?authToken=abc&x=1", "libsql://h/d?authToken=***&x=1"),
        ("postgres://h:5432/d", "postgres://h:5432/d"),
        ("mail me@h.org", "mail me@h.org"),
    ],
)
def test_passwords_are_taken_out_of_every_text(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_the_log_is_silent_until_somebody_listens_and_knows_no_password() -> None:
    stream = io.StringIO()
    log = Log()
    log.info("dropped")
    log.listen(stream)
    log.debug("connected", address="postgres://me:s3cret@h/d")
    (line,) = stream.getvalue().splitlines()
    assert "event=connected" in line
    assert "s3cret" not in line


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert output.has_colour()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not output.has_colour()
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    assert not output.has_colour()


def test_a_file_is_saved_in_one_go_and_through_links(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old", "utf-8")
    link.symlink_to(real)
    output.save(link, "new")
    assert real.read_text("utf-8") == "new"
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "real.json"]
    with pytest.raises(SourceError, match="No such file"):
        output.save(tmp_path / "no" / "file", "x")


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    import os

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    output.save(pipe, "text")
    assert os.read(reader, 10) == b"text"
    os.close(reader)


@pytest.mark.parametrize(
    ("error", "code"), [(LockplaneError("x"), 1), (UsageError("x"), 2), (Busy("x"), 75)]
)
def test_errors_have_exit_codes(error: LockplaneError, code: int) -> None:
    assert exit_codes.of_error(error) == code


@pytest.mark.parametrize(
    ("name", "code"), [("busy", 75), ("interrupted", 143), ("execution_failed", 1), ("", 1)]
)
def test_results_have_exit_codes(name: str, code: int) -> None:
    record = ErrorRecord(code=name, message="x") if name else None
    failed = RunResult(success=False, steps_applied=0, error=record)
    assert exit_codes.of_result(failed, 143) == code
    assert exit_codes.of_result(RunResult(success=True, steps_applied=1), 143) == 0


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ('{"a": [1, {"b": 2}]}', ["a", 1, "b"], (1, 17)),
        ('{\n "a": [\n  1,\n  {"b" : 2}\n ]}', ["a", 1, "b"], (4, 10)),
        ('{"a": 1}', ["a", "b"], (1, 7)),
        ('{"a": 1}', ["z"], (1, 1)),
        ("[[], {}]", [1], (1, 6)),
        ("[]", [3], (1, 1)),
        ("7", [0], (1, 1)),
    ],
)
def test_a_value_of_json_is_found_in_its_text(
    text: str, path: list[str | int], place: tuple[int, int]
) -> None:
    assert json_text.place(text, path) == place


def test_a_path_of_msgspec_is_taken_apart() -> None:
    assert json_text.parts("$.steps[0].sql[...]") == ["steps", 0, "sql", "*"]
    assert json_text.parts("$") == []


def test_json_for_people_keeps_what_it_says() -> None:
    value: dict[str, Any] = {
        "a": [],
        "b": {},
        "é": [{"x": ["y" * 60, "z" * 60]}],
        "n": None,
        "l": [1, 2],
    }
    text = json_text.pretty(value)
    assert json.loads(text) == value
    assert '"l": [1, 2]' in text
    assert json_text.pretty({"tables": []}) == '{\n  "tables": []\n}\n'
