"""Subscriptions: what logical replication receives. Nothing here makes a server connect.

A subscription is made WITH (connect = false), so it does not run: the slot on the publisher, and
ENABLE, are a person's to do, and whether it runs is no part of its schema (pg_dump writes none of
it either). One that goes is parted from its slot first, as DROP would reach for the publisher.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import foreign_options
from lockplane_postgres.kinds.named import RemadeKind, UnplacedKind
from lockplane_postgres.kinds.tags import SUBSCRIBER, SUBSCRIPTION
from lockplane_postgres.quote import literal, names, quote
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Guard
    from lockplane_core.spi.reader import Reader

Streaming = Literal["off", "on", "parallel"]
Origin = Literal["any", "none"]

_MAY_READ = "SELECT has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT')"
_SUBSCRIPTIONS = """
SELECT s.oid, s.subname, s.subconninfo, s.subpublications, s.subslotname, s.subsynccommit,
       s.subbinary, s.substream::text, {two_phase}, {disable_on_error}, {origin},
       {password_required}, {run_as_owner}, {failover}
FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = current_database()
"""
_FACTS: Mapping[str, tuple[int, str, str]] = MappingProxyType({
    "two_phase": (15, "s.subtwophasestate <> 'd'", "false"),
    "disable_on_error": (15, "s.subdisableonerr", "false"),
    "origin": (16, "s.suborigin", "'any'"),
    "password_required": (16, "s.subpasswordrequired", "true"),
    "run_as_owner": (16, "s.subrunasowner", "false"),
    "failover": (17, "s.subfailover", "false"),
})  # fmt: skip
"""Since when each is there, how it is read, and what holds before."""
_STREAMING: Mapping[str, Streaming] = {
    "f": "off", "false": "off", "t": "on", "true": "on", "p": "parallel",
}  # fmt: skip
"""A boolean until 15."""
_REACHING = ("two_phase", "failover")
"""What ALTER tells the publisher as well, or does not know at all (subscriptioncmds.c)."""


class SubscriptionBody(Body, frozen=True, kw_only=True):
    """Where it goes (`connection` as `name=value`, secrets as `********`), and what it takes.

    No `slot_name` is NONE. Whether it is enabled is not said.
    """

    connection: tuple[str, ...] = ()
    publications: tuple[str, ...]
    slot_name: str = ""
    synchronous_commit: str = "off"
    binary: bool = False
    streaming: Streaming = "off"
    two_phase: bool = False
    disable_on_error: bool = False
    origin: Origin = "any"
    password_required: bool = True
    run_as_owner: bool = False
    failover: bool = False


class SubscriptionKind(RemadeKind, UnplacedKind):
    """Ref: (name,)."""

    tag = SUBSCRIPTION
    plural = "subscriptions"
    body = SubscriptionBody
    weight = 245
    keyword = "SUBSCRIPTION"
    renamable = True
    since = MappingProxyType({name: str(since) for name, (since, _, _) in _FACTS.items()})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All of this database; none for a role that may not see where they go."""
        pg = as_pg(reader)
        if not pg.holds("pg_subscription"):
            return
        ((may_read,),) = pg.rows(_MAY_READ)
        facts = {name: pg.since(*fact) for name, fact in _FACTS.items()}
        for oid, name, *row in pg.rows(_SUBSCRIPTIONS.format(**facts)) if may_read else ():
            ref = pg.note(Ref(self.tag, (name,)), "pg_subscription", oid)
            yield Node(ref=ref, body=_body(row))

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Never: what it has received so far would be forgotten with it."""
        return False

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE SUBSCRIPTION … WITH (connect = false)`: it is there, and does not run."""
        ref, body = change.new.ref, change.new.body
        step = Step(
            description=f"Create subscription {ref.name}, which does not run until its slot is on "
            "the publisher and it is enabled by hand",
            sql=(self.definition(change.new),),
            consumes=(_subscriber(ref),),
            guards=tuple(foreign_options.guards(ref, self.called(ref), body.connection)),
        )
        yield self.made(change, step)

    def definition(self, node: Node) -> str:
        body: SubscriptionBody = node.body
        said = ", ".join(("connect = false", *_options(None, body)))
        return (
            f"CREATE SUBSCRIPTION {quote(node.ref.name)} CONNECTION {_connection(body)} "
            f"PUBLICATION {names(body.publications)} WITH ({said})"
        )

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CONNECTION …`, `SET PUBLICATION … WITH (refresh = false)`, `SET (…)`."""
        ref, old, new = change.new.ref, change.old.body, change.new.body
        _refuse_reaching(change)
        guards: tuple[Guard, ...] = ()
        if old.connection != new.connection:
            guards = tuple(foreign_options.guards(ref, self.called(ref), new.connection))
        step = Step(
            description=_altered(ref, old, new),
            sql=tuple(f"ALTER SUBSCRIPTION {quote(ref.name)} {a}" for a in _actions(old, new)),
            consumes=(_subscriber(ref),),
            guards=guards,
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP SUBSCRIPTION`, of one that has no slot any more: it stays on the publisher."""
        ref, slot = change.old.ref, change.old.body.slot_name
        left = f", whose slot stays on the publisher ({_dropping(slot)})" if slot else ""
        step = Step(
            description=f"Drop subscription {ref.name}{left}",
            sql=parting(ref.name),
            consumes=(_subscriber(ref),),
            effects=("breaking",),
            undo_description=f"Drop subscription {ref.name}",
        )
        yield self.gone(change, before, step)


def parting(name: str) -> tuple[str, ...]:
    """The statements that drop a subscription without a word to its publisher."""
    alter = f"ALTER SUBSCRIPTION {quote(name)}"
    return (
        f"{alter} DISABLE",
        f"{alter} SET (slot_name = NONE)",
        f"DROP SUBSCRIPTION {quote(name)}",
    )


def _subscriber(ref: Ref) -> Ref:
    """What a scratch must be allowed to be: see `Shadow.provide` of ours."""
    return Ref(SUBSCRIBER, ref.path)


def _dropping(slot: str) -> str:
    return f"SELECT pg_drop_replication_slot({literal(slot)}) there"


def _body(row: list[object]) -> SubscriptionBody:
    connection, publications, slot, commit, binary, streaming, *facts = row
    return SubscriptionBody(
        connection=parts_of(str(connection)),
        publications=tuple(publications),  # type: ignore[arg-type]  # text[] of the driver
        slot_name=str(slot or ""),
        synchronous_commit=str(commit),
        binary=bool(binary),
        streaming=_STREAMING[str(streaming)],
        **dict(zip(_FACTS, facts, strict=True)),  # type: ignore[arg-type]  # as _FACTS reads them
    )


def parts_of(connection: str) -> tuple[str, ...]:
    """A connection string (or URI) as `name=value`, sorted, without its secrets."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = conninfo_to_dict(connection)
    except ProgrammingError:  # a word that this libpq is too old for; it may hold a secret
        return (f"password={foreign_options.HIDDEN}",)
    return foreign_options.read(f"{name}={value}" for name, value in found.items())


def _connection(body: SubscriptionBody) -> str:
    from psycopg.conninfo import make_conninfo

    parts = dict(part.split("=", 1) for part in body.connection)
    return literal(make_conninfo("", **parts))


def _altered(ref: Ref, old: SubscriptionBody, new: SubscriptionBody) -> str:
    said = f"Change subscription {ref.name}"
    if old.publications == new.publications:
        return said
    return f"{said}; it takes the tables of other publications after REFRESH PUBLICATION, by hand"


def _actions(old: SubscriptionBody, new: SubscriptionBody) -> Iterator[str]:
    if old.connection != new.connection:
        yield f"CONNECTION {_connection(new)}"
    if old.publications != new.publications:
        yield f"SET PUBLICATION {names(new.publications)} WITH (refresh = false)"
    options = list(_options(old, new))
    if not new.slot_name and old.slot_name:
        yield "DISABLE"  # or it could not be parted from its slot
    if options:
        yield f"SET ({', '.join(options)})"


def _options(old: SubscriptionBody | None, new: SubscriptionBody) -> Iterator[str]:
    """Those that differ; of a new one, also those whose usual value is not the same in all."""
    known = old or SubscriptionBody(publications=())
    if old is None or known.slot_name != new.slot_name:
        yield f"slot_name = {literal(new.slot_name) if new.slot_name else 'NONE'}"
    if old is None or known.streaming != new.streaming:
        yield f"streaming = {new.streaming}"
    if known.synchronous_commit != new.synchronous_commit:
        yield f"synchronous_commit = {literal(new.synchronous_commit)}"
    if known.origin != new.origin:
        yield f"origin = {new.origin}"
    for name in (
        "binary", "two_phase", "disable_on_error", "password_required", "run_as_owner", "failover",
    ):  # fmt: skip
        if getattr(known, name) != getattr(new, name):
            yield f"{name} = {str(getattr(new, name)).lower()}"


def _refuse_reaching(change: Change) -> None:
    """What can not be changed without the publisher."""
    for name in _REACHING:
        if getattr(change.old.body, name) != getattr(change.new.body, name):
            place = f" ({change.new.span})" if change.new.span else ""
            raise UnsupportedChange(
                f"{name} of subscription {change.new.ref.name} can not be changed{place}: the "
                "publisher has to be told, and nothing here connects to it",
                hint="Change it by hand (ALTER SUBSCRIPTION … SET, or make it anew before 17), "
                "or keep it as it is in the schema.",
            )
