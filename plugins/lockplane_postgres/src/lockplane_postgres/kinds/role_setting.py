"""Settings of managed roles, in all databases of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Node
from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.role import USERS
from lockplane_postgres.kinds.setting import SELECTED, SettingKind
from lockplane_postgres.kinds.tags import ROLE, ROLE_SETTING, SERVER
from lockplane_postgres.kinds.tree import text
from lockplane_postgres.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog

_SETTINGS = f"""
WITH {USERS}
{SELECTED}
JOIN users r ON r.oid = s.setrole
WHERE s.setdatabase = 0
ORDER BY 1, 2
"""


class RoleSettingKind(SettingKind):
    """Ref: (role, name)."""

    tag = ROLE_SETTING
    plural = "role_settings"
    parent = ROLE
    managed = "roles"
    weight = 6
    tree_fields = ()
    settings = _SETTINGS
    where = "in all databases"

    def statement(self, role: str, rest: str) -> str:
        """`ALTER ROLE …`."""
        return f"ALTER ROLE {quote(role)}{rest}"

    def consumed(self, role: str) -> tuple[Ref, ...]:
        """A server of which nobody else has the role."""
        return (Ref(SERVER, (role,)),)

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """The name and `values`, below the role."""
        fields: dict[str, Any] = msgspec.to_builtins(node.body)
        return {"name": node.ref.name, **fields}

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The reverse of `to_tree`."""
        fields = dict(item)
        path = (*(parent.path if parent else ()), text(fields.pop("name")))
        body = msgspec.convert(fields, self.body)
        yield Node(ref=Ref(self.tag, path), parent=parent, body=body)
