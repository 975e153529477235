"""Step: one logical action of a plan."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from lockplane_core.model.node import Span
from lockplane_core.model.ref import Ref

Effect = Literal["data_loss", "rewrite", "scan", "backfill", "breaking", "security", "irreversible"]
Blocks = Literal["reads", "writes", "ddl"]
Transaction = Literal["inside", "outside", "boundary", "last"]


class Lock(msgspec.Struct, frozen=True, order=True, omit_defaults=True, forbid_unknown_fields=True):
    """A lock that a step takes on an object that exists before the plan."""

    ref: Ref
    mode: str
    blocks: tuple[Blocks, ...] = ()


class Guard(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A question to the target before the first statement: does its data allow the step?

    `query` selects one row per offence (LIMITed by the kind); any row refuses the plan with
    `message`, which names the object. In a step that settles several changes, `about` is the
    one that asks. `needs` is what it asks about, if that may be made by the same plan: then nothing
    is asked.
    """

    query: str
    message: str
    about: Ref | None = None
    needs: Ref | None = None


class Kept(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """An object that a step makes again, and a mark of what it gives back to it.

    The mark changes when that does: who owns the object, and who may use it.
    """

    ref: Ref
    mark: str


class Renamed(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """An object that is the same under another name."""

    old: Ref
    new: Ref


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """What gives back to an object that was made again what no schema says of it.

    `handover` is the statement among `sql` that leaves the object to `owner`, another role than
    the one that makes it (empty: none is needed).
    """

    mark: str
    sql: tuple[str, ...] = ()
    handover: str = ""
    owner: Ref | None = None
    consumes: tuple[Ref, ...] = ()
    guards: tuple[Guard, ...] = ()


class Step(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What is done, in words and SQL, and what it means for other steps and for users.

    `produces` are the refs whose final state it makes, `destroys` those whose first state it
    ends (an ALTER does both), `consumes` those that must be there, `settles` the changes it
    takes care of. `transaction` is `boundary` where a COMMIT must follow before the next step that
    uses what it made, and `last` where one follows at once.
    `keeps` are the objects to which it gives back what no schema says of them, `renames` those
    that it only calls by another name (it destroys the old name and produces the new one).
    `undo_description` names it in a rollback where a person would say it differently, and
    `extra` keeps what others wrote into the plan file under `x-` keys.
    """

    description: str
    sql: tuple[str, ...]
    produces: tuple[Ref, ...] = ()
    consumes: tuple[Ref, ...] = ()
    destroys: tuple[Ref, ...] = ()
    settles: tuple[Ref, ...] = ()
    effects: tuple[Effect, ...] = ()
    locks: tuple[Lock, ...] = ()
    guards: tuple[Guard, ...] = ()
    keeps: tuple[Kept, ...] = ()
    renames: tuple[Renamed, ...] = ()
    transaction: Transaction = "inside"
    span: Span | None = None
    undo_description: str = ""
    extra: dict[str, Any] = msgspec.field(default_factory=dict)


class Rendered(msgspec.Struct, frozen=True):
    """What a kind makes of the changes it was handed: steps, and the refs it settled."""

    steps: tuple[Step, ...] = ()
    settled: tuple[Ref, ...] = ()
