"""Row level security policies: altered where they can be, else dropped and made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lockplane_core.model.node import Body, Node
from lockplane_core.model.step import Effect, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.refs import role_ref
from lockplane_postgres.kinds.tags import POLICY, TABLE
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.quote import names, qualified, quote, spoken
from lockplane_postgres.reader import as_pg, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Lock
    from lockplane_core.spi.reader import Reader

Command = Literal["all", "select", "insert", "update", "delete"]

# Role 0 is PUBLIC: a policy for everybody lists nobody else.
_POLICIES = """
SELECT p.polrelid, p.oid, p.polname, p.polcmd::text, p.polpermissive,
       ARRAY(SELECT r.rolname::text FROM pg_roles r WHERE r.oid = ANY (p.polroles) ORDER BY 1),
       pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p
"""
_COMMANDS: dict[str, Command] = {
    "*": "all",
    "r": "select",
    "a": "insert",
    "w": "update",
    "d": "delete",
}


class PolicyBody(Body, frozen=True, kw_only=True):
    """Whom it is for (nobody named: everybody), which rows they see, and which they may write.

    A permissive policy lets rows through; one that is not takes from what others let through.
    """

    command: Command = "all"
    permissive: bool = True
    roles: tuple[str, ...] = ()
    using: SqlText | None = None
    with_check: SqlText | None = None


class PolicyKind(PgKind):
    """Ref: (schema, table, name)."""

    tag = POLICY
    plural = "policies"
    role = "policy"
    body = PolicyBody
    parent = TABLE
    weight = 230
    keyword = "POLICY"
    renamable = True
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All policies of modelled tables."""
        pg = as_pg(reader)
        for table, row in of_tables(pg, pg.rows(_POLICIES)):
            _, oid, name, command, permissive, roles, using, with_check = row
            body = PolicyBody(
                command=_COMMANDS[command],
                permissive=permissive,
                roles=tuple(roles),
                using=using,
                with_check=with_check,
            )
            ref = pg.note(table.child(self.tag, name), "pg_policy", oid)
            yield Node(ref=ref, parent=table, body=body)

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether ALTER POLICY can not: it has no word for what it is, nor to take a part away."""
        old, new = change.old.body, change.new.body
        if (old.command, old.permissive) != (new.command, new.permissive):
            return True
        goes = (old.using and not new.using) or (old.with_check and not new.with_check)
        return bool(goes)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE POLICY`."""
        node, body = change.new, change.new.body
        words = [_name("CREATE", node.ref)]
        if not body.permissive:
            words.append("AS RESTRICTIVE")
        if body.command != "all":
            words.append(f"FOR {body.command.upper()}")
        if body.roles:
            words.append(f"TO {names(body.roles)}")
        step = Step(
            description=f"Create {_said(node)}",
            sql=(" ".join([*words, *_rules(body)]),),
            consumes=_roles(node),
            effects=_effects(change, after),
            locks=_locks(node, before),
        )
        yield self.made(change, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER POLICY`, with the parts that differ."""
        old, new = change.old.body, change.new.body
        words = [_name("ALTER", change.new.ref)]
        if old.roles != new.roles:
            words.append(f"TO {names(new.roles) or 'PUBLIC'}")
        step = Step(
            description=f"Change {_said(change.new)}",
            sql=(" ".join([*words, *_rules(new, old)]),),
            consumes=_roles(change.new),
            effects=("security",),
            locks=_locks(change.new, before),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP POLICY`: without a restrictive one more is let through, without another less."""
        node = change.old
        step = Step(
            description=f"Drop {_said(node)}{_meaning(change, after)}",
            sql=(_name("DROP", node.ref),),
            effects=_effects(change, after),
            locks=_locks(node, before),
        )
        yield self.gone(change, before, step)


def is_guarded(table: Ref, catalog: Catalog) -> bool:
    """Whether some policy lets rows of a table through."""
    return any(node.body.permissive for node in catalog.children(table, POLICY))


def _name(verb: str, ref: Ref) -> str:
    return f"{verb} POLICY {quote(ref.name)} ON {qualified(*ref.path[:2])}"


def _rules(body: PolicyBody, old: PolicyBody | None = None) -> Iterator[str]:
    """USING and WITH CHECK, as far as they are not there already."""
    if body.using is not None and (old is None or old.using != body.using):
        yield f"USING ({body.using})"
    if body.with_check is not None and (old is None or old.with_check != body.with_check):
        yield f"WITH CHECK ({body.with_check})"


def _said(node: Node) -> str:
    """`restrictive policy own_rows on table users`."""
    sort = "" if node.body.permissive else "restrictive "
    return f"{sort}policy {node.ref.name} on table {spoken(node.ref.path[:2])}"


def _meaning(change: Change, after: Catalog) -> str:
    """What a drop lets happen, in words."""
    table = change.old.parent
    if change.action != "drop" or table is None or table not in after:
        return ""
    if not after[table].body.rls_enabled:
        return ""
    if not change.old.body.permissive:
        return ", which lets more rows through"
    return "" if is_guarded(table, after) else ": no other lets rows through"


def _effects(change: Change, after: Catalog) -> tuple[Effect, ...]:
    """Who sees less breaks, and either way it is another one who may read or write."""
    if change.action == "replace":
        return () if change.old.body == change.new.body else ("security",)
    node = change.after or change.old
    is_narrower = node.body.permissive == (change.action == "drop")
    return ("breaking", "security") if is_narrower and node.parent in after else ("security",)


def _roles(node: Node) -> tuple[Ref, ...]:
    return tuple(role_ref(name) for name in node.body.roles)


def _locks(node: Node, before: Catalog) -> tuple[Lock, ...]:
    return existing(before, ACCESS_EXCLUSIVE, *filter(None, [node.parent]))
