"""Guards of a run: what stops a plan that is made, before its first statement or amid them."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from lockplane_core.algebra import fingerprint
from lockplane_core.algebra.rename import names_after
from lockplane_core.engine import states
from lockplane_core.errors import PlanError, PluginError, Refused, StalePlan, StatementFailed
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.change import Change

if TYPE_CHECKING:
    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.change import Action
    from lockplane_core.model.node import Node
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


def refuse_reaching(bench: Bench, plan: Plan) -> None:
    """Raise `Refused` for what a person wrote and no scratch may run, or not the one at hand."""
    is_judged = bench.shadow.foreign and not bench.trust_sql
    for number, step in enumerate(plan.steps, 1):
        if step.produces or step.destroys or step.settles:
            continue
        for sql in step.sql:
            risks = bench.dialect.outward(sql)
            hint = "Run it with --skip-shadow, on the database alone."
            if not risks and is_judged:
                risks = bench.dialect.foreign_risks(sql)
                hint = "Leave the shadow to Lockplane (its own server is thrown away), or say "
                hint += "--trust-sql if you trust the plan with that server."
            if risks:
                raise Refused(
                    f"step {number} ({step.description}) must not run on a scratch: "
                    f"{', '.join(risks)}",
                    hint=hint,
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


def refuse_absent(bench: Bench, url: str, plan: Plan) -> None:
    """Raise `SourceError` for a database that is not there, unless the plan begins with nothing."""
    if plan.bound and not bench.dialect.exists(url):
        empty = bench.fingerprint(Catalog(bench.dialect.name), plan.scope)
        if empty != plan.source_hash:
            raise states.absent(bench, url)


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
    """What a plan says that it does to objects which are there before, by their last names."""
    made = {ref for step in plan.steps for ref in step.produces}
    actions: dict[Ref, Action] = {}
    for step in plan.steps:
        for ref in () if step.renames else step.destroys:
            if ref in step.produces:
                actions.setdefault(ref, "alter")
            else:
                actions[ref] = "replace" if ref in made else "drop"
    return [
        Change(action=action, before=before[ref], after=None if action == "drop" else before[ref])
        for ref, action in sorted(actions.items())
        if ref in before
    ]


def renames(plan: Plan, before: Catalog) -> list[Change]:
    """What a plan only calls by another name."""
    names = names_after(plan.steps)
    return [Change(action="rename", before=node) for node in before if node.ref in names]


def last_rename(plan: Plan) -> int:
    """The number of the last step that renames, counted from 1; 0 if there is none."""
    return max((number for number, step in enumerate(plan.steps, 1) if step.renames), default=0)


def refuse_by_data(plan: Plan, session: Session, *, after: int = 0, until: int = 0) -> None:
    """Raise `Refused` where the target, its data above all, does not allow a step.

    It is asked of the steps behind number `after`, or of those up to `until`: the guards of a
    step name objects as they are called when it runs, which nobody knows before the renames.
    """
    refusals = [
        f"step {number} ({step.description}): {offence}"
        for number, step in enumerate(plan.steps, 1)
        if after < number <= (until or len(plan.steps))
        for guard in step.guards
        if (offence := _offence(guard, session, is_inside=bool(after)))
    ]
    if refusals:
        raise Refused(
            "the database does not allow this plan:\n  " + "\n  ".join(refusals),
            hint="Nothing was changed. Mend what stands in the way, or change the schema, and try "
            "again.",
            code="data",
        )


def _offence(guard: Guard, session: Session, *, is_inside: bool) -> str:
    """What stands against a guard; a query that fails (on a cast, say) says so itself.

    Inside of a transaction it must not take that down with it: others are asked after it.
    """
    try:
        with session.transaction() if is_inside else nullcontext():
            return guard.message if session.query(guard.query) else ""
    except StatementFailed as error:
        return f"{guard.message}: {error.message}"
