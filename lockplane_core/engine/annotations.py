"""Annotations: comments of schema files that say what SQL has no words for.

`-- lockplane: renamed_from=old_name` stands on a line of its own, right above what it is about.
It holds no state: in a database that has the old name it is done, in any other there is nothing
to do.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lockplane_core.algebra.spelling import key
from lockplane_core.algebra.tree import RENAMED
from lockplane_core.engine.json_text import parts, place
from lockplane_core.model.finding import Finding
from lockplane_core.model.intent import Intent
from lockplane_core.model.node import Span
from lockplane_core.model.statement import BODY, Document
from lockplane_core.nearest import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from lockplane_core.algebra.tree import Former
    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.statement import Comment, Declared, Statement

MARK = "lockplane:"
WRONG = "annotation"
STALE = "old_name"
_HOW = f"Write `-- {MARK} {RENAMED}=old_name` on a line of its own, right above the object."


class Annotations:
    """What annotations of some documents say, and what is wrong with them."""

    def __init__(self) -> None:
        self.intents: list[Intent] = []
        self.findings: list[Finding] = []


def read_annotations(
    bench: Bench, documents: Sequence[Document], statements: Iterable[Statement]
) -> Annotations:
    """The annotations of documents, each with what it is about."""
    found = Annotations()
    comments = [comment for document in documents for comment in _marked(bench, document)]
    if not comments:
        return found
    statements = tuple(statements)
    places = _places(statements, bench)
    for comment in comments:
        try:
            found.intents.append(_intent(bench, comment, places))
        except ValueError as error:
            found.findings.append(wrong(str(error), comment.span, _HOW))
    declared = {item.ref for statement in statements for item in statement.declares}
    found.findings += faults(found.intents, declared, bench.dialect.fold)
    found.findings += _left_behind(found.intents, statements)
    return found


def read_formers(bench: Bench, formers: Iterable[Former], path: str, text: str) -> Annotations:
    """The same said in schema JSON, which is `text`."""
    found = Annotations()
    formers = tuple(formers)
    for former in formers:
        span = Span(path, *place(text, parts(former.path)))
        try:
            found.intents.append(_meant(bench, former.ref, former.words, span))
        except ValueError as error:
            found.findings.append(wrong(str(error), span, "Write the old name as SQL does."))
    return found


def annotated(bench: Bench, sql: str, intents: Mapping[Ref, Intent]) -> tuple[str, set[Ref]]:
    """A statement with its annotations, each above what it is about; and what those are about."""
    if not intents:
        return sql, set()
    parsed = bench.stages.parse(Document("", sql))
    spots: dict[Ref, Span] = {}
    for span, item in _places(parsed.statements, bench).items():
        spots.setdefault(item.ref, span)
    lines = sql.split("\n")
    found = sorted(((spots[ref], ref) for ref in intents if ref in spots), reverse=True)
    for span, ref in found:
        intent = intents[ref]
        words = bench.kinds[ref.kind].spelled(intent.old, ref, bench.dialect)
        line = lines[span.line - 1]
        before, after = line[: span.column - 1], line[span.column - 1 :]
        margin = line[: len(line) - len(line.lstrip())]
        head = [before.rstrip()] if before.strip() else []
        comment = f"{margin}-- {MARK} {RENAMED}={words}"
        lines[span.line - 1 : span.line] = [*head, comment, f"{margin}{after}"]
    return "\n".join(lines), {ref for _, ref in found}


def _left_behind(intents: Iterable[Intent], statements: Iterable[Statement]) -> Iterator[Finding]:
    """Sources of routines that still say an old name: no server renames anything in a text."""
    became = {intent.old.path: intent for intent in intents}
    for statement in statements:
        for item in statement.requires:
            intent = became.get(item.ref.path)
            if item.detail == BODY and intent is not None and statement.declares:
                yield Finding(
                    id=STALE,
                    severity="warning",
                    message=f"{statement.declares[0].ref} still names {intent.old}",
                    ref=statement.declares[0].ref,
                    span=item.span,
                    suggestion=f"Write {intent.new.name}, which is its name then.",
                )


def _marked(bench: Bench, document: Document) -> list[Comment]:
    if MARK not in document.text:
        return []
    return [c for c in bench.dialect.comments(document) if c.text.startswith(MARK)]


def _places(statements: Iterable[Statement], bench: Bench) -> Mapping[Span, Declared]:
    """What is declared at a place; a statement is where its first object is."""
    places: dict[Span, Declared] = {}
    for statement in statements:
        items = [item for item in statement.declares if item.ref.kind in bench.kinds]
        for span, item in [(statement.span, item) for item in items[:1]] + [
            (item.span, item) for item in items
        ]:
            places.setdefault(span, item)
    return places


def _intent(bench: Bench, comment: Comment, places: Mapping[Span, Declared]) -> Intent:
    """What an annotation says. Raises `ValueError` that says what is wrong with it."""
    word, equals, value = comment.text[len(MARK) :].partition("=")
    word = word.strip()
    if word != RENAMED:
        raise ValueError(f"unknown annotation {word!r}. {meant(word, [RENAMED])}".rstrip(". "))
    if not equals or not value.strip():
        raise ValueError(f"{RENAMED} names no object")
    if not comment.alone:
        raise ValueError("this annotation stands behind something else on its line")
    item = places.get(comment.before) if comment.before else None
    if item is None:
        raise ValueError("nothing that has a name is declared right below this annotation")
    return _meant(bench, item.ref, value.strip(), comment.span)


def _meant(bench: Bench, ref: Ref, words: str, span: Span) -> Intent:
    """The intent of `renamed_from` with these words. Raises `ValueError`."""
    kind = bench.kinds[ref.kind]
    try:
        old = kind.former(ref, kind.said(words, bench.dialect))
    except ValueError as error:
        raise ValueError(f"{RENAMED}={words} names no {ref.noun}: {error}") from error
    return Intent(old=old, new=ref, span=span)


def faults(
    intents: Sequence[Intent], declared: Iterable[Ref], fold: Callable[[str], str]
) -> Iterator[Finding]:
    """What can not be meant, whatever the database is like."""
    news = {key(intent.new, fold) for intent in intents}
    there = {key(ref, fold) for ref in declared} - news
    olds = Counter(key(intent.old, fold) for intent in intents)
    twice = Counter(key(intent.new, fold) for intent in intents)
    for intent in intents:
        old = key(intent.old, fold)
        if old == key(intent.new, fold):
            yield wrong(f"{intent.new} has this very name", intent.span, "Delete the annotation.")
        elif olds[old] > 1:
            said = f"{intent.old} can not have become two objects"
            yield wrong(said, intent.span, "Keep one of the annotations that name it.")
        elif twice[key(intent.new, fold)] > 1:
            said = f"{intent.new} can not have had two names"
            yield wrong(said, intent.span, "Keep one of its annotations.")
        elif old in there:
            said = f"{intent.old} is declared as well, so {intent.new} can not be what it became"
            yield wrong(said, intent.span, "Remove that declaration, or the annotation.")


def wrong(message: str, span: Span, suggestion: str) -> Finding:
    """An error in an annotation."""
    return Finding(id=WRONG, severity="error", message=message, span=span, suggestion=suggestion)
