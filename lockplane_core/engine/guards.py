"""Guards: what stops a plan before its first statement. None of them can be switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.algebra import fingerprint
from lockplane_core.engine import loading
from lockplane_core.errors import PlanError, PluginError, Refused, StalePlan, StatementFailed
from lockplane_core.model.change import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Action
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.node import Node, Unmodelled
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.scope import Scope
    from lockplane_core.model.step import Guard, Step
    from lockplane_core.spi.session import Session


def refuse_foreign(bench: Bench, plan: Plan) -> None:
    """Raise `PlanError` for a plan of another product, `PluginError` for one of more plugins."""
    if plan.dialect and plan.dialect != bench.dialect.name:
        raise PlanError(
            f"this plan is for {plan.dialect}, and the database is {bench.dialect.title}",
            hint="Name the database that the plan was made for with --db.",
        )
    _refuse_unknown_kinds(bench, plan)


def _refuse_unknown_kinds(bench: Bench, plan: Plan) -> None:
    """What nobody here can read back, nobody here can verify either.

    Every step settles what it is about; what it produces may also be a mere name (`occupies`).
    """
    steps = [*plan.steps, *(undo.step for undo in plan.undo)]
    named = {ref.kind for step in steps for ref in step.settles}
    unknown = sorted(named - set(bench.kinds))
    if unknown:
        here = {found.distribution for found in bench.registry.found if not found.error}
        lacking = [said for said in plan.plugins if said.rpartition(" ")[0] not in here]
        made = f"It was made with {', '.join(lacking)}: install that. " if lacking else ""
        raise PluginError(
            f"no installed plugin knows what this plan is about: {', '.join(unknown)}",
            hint=f"{made}`lockplane plugins` lists what is installed here.",
        )


def refuse_data_loss(plan: Plan, allowed: bool) -> None:  # noqa: FBT001 - the answer itself
    """Raise `Refused` for a plan that loses data, unless that was agreed to."""
    losing = list(plan.loses_data())
    if losing and not allowed:
        lines = "\n".join(f"  step {number}: {step.description}" for number, step in losing)
        raise Refused(
            f"this plan loses data:\n{lines}",
            hint="If that is what you want, say --allow-data-loss.",
            code="data_loss",
        )


def refuse_stale(bench: Bench, plan: Plan, before: Catalog) -> None:
    """Raise `StalePlan` unless the database is in the state that the plan was made for."""
    if not plan.bound:
        return
    actual = bench.fingerprint(before, plan.scope)
    if actual == plan.source_hash:
        return
    if actual == plan.target_hash:
        raise StalePlan(
            "the database already is in the state that this plan leads to "
            f"({actual[:12]}); it was made for {plan.source_hash[:12]}",
            hint="Nothing is left to do. To take the change back: lockplane rollback --plan FILE",
        )
    raise StalePlan(
        "the database is not in the state that this plan was made for\n"
        f"  expected {plan.source_hash}\n  found    {actual}",
        hint="It was changed since, or this is another database. Look at what differs "
        "(lockplane diff), make the plan again (lockplane plan), and apply that.",
    )


def refuse_moved(bench: Bench, session: Session, scope: Scope, raw_before: str) -> None:
    """Raise `StalePlan` if what is managed changed between the first look and the lock."""
    if fingerprint.raw(bench.managed(bench.introspect(session), scope)) != raw_before:
        raise StalePlan(
            "somebody changed the database while the plan was being proved",
            hint="Make the plan again, and apply that.",
        )


def refuse_unkept(bench: Bench, plan: Plan, live: Catalog) -> None:
    """Raise `StalePlan` where a plan makes an object again and would not give back what it has.

    So it is where the owner or the privileges of the object were changed since, or where the plan
    was made by another role, or not from a database.
    """
    remade = {change.ref for change in claimed(plan, live) if change.action == "replace"}
    for number, step in enumerate(plan.steps, 1):
        said = {kept.ref: kept.mark for kept in step.keeps}
        for ref in (ref for ref in step.produces if ref in remade or ref in said):
            if not _is_kept(bench, step, live.get(ref), said.get(ref)):
                raise StalePlan(
                    f"step {number} ({step.description}) makes {ref} again, and would not give "
                    "back to it the owner and the privileges that it has now",
                    hint="They were changed since the plan was made, or it was made by another "
                    "role or from a file. Make it again from this database, as the role that "
                    "applies it.",
                )


def _is_kept(bench: Bench, step: Step, live: Node | None, mark: str | None) -> bool:
    """Whether a step gives back what a live node has; a mark of None says that it does nothing."""
    if live is None or live.kept is None:
        return True
    now = bench.kinds[live.ref.kind].keeping(live)
    if mark is None:
        return not now.sql
    return now.mark == mark and (not now.handover or now.handover in step.sql)


def claimed(plan: Plan, before: Catalog) -> list[Change]:
    """What a plan says that it does to objects which are there before."""
    made = {ref for step in plan.steps for ref in step.produces}
    actions: dict[Ref, Action] = {}
    for step in plan.steps:
        for ref in step.destroys:
            if ref in step.produces:
                actions.setdefault(ref, "alter")
            else:
                actions[ref] = "replace" if ref in made else "drop"
    return [
        Change(action=action, before=before[ref], after=None if action == "drop" else before[ref])
        for ref, action in sorted(actions.items())
        if ref in before
    ]


def refuse_unmodelled(changes: Iterable[Change], before: Catalog) -> None:
    """Raise `Refused` where a change touches what an unmodelled object depends on."""
    touched: dict[Ref, Action] = {}
    for change in changes:
        if change.before is None or change.old.ref not in before:
            continue
        if change.action in ("drop", "replace"):
            touched |= {node.ref: change.action for node in before.subtree(change.old.ref)}
        else:
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


def _is_new(change: Change) -> bool:
    """Whether what is there afterwards was not there before, under any name."""
    if change.after is None:
        return False
    return change.before is None or change.old.body != change.new.body


def refuse_by_data(plan: Plan, session: Session) -> None:
    """Raise `Refused` where the target, its data above all, does not allow a step."""
    refusals = [
        f"step {number} ({step.description}): {offence}"
        for number, step in enumerate(plan.steps, 1)
        for guard in step.guards
        if (offence := _offence(guard, session))
    ]
    if refusals:
        raise Refused(
            "the database does not allow this plan:\n  " + "\n  ".join(refusals),
            hint="Nothing was changed. Mend what stands in the way, or change the schema, and try "
            "again.",
            code="data",
        )


def _offence(guard: Guard, session: Session) -> str:
    """What stands against a guard; a query that fails (on a cast, say) says so itself."""
    try:
        return guard.message if session.query(guard.query) else ""
    except StatementFailed as error:
        return f"{guard.message}: {error.message}"
