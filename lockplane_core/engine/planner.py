"""Planning: from two states to a plan and its undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.algebra.diff_tree import diff_tree, renamed_tree
from lockplane_core.algebra.keeping import apart, carried
from lockplane_core.algebra.online import Online
from lockplane_core.algebra.rename import called
from lockplane_core.algebra.undo import later, undo_of_renames
from lockplane_core.algebra.undo import undo as undo_of
from lockplane_core.engine import checking, guards, idle, scoping, states
from lockplane_core.engine.renaming import Renaming, carried_out, renaming
from lockplane_core.engine.rendering import creation, make, steps_for
from lockplane_core.engine.settle import settled
from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.change import Change
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Unmodelled
from lockplane_core.model.plan import Plan, UndoStep
from lockplane_core.model.scope import Scope
from lockplane_core.model.step import Renamed
from lockplane_core.spi.check import Subject

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lockplane_core.config import Settings
    from lockplane_core.engine.bench import Bench
    from lockplane_core.engine.sources import Source
    from lockplane_core.engine.states import State
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A plan with what it was made from; `before` and `after` are whole catalogs."""

    plan: Plan
    changes: tuple[Change, ...]
    before: Any
    after: Any
    findings: tuple[Finding, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def is_safe(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.is_error for finding in self.findings)


class Difference(msgspec.Struct, frozen=True):
    """Diff JSON, and what to tell the user of what it can not show."""

    tree: dict[str, Any]
    notices: tuple[str, ...]


class Pair(msgspec.Struct, frozen=True):
    """Two catalogs in one spelling, the scope they are compared in, and what to tell the user.

    `whole` is the first side, `found` without what only follows what is managed, and `before` what
    that is after the steps of `renaming`. `lacking` is what only the second side has and nobody
    models, `unsound` what is wrong inside of its objects.
    """

    whole: Any
    found: Any
    renaming: Renaming
    after: Any
    scope: Scope
    judge: str
    version: str
    lacking: tuple[Unmodelled, ...]
    unsound: tuple[Finding, ...]
    notices: tuple[str, ...]

    @property
    def before(self) -> Catalog:
        """The first side, with all that keeps its rows under the name that it shall have."""
        catalog: Catalog = self.renaming.catalog
        return catalog


def read_pair(bench: Bench, before: Source, after: Source) -> Pair:
    """Both sides in the judge's words, unmanaged objects alike on both."""
    live_first = sorted((before, after), key=lambda source: source.form != "url")
    read = {source: states.read(bench, source) for source in dict.fromkeys(live_first)}
    first, second = read[before], read[after]
    if not bench.dialect.same_speech(first.version, second.version):
        first, second = states.spoken(bench, first), states.spoken(bench, second)
    return paired(bench, first, second)


def paired(bench: Bench, first: State, second: State) -> Pair:
    """Two states made comparable."""
    scope = resolved_scope(bench, second.catalog)
    guards.refuse_unlisted(bench, scope, first.catalog, second.catalog)
    wanted = bench.scoped(second.catalog, scope)
    intents = [
        intent
        for intent in second.intents
        if (node := second.catalog.get(intent.new)) is None or node in wanted
    ]
    named = renaming(bench, first.catalog, second.catalog, intents)
    after = _with_unmanaged(bench, named.catalog, second.catalog, scope)
    notices = [
        *named.notices,
        *first.notices,
        *second.notices,
        *_left_out(bench, first.catalog, scope),
        *idle.told(bench, first.catalog, second.catalog),
        *_kept_apart(apart(named.catalog, second.catalog, bench.kinds)),
    ]
    following = bench.scoped(first.catalog, scope).following()
    if following:
        named = msgspec.structs.replace(named, catalog=_without(named.catalog, following))
        after = _without(after, following)
    return Pair(
        first.catalog,
        _without(first.catalog, following),
        named,
        _meant(bench, named.catalog, settled(bench, named.catalog, after)),
        scope,
        second.judge or first.judge,
        second.version,
        guards.lacking(named.catalog, second.catalog),
        second.unsound,
        tuple(dict.fromkeys(notices)),
    )


def _meant(bench: Bench, live: Catalog, after: Catalog) -> Catalog:
    """The desired side with what a live database keeps, less what goes without saying there."""
    after = carried(live, after)
    if not bench.scope.manage:
        return after
    stay = [
        node
        for node in live
        if bench.kinds[node.ref.kind].stays and node.ref not in after and node.parent in after
    ]
    asked = [node for node in after if bench.kinds[node.ref.kind].managed]
    silent = {n.ref for n in asked if bench.kinds[n.ref.kind].says_nothing(n, live)}
    return _without(after.replace([*after, *stay]), silent)


def _without(catalog: Catalog, refs: Collection[Ref]) -> Catalog:
    return catalog.replace(node for node in catalog if node.ref not in refs) if refs else catalog


def resolved_scope(bench: Bench, desired: Catalog) -> Scope:
    """The scope that was asked for, else the namespaces that the desired side names.

    Of what belongs to the server it names what the desired side declares.
    """
    scope = bench.scope
    if not scope.schemas:
        names = sorted({bench.dialect.namespace(node.ref) for node in desired if not node.external})
        schemas = tuple(_literal(name) for name in names if name)
        scope = msgspec.structs.replace(scope, schemas=schemas)
    for tag, kind in bench.kinds.items():
        if kind.of_server and kind.managed in scope.manage:
            noun, scoped = tag.rpartition(".")[2], bench.scoped(desired, scope)
            own = (f"{noun}:{_literal(n.ref.name)}" for n in desired.of_kind(tag) if n in scoped)
            scope = msgspec.structs.replace(
                scope, exclude=(*scope.exclude, f"{noun}:*"), include=(*scope.include, *own)
            )
    return scope


def _literal(name: str) -> str:
    """A glob that matches one name and no other."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _with_unmanaged(bench: Bench, before: Catalog, after: Catalog, scope: Scope) -> Catalog:
    """`after` within the scope, and beyond it what is there before: nothing to change."""
    ignored = bench.stages.ignored(before) | bench.stages.ignored(after)

    def beyond(catalog: Catalog) -> dict[Any, Any]:
        scoped = bench.scoped(catalog, scope)
        return {
            node.ref: node
            for node in catalog
            if node.external or node.ref in ignored or node not in scoped
        }

    kept, theirs = beyond(before), beyond(after)
    wanted = {node.ref: node for node in after if node.ref not in theirs or node.external}
    both = {**wanted, **kept}
    for ref in kept:  # a part goes with what it is a part of
        if any(above not in both for above in before.ancestors(ref)):
            del both[ref]
    return after.replace(both.values(), unmodelled=before.unmodelled)


def _left_out(bench: Bench, before: Catalog, scope: Scope) -> Iterator[str]:
    yield from scoping.told(bench.scoped(before, scope))
    scoped = bench.scoped(before, scope)
    unmodelled = [item for item in before.unmodelled if scoped.has(item)]
    if unmodelled:
        yield f"not modelled, so left as it is: {_names(unmodelled)}"


def _kept_apart(refs: Sequence[Ref]) -> Iterator[str]:
    if refs:
        yield f"owner or privileges differ, and are left as they are: {_names(refs)}"


def _names(items: Sequence[object], most: int = 5) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(str(item) for item in items[:most]) + more


def difference(bench: Bench, before: Source, after: Source) -> Difference:
    """What differs between two sources."""
    pair = read_pair(bench, before, after)
    changes = bench.stages.diff(pair.before, pair.after)
    guards.refuse_unsound(pair.unsound, changes, _spoiled(bench, pair, changes))
    tree = renamed_tree(pair.renaming.pairs, bench.kinds)
    tree |= diff_tree(changes, pair.before, pair.after, bench.kinds)
    return Difference(tree, pair.notices)


def plan(bench: Bench, before: Source, after: Source, settings: Settings) -> Planned:
    """The plan from one source to the other. Raises `UnsupportedChange`, `Refused`."""
    return plan_pair(bench, read_pair(bench, before, after), settings)


def plan_pair(bench: Bench, pair: Pair, settings: Settings) -> Planned:
    """The plan between two catalogs, with its undo and the findings of checks."""
    changes = bench.stages.diff(pair.before, pair.after)
    guards.refuse_lacking(pair.lacking)
    unsound = guards.refuse_unsound(pair.unsound, changes, _spoiled(bench, pair, changes))
    renames = _renames(pair)
    guards.refuse_unmodelled(bench, renames, pair.found)
    guards.refuse_unmodelled(bench, changes, pair.before)
    guards.refuse_unmanaged(changes, bench.scoped(pair.before, pair.scope), pair.after)
    guards.refuse_unspoken(bench, changes, pair.before.version)
    steps = steps_for(bench, changes, pair.before, pair.after)
    if settings.online:
        steps = Online(changes, pair.before, pair.after, bench.kinds).steps(steps)
    undo, notices = _undo(bench, pair, steps, online=settings.online)
    made = Plan(
        dialect=bench.dialect.name,
        steps=(*pair.renaming.steps, *steps),
        undo=undo,
        source_hash=bench.fingerprint(pair.found, pair.scope),
        target_hash=bench.fingerprint(pair.after, pair.scope),
        judge=pair.judge,
        version=pair.version,
        scope=pair.scope,
        plugins=plugin_versions(bench),
    )
    planned = Planned(
        plan=made,
        changes=(*renames, *changes),
        before=pair.whole,
        after=pair.after,
        notices=(*pair.notices, *unsound, *notices, *_offline(bench, settings)),
    )
    findings = _findings(bench, planned, pair.before, settings)
    return msgspec.structs.replace(planned, findings=findings)


def _offline(bench: Bench, settings: Settings) -> Iterator[str]:
    if settings.online and "online" not in bench.dialect.capabilities:
        yield f"{bench.dialect.title} has no steps for online changes: --online changes nothing"


def _renames(pair: Pair) -> list[Change]:
    """What is called by another name, each from the first of its names to the last.

    What has names inside of its body that change is changed itself.
    """
    named = {renamed.new for renamed in pair.renaming.pairs}
    names = pair.renaming.names
    changes = [
        Change(action="rename", before=pair.found[old], after=pair.before[new])
        for old, new in sorted(names.items())
        if new in named and old in pair.found
    ]
    owners = {ref for step in pair.renaming.steps for ref in step.settles if ref in pair.before}
    before = {new: old for old, new in names.items()}
    for ref in sorted(owners - {change.ref for change in changes}):
        old = pair.found.get(before.get(ref, ref))
        if old is not None and old.body != pair.before[ref].body:
            changes.append(Change(action="alter", before=old, after=pair.before[ref]))
    return changes


def _spoiled(bench: Bench, pair: Pair, changes: Sequence[Change]) -> set[Ref]:
    """What is wrong inside afterwards and was right before, whether or not a change names it.

    A view keeps its text when a column that it reads is renamed. Only a server can tell whether
    it could be read before, so one is asked; but only where there is something to ask about.
    """
    if not (pair.unsound and (changes or pair.renaming.steps)):
        return set()
    with bench.scratch() as session:
        make(bench, session, creation(bench, pair.found))
        names = pair.renaming.names
        was = {names.get(ref, ref) for ref, _ in bench.dialect.unsound(session)}
    return {item.ref for item in pair.unsound if item.ref and item.ref in pair.before} - was


def plugin_versions(bench: Bench) -> tuple[str, ...]:
    """The distributions that are at work, with their versions."""
    return tuple(
        sorted({f"{f.distribution} {f.version}" for f in bench.registry.found if not f.error})
    )


def _undo(
    bench: Bench, pair: Pair, steps: Sequence[Step], *, online: bool
) -> tuple[tuple[UndoStep, ...], tuple[str, ...]]:
    """The way back: as on the way there, objects get their names first, the old ones now."""
    names = [Renamed(old=renamed.new, new=renamed.old) for renamed in pair.renaming.pairs]
    try:
        back = carried_out(bench, pair.after, pair.found, names[::-1])
        before = settled(bench, back.catalog, pair.found) if names else pair.before
        changes = bench.stages.diff(back.catalog, before)
        backward = bench.stages.render(changes, back.catalog, before)
        forward = [called(step, back.names) for step in steps]
        undo = undo_of(forward, backward, bench.kinds)
    except UnsupportedChange as error:
        return (), (f"this plan has no undo: {error.message}",)
    if online:
        undo = Online(changes, back.catalog, before, bench.kinds).undo(undo)
    first = undo_of_renames((*pair.renaming.steps, *steps), back.steps)
    return (*first, *later(undo, len(pair.renaming.steps))), ()


def _findings(
    bench: Bench, planned: Planned, before: Catalog, settings: Settings
) -> tuple[Finding, ...]:
    subject = Subject(
        dialect=bench.dialect.name,
        plan=planned.plan,
        changes=planned.changes,
        before=before,
        after=planned.after,
        roles=bench.registry.roles(bench.dialect.name),
    )
    return checking.judged(bench.stages, subject, settings.checks)
