"""Partly: which statements of a changed schema must run again to know all that it makes.

Someone ran the statements of a schema once and read what they made. Now a few of them are others.
What those are about, what stands on it and what it needs is made again; the rest is known.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.algebra.closure import closure, root_of
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node

_ON_ITSELF = frozenset({"table", "view", "sequence"})
"""Roles of what is made on nothing else, though it may require something."""


class Said(msgspec.Struct, frozen=True, array_like=True):
    """A statement that was run: a digest of its text and what it is about.

    One that is `alone` changes nothing of what other statements make.
    """

    digest: str
    about: tuple[Ref, ...]
    alone: bool


class Resolved(msgspec.Struct, frozen=True):
    """Statements, and the catalog that was read after they ran."""

    statements: tuple[Said, ...]
    catalog: Any


class Part(msgspec.Struct, frozen=True):
    """The statements to run again, and the roots in the known catalog that they make anew.

    Of `changed` roots something may be gone afterwards.
    """

    statements: tuple[Statement, ...]
    roots: frozenset[Ref]
    changed: frozenset[Ref]


def said(statement: Statement, *, alone: bool) -> Said:
    """What to remember of a statement."""
    digest = hashlib.sha256(statement.sql.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Said(digest, tuple(_about(statement)), alone)


def _about(statement: Statement) -> Iterator[Ref]:
    """What a statement declares, and what that is on."""
    yield from dict.fromkeys(item.ref for item in statement.declares)
    is_on_itself = statement.verb == "create" and statement.role in _ON_ITSELF
    if statement.requires and (not is_on_itself or "derived" in statement.modifiers):
        yield statement.requires[0].ref  # a partition: what refers to the table refers to it, too


def part(
    known: Resolved, statements: Sequence[Statement], is_alone: Callable[[Statement], bool]
) -> Part | None:
    """What of a schema to run, if it was known as `known`; None where all of it must be."""
    if any("last" in statement.modifiers for statement in statements):
        return None  # what acts on the statements behind it
    now = [said(statement, alone=is_alone(statement)) for statement in statements]
    come, gone = _apart(now, known.statements), _apart(known.statements, now)
    if not all(one.alone for one in (*come, *gone)):
        return None
    return _Search(known.catalog, statements, now).run(come, gone)


def _apart(these: Iterable[Said], those: Iterable[Said]) -> list[Said]:
    """Those of the first that have no equal among the second."""
    left = Counter(one.digest for one in those)
    found = []
    for one in these:
        if left[one.digest]:
            left[one.digest] -= 1
        else:
            found.append(one)
    return found


class _Search:
    """Goes from changed statements to all that must be there for them."""

    def __init__(
        self, catalog: Catalog, statements: Sequence[Statement], now: Sequence[Said]
    ) -> None:
        self.catalog = catalog
        self.statements = statements
        self.now = now
        self.places = [self._roots(one.about) for one in now]
        self.about: defaultdict[Ref, list[int]] = defaultdict(list)
        self.makers: defaultdict[Ref, list[int]] = defaultdict(list)
        for number, statement in enumerate(statements):
            for root in self.places[number]:
                self.about[root].append(number)
            for item in statement.declares:
                self.makers[item.ref].append(number)
        self.roots: set[Ref] = set()
        self.todo: list[int] = []

    def run(self, come: Sequence[Said], gone: Sequence[Said]) -> Part | None:
        new = {one.digest for one in come}
        if any(not p and s.digest not in new for p, s in zip(self.places, self.now, strict=True)):
            return None  # a statement that was run, and nothing tells what it made
        changed = {ref for one in (*come, *gone) for ref in one.about}
        self.todo = [number for number, one in enumerate(self.now) if one.digest in new]
        self._want(closure(self.catalog, changed))
        chosen = self._chosen()
        again = tuple(self.statements[number] for number in sorted(chosen))
        return Part(again, frozenset(self.roots), frozenset(self._roots(changed)))

    def _chosen(self) -> set[int]:
        chosen: set[int] = set()
        while self.todo:
            number = self.todo.pop()
            if number not in chosen:
                chosen.add(number)
                needs = [item.ref for item in self.statements[number].requires]
                self.todo += [maker for ref in needs for maker in self.makers.get(ref, ())]
                self._want(closure(self.catalog, [*self.places[number], *needs], dependants=False))
        return chosen

    def _want(self, refs: Iterable[Ref]) -> None:
        for root in self._roots(refs) - self.roots:
            self.roots.add(root)
            self.todo += self.about[root]

    def _roots(self, refs: Iterable[Ref]) -> set[Ref]:
        return {root_of(self.catalog, ref) for ref in refs if ref in self.catalog}


def merged(known: Resolved, again: Part, found: Catalog) -> Catalog | None:
    """The whole catalog: what was made again, and the rest as it was.

    None where the two do not fit: they claim one name, or something is gone that nothing said.
    """
    kept: dict[Ref, Node] = {}
    for node in known.catalog:
        root = root_of(known.catalog, node.ref)
        if root not in again.roots:
            kept[node.ref] = node
        elif node.ref not in found and root not in again.changed:
            return None
    for node in found:
        twin = kept.get(node.ref)
        if twin is not None and twin.body != node.body:
            return None
    return found.replace([*kept.values(), *(node for node in found if node.ref not in kept)])
