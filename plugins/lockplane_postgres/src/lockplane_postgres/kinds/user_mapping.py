"""User mappings: as whom a role of this server goes to a foreign one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import foreign_options
from lockplane_postgres.kinds.named import RemadeKind, UnplacedKind
from lockplane_postgres.kinds.refs import role_ref
from lockplane_postgres.kinds.tags import FOREIGN_SERVER, USER_MAPPING
from lockplane_postgres.kinds.tree import text
from lockplane_postgres.quote import quote
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_EVERYBODY = "public"
"""PUBLIC; no role can have that name."""

_MAY_READ = "SELECT has_table_privilege('pg_catalog.pg_user_mapping', 'SELECT')"
_MAPPINGS = """
SELECT u.oid, s.srvname, CASE u.umuser WHEN 0 THEN 'public' ELSE pg_get_userbyid(u.umuser) END,
       u.umoptions
FROM pg_user_mapping u JOIN pg_foreign_server s ON s.oid = u.umserver
"""


class UserMappingBody(Body, frozen=True, kw_only=True):
    """`options` as `name=value`, secrets as `********`."""

    options: tuple[str, ...] = ()


class UserMappingKind(RemadeKind, UnplacedKind):
    """Ref: (server, role), the role `public` for everybody."""

    tag = USER_MAPPING
    plural = "user_mappings"
    tree_fields = (("server", str),)
    body = UserMappingBody
    weight = 39

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All user mappings; none for a role that may not see all that is in them."""
        pg = as_pg(reader)
        if not pg.holds("pg_user_mapping"):
            return
        ((may_read,),) = pg.rows(_MAY_READ)
        for oid, server, role, options in pg.rows(_MAPPINGS) if may_read else ():
            ref = pg.note(Ref(self.tag, (server, role)), "pg_user_mapping", oid)
            yield Node(ref=ref, body=UserMappingBody(options=foreign_options.read(options)))

    def sql(self, ref: Ref) -> str:
        """`FOR role SERVER server`."""
        server, role = ref.path
        return f"FOR {'PUBLIC' if role == _EVERYBODY else quote(role)} SERVER {quote(server)}"

    def called(self, ref: Ref) -> str:
        """`user mapping of bob on foreign server s`."""
        server, role = ref.path
        return f"user mapping of {role} on foreign server {server}"

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Never: options have an ALTER."""
        return False

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE USER MAPPING`."""
        ref = change.new.ref
        found = tuple(foreign_options.guards(ref, self.called(ref), change.new.body.options))
        for step in super().create(change, before, after):
            consumes = tuple(sorted({*step.consumes, *_needed(ref)}))
            yield msgspec.structs.replace(step, guards=found, consumes=consumes)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER USER MAPPING`."""
        ref, old, new = change.new.ref, change.old.body, change.new.body
        words = foreign_options.changed(old.options, new.options)
        step = Step(
            description=f"Change {self.called(ref)}",
            sql=(f"ALTER USER MAPPING {self.sql(ref)} {words}",),
            consumes=_needed(ref),
            guards=tuple(foreign_options.guards(ref, self.called(ref), new.options, old.options)),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP USER MAPPING`."""
        ref = change.old.ref
        step = Step(
            description=f"Drop {self.called(ref)}",
            sql=(f"DROP USER MAPPING {self.sql(ref)}",),
            effects=("breaking",) if change.action == "drop" else (),
        )
        yield self.gone(change, before, step)

    def definition(self, node: Node) -> str:
        options = foreign_options.listed(node.body.options)
        return f"CREATE USER MAPPING {self.sql(node.ref)}{options}"

    # -- JSON ------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """Also the server."""
        server, role = node.ref.path
        return {"server": server, "name": role} | self.fields(node, catalog)

    def tree_ref(self, fields: dict[str, Any], parent: Ref | None) -> Ref:
        """`name` is that of the role."""
        return Ref(self.tag, (text(fields.pop("server")), text(fields.pop("name"))))


def _needed(ref: Ref) -> tuple[Ref, ...]:
    server, role = ref.path
    roles = () if role == _EVERYBODY else (role_ref(role),)
    return (Ref(FOREIGN_SERVER, (server,)), *roles)
