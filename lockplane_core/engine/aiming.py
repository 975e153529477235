"""Aiming: what of the annotations is left to do in one database, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.algebra.rename import in_turn, moved, moving
from lockplane_core.algebra.spelling import key
from lockplane_core.engine import loading
from lockplane_core.engine.annotations import wrong
from lockplane_core.model.text import map_text
from lockplane_core.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from lockplane_core.algebra.spelling import Key
    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.intent import Intent
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Renamed


_MADE_AGAIN = ("constraint", "index", "trigger", "view")
"""Roles of what holds nothing of its own."""


class Aim:
    """The pairs to rename, and a catalog that moves along with them.

    An object is renamed before what is in it: the annotation of a column names it below the new
    name of its table.
    """

    def __init__(self, bench: Bench, before: Catalog, after: Catalog) -> None:
        self.bench, self.now, self.after = bench, before, after
        self.pairs: list[Renamed] = []
        self.notices: list[str] = []
        self.findings: list[Finding] = []

    def run(self, intents: Sequence[Intent]) -> Self:
        """Work them out. Raises `InvalidSource` for those that can not be meant."""
        kinds = self.bench.kinds
        for tag in kinds:
            same = [intent for intent in intents if intent.new.kind == tag]
            for pair in in_turn(_Level(self, same).to_do() if same else {}, self.now, kinds):
                self.pairs.append(pair)
                self.now = moved(self.now, moving(self.now, pair.old, pair.new, kinds), kinds)
        loading.refuse([], self.findings)
        return self


class _Level:
    """The annotations of objects of one kind, compared with what is there."""

    def __init__(self, aim: Aim, intents: Sequence[Intent]) -> None:
        self.aim, self.intents = aim, intents
        self.fold = aim.bench.dialect.fold
        self.there = {key(ref, self.fold): ref for ref in self._named(aim.now)}
        self.wanted = {key(ref, self.fold): ref for ref in self._named(aim.after)}
        self.next = {self._key(i.old): self._key(i.new) for i in intents}

    def _named(self, catalog: Catalog) -> Iterator[Ref]:
        """All that has a name in a catalog; inside of bodies what these annotations are about."""
        yield from (node.ref for node in catalog)
        kind = self.aim.bench.kinds[self.intents[0].new.kind]
        for node in catalog.of_kind(kind.parent) if kind.inside else ():
            yield from kind.within(node)

    def _key(self, ref: Ref) -> Key:
        return key(ref, self.fold)

    def to_do(self) -> dict[Ref, Ref]:
        """What is to be renamed, from the name that it has to the one that it shall have."""
        settled, going = self._settled(), self._going()
        found: dict[Ref, Ref] = {}
        for intent in self.intents:
            old, new = self._key(intent.old), self._key(intent.new)
            if new not in self.wanted:
                said = f"{intent.new} is not among what is managed"
                self.aim.findings.append(wrong(said, intent.span, "Delete the annotation."))
            elif old not in self.there:
                self._absent(intent)
            elif old in going:
                found[self.there[old]] = self.wanted[new]
            elif not self._can(intent):
                self._refuse_kept(intent)
            elif old not in settled and new in self.there:
                self._tell_apart(intent, found)
        return found

    def _can(self, intent: Intent) -> bool:
        """Whether the server renames such objects; what holds no data is else made again."""
        return bool(self.aim.bench.kinds[intent.new.kind].support().rename)

    def _refuse_kept(self, intent: Intent) -> None:
        """What the server does not rename may be made again, unless it may hold something."""
        kind = self.aim.bench.kinds[intent.new.kind]
        if not kind.rebuildable and kind.role not in _MADE_AGAIN:
            said = f"{intent.old} can not be renamed: there is no statement for it"
            way_out = "Delete the annotation; the plan then drops it and makes the other one."
            self.aim.findings.append(wrong(said, intent.span, way_out))

    def _settled(self) -> set[Key]:
        """Who is there under a name that it took from another one before."""
        found = {new for old, new in self.next.items() if old not in self.there} & {*self.there}
        while more := {self.next[old] for old in found & {*self.next}} & {*self.there} - found:
            found |= more
        return found

    def _going(self) -> set[Key]:
        """Who can have its new name, which is free or becomes free."""
        can = {
            self._key(i.old): self._key(i.new)
            for i in self.intents
            if self._can(i) and self._key(i.old) in self.there and self._key(i.new) in self.wanted
        }
        found = {old for old, new in can.items() if new not in self.there}
        while more := {old for old, new in can.items() if new in found} - found:
            found |= more
        return found

    # -- what is said of the others ----------------------------------------------------------

    def _absent(self, intent: Intent) -> None:
        """Nothing has the old name: it was renamed, or there was never anything."""
        say = self.aim.notices.append
        if self._key(intent.new) in self.there:
            say(
                f"{intent.span}: {intent.old} is {intent.new} here already; delete the annotation "
                "when no database has the old name any more"
            )
            return
        left = self._left_over(intent)
        near = nearest(intent.old.name, left)
        if near:
            said = f"there is no {intent.old}, and {near} would be dropped"
            self.aim.findings.append(wrong(said, intent.span, f"Did you mean {near!r}?"))
        elif left:
            say(f"{intent.span}: there is neither {intent.old} nor {intent.new}, which is made new")

    def _left_over(self, intent: Intent) -> set[str]:
        """The names of what is there beside the old one, and would be dropped."""
        place = intent.old.path[:-1]
        return {
            ref.name
            for known, ref in self.there.items()
            if ref.kind == intent.old.kind and ref.path[:-1] == place and known not in self.wanted
        }

    def _tell_apart(self, intent: Intent, found: dict[Ref, Ref]) -> None:
        """Both names are there: a circle, of which the contents may tell on which side it is."""
        circle = self._circle(self._key(intent.old))
        if circle and self._looks(circle) == {False}:
            return
        if circle and self._looks(circle) == {True}:
            found[self.there[self._key(intent.old)]] = self.wanted[self._key(intent.new)]
            return
        said = f"{intent.old} and {intent.new} are both in the database"
        way_out = "Drop one of them by hand, or delete the annotation."
        if circle:
            said += ", and nothing tells whether they have exchanged their names yet"
            way_out = "Go by way of a third name, in two plans."
        self.aim.findings.append(wrong(said, intent.span, way_out))

    def _circle(self, start: Key) -> list[Key]:
        """The names that lead back to the first of them; nothing if they do not."""
        found = [start]
        known = {*self.there} & {*self.wanted}
        while (following := self.next.get(found[-1])) in known and start in known:
            if following == start:
                return found
            if following in found:
                break
            found.append(following)
        return []

    def _looks(self, circle: Sequence[Key]) -> set[bool]:
        """Whether they look as they shall under their new names (True), or do so now (False)."""
        here = [self._shape(self.aim.now, self.there[name]) for name in circle]
        now = [self._shape(self.aim.after, self.wanted[name]) for name in circle]
        later = [self._shape(self.aim.after, self.wanted[self.next[name]]) for name in circle]
        return {is_later for is_later, shapes in ((False, now), (True, later)) if shapes == here}

    def _shape(self, catalog: Catalog, ref: Ref) -> set[tuple[str, str]]:
        """The columns of an object, or its own content."""
        return set(self._contents(catalog, ref))

    def _contents(self, catalog: Catalog, ref: Ref) -> Iterator[tuple[str, str]]:
        kinds, canonical = self.aim.bench.kinds, self.aim.bench.dialect.canonical
        if ref not in catalog:  # a name inside of a body has nothing of its own
            return
        for node in catalog.subtree(ref):
            if node.ref == ref or kinds[node.ref.kind].role == "column":
                name = "" if node.ref == ref else self.fold(node.ref.name)
                yield name, repr(map_text(node.body, canonical))
