"""Renaming: what annotations of the desired side come to in a database, and the steps for it.

They are the first steps of a plan. What the database looks like after them is asked of the judge:
a server writes a new name into whatever names the object (a view, a foreign key, a default).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.algebra.diff import compare
from lockplane_core.algebra.keeping import carried
from lockplane_core.algebra.rename import in_turn, moved, moving, names_after
from lockplane_core.algebra.segment import segments
from lockplane_core.engine.aiming import Aim
from lockplane_core.engine.proof import overlaid, touched_part
from lockplane_core.engine.standing import stand
from lockplane_core.errors import StatementFailed, UnsupportedChange
from lockplane_core.model.change import Change
from lockplane_core.model.node import Node
from lockplane_core.model.plan import Plan
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Renamed, Step
from lockplane_core.model.text import map_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.intent import Intent
    from lockplane_core.spi.session import Session

_FOLLOWERS = ("constraint", "index", "sequence")
"""Roles of what a server names after something else."""


class Renaming(msgspec.Struct, frozen=True, kw_only=True):
    """Steps that rename, and the catalog that they lead to.

    `pairs` are what they rename, in their order, with the name from before the step and that
    from after it.
    """

    catalog: Any
    steps: tuple[Step, ...] = ()
    pairs: tuple[Renamed, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def names(self) -> dict[Ref, Ref]:
        """What was there before the first step, with what it is called after the last."""
        return names_after(self.steps)


def renaming(bench: Bench, before: Catalog, after: Catalog, intents: Sequence[Intent]) -> Renaming:
    """What is left to rename before `before` can become `after`.

    Raises `InvalidSource` for an annotation that can not be meant in this database, and
    `UnsupportedChange` for what the server does not rename.
    """
    if not intents:
        return Renaming(catalog=before)
    aim = Aim(bench, before, after).run(intents)
    done = carried_out(bench, before, after, aim.pairs)
    return msgspec.structs.replace(done, notices=tuple(aim.notices))


def carried_out(
    bench: Bench, before: Catalog, after: Catalog, pairs: Sequence[Renamed]
) -> Renaming:
    """The renames, in this order, and those of what goes by a name that the server made of them."""
    if not pairs:
        return Renaming(catalog=before)
    return _Renaming(bench, before, after).run(pairs)


class _Renaming:
    """Renames worked out one after the other, then made on a scratch that is looked at."""

    def __init__(self, bench: Bench, before: Catalog, after: Catalog) -> None:
        self.bench, self.before, self.after = bench, before, after
        self.now = before
        self.pairs: list[Renamed] = []
        self.steps: list[Step] = []
        self.made: list[Node] = []
        self.gone: set[Ref] = set()

    def run(self, pairs: Sequence[Renamed]) -> Renaming:
        self._make_way({pair.old: pair.new for pair in pairs})
        self._add(pairs)
        with self.bench.scratch() as session:
            self.start = stand(self.bench, session, touched_part(self._plan(), self.before))
            done = 0
            while done < len(self.steps):
                self._make(session, self.steps[done:])
                done = len(self.steps)
                self._add(self._followers())
        return Renaming(catalog=self.now, steps=tuple(self.steps), pairs=tuple(self.pairs))

    def _make_way(self, pairs: Mapping[Ref, Ref]) -> None:
        """Drop what has one of the names and has to go anyway, such as a view for old clients.

        Raises `UnsupportedChange` where that is not so.
        """
        holders = self._holders(pairs)
        for old, new in pairs.items():
            for holder in sorted({holders[n] for n in self._names(new) if n in holders}):
                if not self._can_go(holder):
                    raise UnsupportedChange(
                        f"{old} can not become {new}: the name belongs to {holder}",
                        hint=f"Drop or rename {holder} first, in a plan of its own.",
                    )
                self._drop(holder)

    def _can_go(self, ref: Ref) -> bool:
        """Whether nothing goes with it or stands on it, and the desired side is without it."""
        below = {node.ref for node in self.now.subtree(ref)}
        needed = any(n.ref not in below for r in below for n in self.now.dependants(r))
        is_light = self.bench.kinds[ref.kind].rebuilds(self.now[ref])
        return is_light and not needed and ref not in self.after

    def _drop(self, ref: Ref) -> None:
        change = Change(action="drop", before=self.now[ref])
        below = {node.ref for node in self.now.subtree(ref)}
        later = self.now.replace(node for node in self.now if node.ref not in below)
        self.steps += self.bench.stages.render([change], self.now, later)
        self.gone |= below
        self.now = later

    def _holders(self, pairs: Mapping[Ref, Ref]) -> dict[Ref, Ref]:
        """Who has which name, but for those that give theirs up."""
        stay = (node.ref for node in self.now if node.ref not in pairs)
        return {name: ref for ref in stay for name in self._names(ref)}

    def _names(self, ref: Ref) -> tuple[Ref, ...]:
        return self.bench.kinds[ref.kind].occupies(ref)

    def _plan(self) -> Plan:
        return Plan(dialect=self.bench.dialect.name, steps=tuple(self.steps))

    def _add(self, pairs: Iterable[Renamed]) -> None:
        for pair in pairs:
            names = moving(self.now, pair.old, pair.new, self.bench.kinds)
            later = moved(self.now, names, self.bench.kinds)
            owner = self._owner(pair)
            change = _renamed(pair, owner, self.now, later)
            settles = (pair.new, pair.old, *((owner.ref,) if owner else ()))
            for step in self.bench.stages.render([change], self.now, later):
                later = self._provided(step, later)
                self.steps.append(_naming(msgspec.structs.replace(step, settles=settles), names))
            self.pairs.append(pair)
            self.now = later

    def _owner(self, pair: Renamed) -> Node | None:
        """What holds in its body the name that changes, if it is no object of its own."""
        kind = self.bench.kinds[pair.old.kind]
        return self.now[Ref(kind.parent, pair.old.path[:-1])] if kind.inside else None

    def _provided(self, step: Step, later: Catalog) -> Catalog:
        """Make what a step needs and only the desired side has: the schema to move to."""
        made = [self.after[ref] for ref in step.consumes if ref in self.after and ref not in later]
        for node in made:
            change = Change(action="create", after=node)
            there = self.before.replace([*self.before, node])
            self.steps += self.bench.stages.render([change], self.before, there)
            later = later.replace([*later, node])
            self.made.append(node)
        return later

    def _make(self, session: Session, steps: Sequence[Step]) -> None:
        """Run steps on the scratch, and look at what the server has made of everything."""
        for segment in segments(steps):
            with self.bench.dialect.segment(session, segment):
                for step in segment.steps:
                    _run(session, step)
        self._look(self.bench.introspect(session))

    def _look(self, reached: Catalog) -> None:
        whole = overlaid(self.before, self.start, reached)
        self._also(self._expected(), whole)
        expected = self._expected()
        strangers = sorted({node.ref for node in whole} ^ {node.ref for node in expected})
        if strangers:
            raise UnsupportedChange(
                f"a rename would change more than a name: {', '.join(map(str, strangers))}",
                hint="This is a bug worth reporting; the target was not touched.",
            )
        self.now = carried(expected, expected.replace(whole))

    def _expected(self) -> Catalog:
        stay = (node for node in self.before if node.ref not in self.gone)
        there = self.before.replace([*stay, *self.made])
        return moved(there, names_after(self.steps), self.bench.kinds)

    def _also(self, expected: Catalog, whole: Catalog) -> None:
        """Note what else goes by another name now: one that is made of other names.

        So it is with constraints that have none of their own, and with the signatures of routines.
        Siblings keep their order.
        """
        gone = _by_place(node for node in expected if node.ref not in whole)
        came = _by_place(node for node in whole if node.ref not in expected)
        more = {
            old: new
            for place, olds in gone.items()
            if len(olds) == len(came.get(place, ()))
            for old, new in zip(olds, came[place], strict=True)
        }
        if more:
            step = self.steps[-1]
            names = {item.old: more.pop(item.new, item.new) for item in step.renames}
            self.steps[-1] = _naming(step, names | more)

    def _followers(self) -> Iterator[Renamed]:
        """What the server had named after something that is renamed, and the desired side has so.

        Its content is the same on both sides, and there is one such object on either.
        """
        around = set(names_after(self.steps).values())
        gone: dict[object, list[Node]] = {}
        made: dict[object, list[Node]] = {}
        for change in compare(self.now, self.after):
            node = change.after or change.old
            if change.action in ("create", "drop") and self._follows(node, around):
                side = made if change.action == "create" else gone
                side.setdefault(self._content(node), []).append(node)
        pairs = {
            olds[0].ref: made[content][0].ref
            for content, olds in gone.items()
            if len(olds) == len(made.get(content, ())) == 1
        }
        taken = self._holders(pairs)
        free = {old: new for old, new in pairs.items() if taken.keys().isdisjoint(self._names(new))}
        return in_turn(self._leading(free), self.now, self.bench.kinds)

    def _leading(self, pairs: Mapping[Ref, Ref]) -> dict[Ref, Ref]:
        """Without those that are renamed along with another one: that step does it for all."""
        kinds = self.bench.kinds
        along = {
            was
            for old, new in pairs.items()
            for was, _ in kinds[old.kind].renamed_along(old, new, self.now)
        }
        return {old: new for old, new in pairs.items() if old not in along}

    def _follows(self, node: Node, around: set[Ref]) -> bool:
        kind = self.bench.kinds[node.ref.kind]
        if kind.role not in _FOLLOWERS or not kind.support().rename:
            return False
        return node.parent in around or not around.isdisjoint(node.needs)

    def _content(self, node: Node) -> tuple[object, ...]:
        body = map_text(node.body, self.bench.dialect.canonical)
        return (node.ref.kind, node.parent, msgspec.json.encode(body, order="deterministic"))


def _renamed(pair: Renamed, owner: Node | None, now: Catalog, later: Catalog) -> Change:
    """The change of a name; one inside of a body is a part of what has that."""
    if owner is None:
        return Change(action="rename", before=now[pair.old], after=later[pair.new])
    old, new = (Node(ref=ref, body=owner.body, parent=owner.ref) for ref in (pair.old, pair.new))
    return Change(action="rename", before=old, after=new)


def _by_place(nodes: Iterable[Node]) -> dict[object, list[Ref]]:
    """The refs of nodes by kind and by what they are in, each list in the order of siblings."""
    found: dict[object, list[Ref]] = {}
    for node in sorted(nodes, key=lambda node: (node.ordinal, node.ref)):
        found.setdefault((node.ref.kind, node.parent, node.ref.path[:-1]), []).append(node.ref)
    return found


def _run(session: Session, step: Step) -> None:
    try:
        session.script(step.sql)
    except StatementFailed as error:
        raise UnsupportedChange(
            f"{step.description}: the server refuses this: {error.message}",
            hint=error.hint or "Make way for it first, in a plan of its own.",
        ) from error


def _naming(step: Step, names: Mapping[Ref, Ref]) -> Step:
    """A step that renames, with all that it calls by another name."""
    return msgspec.structs.replace(
        step,
        destroys=tuple(sorted(names)),
        produces=tuple(sorted(names.values())),
        renames=tuple(Renamed(old, new) for old, new in sorted(names.items())),
    )
