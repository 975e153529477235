"""Guards: what stops a plan from being made. None of them can be switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.engine import loading
from lockplane_core.errors import Refused
from lockplane_core.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.engine.bench import Bench
    from lockplane_core.engine.scoping import Scoped
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Action, Change
    from lockplane_core.model.node import Node, Unmodelled
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.scope import Scope
    from lockplane_core.spi.kind import Kind


def refuse_unmodelled(bench: Bench, changes: Iterable[Change], before: Catalog) -> None:
    """Raise `Refused` where a change touches what an unmodelled object depends on."""
    touched: dict[Ref, Action] = {}
    for change in changes:
        if change.before is None or change.old.ref not in before:
            continue
        if change.action in ("drop", "rename", "replace"):
            touched |= {node.ref: change.action for node in before.subtree(change.old.ref)}
        elif bench.kinds[change.old.ref.kind].disturbs(change):
            touched.setdefault(change.old.ref, change.action)
    for item in before.unmodelled:
        for need in item.needs:
            if need in touched and _in_the_way(item, touched[need]):
                raise Refused(
                    f"{item} depends on {need}, which this plan would {touched[need]}; "
                    "no installed plugin models it, or something that it needs",
                    hint=f"Change or drop {item} by hand first.",
                    code="unmodelled",
                )


def refuse_unlisted(bench: Bench, scope: Scope, *catalogs: Catalog) -> None:
    """Raise `Refused` where a project is strict, for whatever is managed and nobody models."""
    if not bench.strict:
        return
    found = {item for c in catalogs for item in c.unmodelled if bench.scoped(c, scope).has(item)}
    if found:
        lines = "\n".join(f"  {item}" for item in sorted(found))
        raise Refused(
            f"strict: no installed plugin models what is managed here:\n{lines}",
            hint="Install a plugin for it, leave it out of management "
            '(exclude = ["unmodelled:…"] in lockplane.toml), or say --no-strict.',
            code="strict",
        )


def refuse_unmanaged(changes: Sequence[Change], scoped: Scoped, after: Catalog) -> None:
    """Raise `Refused` where a change would take along what is left out of management.

    `scoped` is of the catalog before. What is below an object goes with it, and comes with it
    again.
    """
    before = scoped.catalog
    going = [change for change in changes if change.action in ("drop", "replace")]
    below = {node.ref for change in going for node in before.subtree(change.old.ref)}
    for change in going:
        old = change.old
        if old not in scoped and old.parent not in below:
            raise _unmanaged(old.ref, "be dropped and made again for what it stands on")
        if change.action == "drop":
            for part in before.subtree(old.ref):
                for node in before.dependants(part.ref):
                    is_left = node.ref in after and node.ref not in below and not node.external
                    if is_left and node not in scoped:
                        raise _unmanaged(node.ref, f"lose {part.ref}, on which it stands")


def _unmanaged(ref: Ref, what: str) -> Refused:
    return Refused(
        f"{ref} is left out of management, and would {what}",
        hint="Have it managed (`schemas`, `exclude`, `include` and `profiles` say what is), or "
        "change it by hand first.",
        code="unmanaged",
    )


def _in_the_way(item: Unmodelled, action: Action) -> bool:
    return action == "replace" if item.aspect else True


def lacking(before: Catalog, after: Catalog) -> tuple[Unmodelled, ...]:
    """What `after` has beyond `before` and nobody models."""
    known = {(item.label, item.name) for item in before.unmodelled}
    return tuple(item for item in after.unmodelled if (item.label, item.name) not in known)


def refuse_lacking(items: Sequence[Unmodelled]) -> None:
    """Raise `Refused` for a plan to something that can not be made."""
    if items:
        names = ", ".join(str(item) for item in items)
        raise Refused(
            f"no installed plugin models what the desired schema has: {names}",
            hint="Take it out of the schema and make it by hand, or install a plugin for it.",
            code="unmodelled",
        )


def refuse_unsound(
    found: Sequence[Finding], changes: Iterable[Change], spoiled: set[Ref]
) -> list[str]:
    """Raise `InvalidSource` where a change makes something that is wrong inside.

    `spoiled` is what no change names and was right before. What was as wrong before is not
    refused, and returned in words.
    """
    made = {change.ref for change in changes if _is_new(change)} | spoiled
    errors = [finding for finding in found if finding.ref in made]
    if errors:
        loading.refuse([], errors)
    return [f"not touched by this plan, and wrong: {finding.message}" for finding in found]


def refuse_unspoken(bench: Bench, changes: Iterable[Change], version: str) -> None:
    """Raise `InvalidSource` for what the server that the plan is for does not have yet.

    A judge of a newer version understands it.
    """
    found = [
        Finding(
            id="newer_version",
            severity="error",
            message=f"{change.ref} has {what}, which {bench.dialect.title} has since {since}; "
            f"the database is {bench.dialect.title} {version}",
            ref=change.ref,
            span=change.new.span,
            suggestion="Take it out of the schema, or move the database to that version first.",
        )
        for change in changes
        if version and change.after is not None
        for what, since in _used(bench.kinds[change.ref.kind], change.new)
        if _numbers(version) < _numbers(since)
    ]
    loading.refuse([], found)


def _used(kind: Kind, node: Node) -> Iterator[tuple[str, str]]:
    used = kind.uses(node)
    return ((what, since) for what, since in kind.since.items() if what in used)


def _numbers(version: str) -> list[int]:
    """A version so that it can be compared; what is no number counts as 0."""
    return [int(part) if part.isdecimal() else 0 for part in version.split(".")]


def _is_new(change: Change) -> bool:
    """Whether what is there afterwards was not there before, under any name."""
    if change.after is None:
        return False
    return change.before is None or change.old.body != change.new.body
