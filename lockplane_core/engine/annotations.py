"""Annotations: comments of schema files that say what SQL has no words for.

`-- lockplane: renamed_from=old_name` stands on a line of its own, right above what it is about.
It holds no state: in a database that has the old name it is done, in any other there is nothing
to do.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lockplane_core.algebra.spelling import key
from lockplane_core.model.finding import Finding
from lockplane_core.model.intent import Intent
from lockplane_core.model.statement import BODY
from lockplane_core.nearest import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.node import Span
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.statement import Comment, Declared, Document, Statement

MARK = "lockplane:"
RENAMED = "renamed_from"
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
    kind = bench.kinds[item.ref.kind]
    try:
        old = kind.former(item.ref, bench.dialect.names_in(value.strip()))
    except ValueError as error:
        raise ValueError(f"{RENAMED}={value.strip()} names no {item.ref.noun}: {error}") from error
    return Intent(old=old, new=item.ref, span=comment.span)


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
