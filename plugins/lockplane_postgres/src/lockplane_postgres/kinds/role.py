"""Roles, where a project manages them: what they may do on the server. Never their passwords.

They belong to the server. Only those that the desired side declares are managed, and nothing but
the rollback of a plan that made one drops it: other databases may need a role that no file names.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.named import UnplacedKind
from lockplane_postgres.kinds.refs import role_ref
from lockplane_postgres.kinds.tags import ROLE, SERVER
from lockplane_postgres.kinds.tree import comment_node
from lockplane_postgres.leftovers import MARK, NAMED
from lockplane_postgres.quote import literal, quote
from lockplane_postgres.reader import FIRST_USER_OID, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Effect
    from lockplane_core.spi.reader import Reader

USERS = f"""
users AS (
  SELECT r.*, shobj_description(r.oid, 'pg_authid') AS description FROM pg_roles r
  WHERE r.oid >= {FIRST_USER_OID} AND r.rolname !~ '^pg_'
    AND current_setting('{NAMED}', true) IS DISTINCT FROM 'on'
    AND NOT starts_with(coalesce(shobj_description(r.oid, 'pg_authid'), ''), '{MARK}')
)
"""
"""The roles that people made: on a scratch neither those that are there for the sake of what names
them, nor those of a server that somebody named."""
_ROLES = f"""
WITH {USERS}
SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolinherit, rolcanlogin, rolreplication,
       rolbypassrls, rolconnlimit, coalesce(nullif(rolvaliduntil, 'infinity')::text, ''),
       description
FROM users ORDER BY 1
"""
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "superuser": "SUPERUSER",
        "createdb": "CREATEDB",
        "createrole": "CREATEROLE",
        "inherit": "INHERIT",
        "login": "LOGIN",
        "replication": "REPLICATION",
        "bypassrls": "BYPASSRLS",
    }
)


class RoleBody(Body, frozen=True, kw_only=True):
    """Its attributes, as CREATE ROLE has them by itself; `valid_until` in UTC, empty for ever."""

    superuser: bool = False
    createdb: bool = False
    createrole: bool = False
    inherit: bool = True
    login: bool = False
    replication: bool = False
    bypassrls: bool = False
    connection_limit: int = -1
    valid_until: str = ""


class RoleKind(UnplacedKind):
    """Ref: (name,)."""

    tag = ROLE
    plural = "roles"
    role = "other"
    body = RoleBody
    managed = "roles"
    of_server = True
    weight = 2
    keyword = "ROLE"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All that people made, with their comments."""
        for name, *row, comment in as_pg(reader).rows(_ROLES):
            node = Node(ref=Ref(self.tag, (name,)), body=_body(row))
            yield node
            if comment is not None:
                yield comment_node(node.ref, comment)

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE ROLE …`, without a password."""
        ref, body = change.new.ref, change.new.body
        words = " ".join((f"CREATE ROLE {quote(ref.name)}", *_options(RoleBody(), body)))
        more = ", which has no password: give it one by hand" if body.login else ""
        step = self._step(ref, f"Create role {ref.name}{more}", words)
        step = self.made(change, step)
        yield msgspec.structs.replace(step, produces=(*step.produces, role_ref(ref.name)))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER ROLE …`."""
        ref, options = change.new.ref, [*_options(change.old.body, change.new.body)]
        words = f"ALTER ROLE {quote(ref.name)} {' '.join(options)}"
        step = self._step(ref, f"Change role {ref.name} to {', '.join(options)}", words, "breaking")
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP ROLE`, by which a rollback takes back that it was made."""
        ref = change.old.ref
        step = self._step(ref, f"Drop role {ref.name}", f"DROP ROLE {quote(ref.name)}", "breaking")
        step = self.gone(change, before, step)
        yield msgspec.structs.replace(step, destroys=(*step.destroys, role_ref(ref.name)))

    def _step(self, ref: Ref, description: str, sql: str, *effects: Effect) -> Step:
        return Step(
            description=description,
            sql=(sql,),
            consumes=(Ref(SERVER, ref.path),),
            effects=(*effects, "security"),
        )


def _body(row: list[object]) -> RoleBody:
    names = (field.name for field in msgspec.structs.fields(RoleBody))
    return msgspec.convert(dict(zip(names, row, strict=True)), RoleBody)


def _options(old: RoleBody, new: RoleBody) -> Iterator[str]:
    """What differs."""
    for name, word in _WORDS.items():
        if getattr(old, name) != getattr(new, name):
            yield word if getattr(new, name) else f"NO{word}"
    if old.connection_limit != new.connection_limit:
        yield f"CONNECTION LIMIT {new.connection_limit}"
    if old.valid_until != new.valid_until:
        yield f"VALID UNTIL {literal(new.valid_until or 'infinity')}"
