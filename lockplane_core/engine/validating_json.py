"""Validating schema JSON without a database: syntax, fields and types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lockplane_core.engine import extents, json_text, states
from lockplane_core.errors import SourceError, UsageError
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span

if TYPE_CHECKING:
    from lockplane_core.engine.bench import Bench
    from lockplane_core.engine.sources import Source

INVALID = "schema_validation_error"


def schema_json(bench: Bench, source: Source) -> list[Finding]:
    """What keeps a file from being schema JSON; its first fault at most.

    Raises `SourceError` for a file that can not be read as text at all.
    """
    if source.form != "json":
        raise UsageError(f"{source} is no file of schema JSON")
    text = _text(source.value)
    try:
        states.from_json(bench, source.value)
    except SourceError as error:
        message = error.message.removeprefix(f"{source.value}: ")
        finding = Finding(
            id=INVALID,
            severity="error",
            message=message,
            span=Span(source.value, *_place(text, message)),
            suggestion=error.hint,
        )
        return extents.in_texts([finding], {source.value: text}, bench.dialect)
    return []


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not a text file in UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error


def _place(text: str, message: str) -> tuple[int, int]:
    """Where the fault is: at the JSON path that the message names, or where the syntax breaks."""
    path = next((word for word in message.split() if word.startswith("$")), "")
    if not path:
        _, line, column = json_text.fault(text)
        return line, column
    _, unknown, field = message.partition("unknown field ")
    parts = json_text.parts(path.rstrip(":"))
    return json_text.place(text, [*parts, field.strip("`'")] if unknown else parts)
