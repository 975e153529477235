"""Extents: where in its file each finding ends, so that an editor can underline just that."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.engine import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.dialect import Dialect

    TokenEnd = Callable[[str, int], int]


def from_files(findings: Iterable[Finding], dialect: Dialect) -> list[Finding]:
    """Each finding with its end; as it is where it names no file, or one that can not be read."""
    findings = list(findings)
    names = dict.fromkeys(finding.span.file for finding in findings if finding.span)
    texts = {name: text for name in names if (text := _text(name)) is not None}
    return in_texts(findings, texts, dialect)


def in_texts(
    findings: Iterable[Finding], texts: Mapping[str, str], dialect: Dialect
) -> list[Finding]:
    """Each finding with its end, by the token that begins where it does in the text of its file."""
    known: dict[str, _Extents] = {}
    for name, text in texts.items():
        token_end = json_text.token_end if name.endswith(".json") else dialect.token_end
        known[name] = _Extents(text, token_end)
    return [_ended(finding, known) for finding in findings]


def in_json(finding: Finding) -> Finding:
    """A finding about a file of JSON with its end, if the file can be read."""
    text = _text(finding.span.file) if finding.span else None
    if finding.span is None or text is None:
        return finding
    return _ended(finding, {finding.span.file: _Extents(text, json_text.token_end)})


def _ended(finding: Finding, known: Mapping[str, _Extents]) -> Finding:
    span = finding.span
    if span is None or finding.end or span.file not in known:
        return finding
    return msgspec.structs.replace(finding, end=known[span.file].end(span.line, span.column))


def _text(name: str) -> str | None:
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):  # a name of the kind `exec:…`, or no text
        return None


class _Extents:
    """One text, and the ends of its tokens."""

    def __init__(self, text: str, token_end: TokenEnd) -> None:
        self.text, self.token_end = text, token_end
        lengths = [len(line) + 1 for line in text.split("\n")]
        self.starts = list(accumulate(lengths[:-1], initial=0))

    def end(self, line: int, column: int) -> tuple[int, int] | None:
        """Line and column just behind the token at a place; None for a place that is not there."""
        if not 0 < line <= len(self.starts):
            return None
        at = self.token_end(self.text, self.starts[line - 1] + column - 1)
        last = bisect_right(self.starts, at)
        return last, at - self.starts[last - 1] + 1
