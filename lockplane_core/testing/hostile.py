"""Hostile input: what people and broken programs hand to a reader, made from what it can read.

A law over it says that the input is read, or refused with an error of ours, in a moment.
"""

from __future__ import annotations

import copy
import json
import signal
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import FrameType

    from hypothesis.strategies import DrawFn, SearchStrategy

    from lockplane_core.model.finding import Finding

LIMIT = 5.0
"""Seconds of CPU that reading one input, in all the ways that a law asks for, may take."""
_MOST_EDITS = 5
_OFTEN = (1, 1, 2, 3, 40, 700, 1500)
"""How often a piece stands in a row: deep nesting and huge literals are repetitions."""
_SIGNS = (
    *"()[]{}'\"`$;,.:\\/*-=#%&|^~<>!?@ \t\n\r\0",
    "--", "/*", "*/", "''", '""', "$$", "\\.", "\r\n", "\ufeff", "\u00a0", "\u2028", "\x85", "\x1a",
    "é", "İ", "ß", "\u0301", "漢字", "\U0001f600", "0", "9" * 30, "1e999", "-1", "NULL", "null",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, 2**63, 10**30, "", "x", " ", "\0", "\ud800", "é\u0301",
    "\U0001f600", "'", '"', ";", "--", "a.b", "x" * 3000, [], {}, [[]], [None], {"name": None},
    {"": ""}, {"name": "x"}, ["x"], {"$schema": 1}, {"x-own": {}},
)  # fmt: skip
_CODES = ("utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252")
_BYTES = (b"\0", b"\xff", b"\xfe\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x1b[2J")


class Hangs(BaseException):
    """A reader that is still at it; no `Exception`, so that no reader takes it for its own."""


class Law(NamedTuple):
    """A law over inputs: `holds` raises `AssertionError` where one breaks it."""

    inputs: SearchStrategy[Any]
    holds: Callable[[Any], None]

    def tried(self, examples: int, seed: int | None = None) -> None:
        """Try it on so many inputs, the same ones for the same seed. Raises what they break."""

        @given(self.inputs)
        def holds(given: Any) -> None:
            try:
                with moment():
                    self.holds(given)
            except Hangs as problem:  # smaller ones would take as long to look for
                problem.add_note(f"with what is in {_kept(given)}")
                raise

        law = holds if seed is None else hypothesis.seed(seed)(holds)
        hypothesis.settings(
            max_examples=examples,
            derandomize=seed is None,
            database=None,
            deadline=None,
            print_blob=True,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        )(law)()


def _kept(given: Any) -> str:
    """A file with an input that may be too large to be shown."""
    with NamedTemporaryFile("w", prefix="lockplane-hangs-", suffix=".txt", delete=False) as file:
        file.write(repr(given))
    return file.name


@contextmanager
def moment(limit: float = LIMIT) -> Iterator[None]:
    """What is done inside takes no more CPU than `limit`; what hangs is stopped there."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Hangs(f"after {limit} seconds of CPU")

    before, begin = signal.signal(signal.SIGPROF, stop), time.process_time()
    # Again and again: what a driver calls back may lose an exception.
    signal.setitimer(signal.ITIMER_PROF, limit, limit / 5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    taken = time.process_time() - begin
    if taken >= limit:  # in C, where nothing could stop it
        raise Hangs(f"for {taken:.1f} seconds of CPU")


# -- what laws share -----------------------------------------------------------------------------


@cache
def lockplane(dialect: str) -> Lockplane:
    """The API for a dialect, without settings of a project."""
    return Lockplane(load_registry(), Settings(dialect=dialect, schemas=("*",)))


def folder() -> Path:
    """A folder of this process, for as long as it lives."""
    return Path(_home().name)


@cache
def _home() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="lockplane-fuzz-", ignore_cleanup_errors=True)


def stand(text: str, findings: Iterable[Finding]) -> None:
    """Findings stand in the text, from beginning to end. Raises `AssertionError`."""
    lines = text.split("\n")
    for finding in findings:
        places = [(finding.span.line, finding.span.column)] if finding.span else []
        places += [finding.end] if finding.end else []
        for line, column in places:
            assert 1 <= line <= len(lines), (line, len(lines), finding)
            assert 1 <= column <= len(lines[line - 1]) + 1, (column, lines[line - 1], finding)
        assert places == sorted(places), finding


# -- texts -----------------------------------------------------------------------------------


@st.composite
def texts(draw: DrawFn, seeds: Sequence[str], pieces: Sequence[str] = ()) -> str:
    """A seed with parts cut out, put in, doubled or repeated; `pieces` are words that matter."""
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, _MOST_EDITS))):
        text = _edited(draw, text, seeds, (*_SIGNS, *pieces))
    return text


def _edited(draw: DrawFn, text: str, seeds: Sequence[str], pieces: Sequence[str]) -> str:
    start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    match draw(st.sampled_from(("put", "put", "cut", "replace", "truncate", "twice", "splice"))):
        case "put":
            return text[:start] + _repeated(draw, pieces) + text[start:]
        case "cut":
            return text[:start] + text[min(end, start + draw(st.integers(1, 30))) :]
        case "replace":
            return text[:start] + _repeated(draw, pieces) + text[start + 1 :]
        case "truncate":
            return text[:start]
        case "twice":
            return text[:end] + text[start:]
        case _:
            other = draw(st.sampled_from(seeds))
            return text[:start] + other[draw(st.integers(0, len(other))) :]


def _repeated(draw: DrawFn, pieces: Sequence[str]) -> str:
    return draw(st.sampled_from(pieces)) * draw(st.sampled_from(_OFTEN))


@st.composite
def files(draw: DrawFn, contents: SearchStrategy[str]) -> bytes:
    """A text as bytes: mostly UTF-8, sometimes of another encoding, other line ends, or broken."""
    text = draw(contents)
    ending = draw(st.sampled_from(("\n", "\n", "\n", "\r\n", "\r")))
    text = text if ending == "\n" else text.replace("\n", ending)
    if draw(st.integers(0, 9)):
        return text.encode(errors="surrogatepass")
    data = text.encode(draw(st.sampled_from(_CODES)), errors="replace")
    at = draw(st.integers(0, len(data)))
    return data[:at] + draw(st.sampled_from(_BYTES)) + data[at:]


# -- JSON ------------------------------------------------------------------------------------


@st.composite
def json_texts(draw: DrawFn, seeds: Sequence[str]) -> str:
    """JSON whose values are of other types, missing or doubled, under other names; or cut up."""
    tree = copy.deepcopy(json.loads(draw(st.sampled_from(seeds))))
    for _ in range(draw(st.integers(0, _MOST_EDITS))):
        _change(draw, tree)
    text = json.dumps(tree, indent=draw(st.sampled_from((None, 2))))
    return text if draw(st.integers(0, 3)) else draw(texts([text], ("[", '{"tables":[')))


def _change(draw: DrawFn, tree: Any) -> None:
    """One value somewhere in the tree becomes another one."""
    places = list(_places(tree))
    if not places:
        return
    holder, key = draw(st.sampled_from(places))
    match draw(st.sampled_from(("value", "value", "cut", "name", "wrap", "copy"))):
        case "value":
            holder[key] = copy.deepcopy(draw(st.sampled_from(_VALUES)))
        case "cut":
            del holder[key]
        case "wrap":
            for _ in range(draw(st.sampled_from((1, 2, 300)))):
                holder[key] = [holder[key]]
        case "copy":
            other, source = draw(st.sampled_from(places))
            holder[key] = copy.deepcopy(other[source])
        case _ if isinstance(holder, dict):
            holder[draw(st.sampled_from(("x", "", "name_", "x-own", f"{key}s")))] = holder.pop(key)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Each value below a tree, as what holds it and its key there."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree))
    for key in keys:
        yield tree, key
        if isinstance(tree[key], (dict, list)):
            yield from _places(tree[key])
