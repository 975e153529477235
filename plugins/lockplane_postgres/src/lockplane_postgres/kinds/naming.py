"""How the objects of a kind are called: in DDL, in COMMENT ON and GRANT, and by people."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lockplane_core.spi.kind import Kind
from lockplane_postgres.quote import qualified, quote, spoken

if TYPE_CHECKING:
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref


class Naming(Kind):
    """A kind whose objects DDL knows by a name.

    `keyword` is what DDL calls them: `ALTER <keyword> …`, `COMMENT ON <keyword> …`.
    """

    keyword: ClassVar[str] = ""

    def sql(self, ref: Ref) -> str:
        """The name as DDL writes it, schema and all; of what lives below a table, its own name."""
        if len(ref.path) == 2:  # noqa: PLR2004 - (schema, name)
            return qualified(*ref.path)
        return quote(ref.name)

    def spoken(self, ref: Ref) -> str:
        """The name in a description: `users`, `audit.log`."""
        return spoken(ref.path)

    def commented(self, node: Node) -> str:
        """What COMMENT ON calls the object."""
        name = f"{self.keyword} {self.sql(node.ref)}"
        return f"{name} ON {qualified(*node.parent.path)}" if node.parent else name

    def granted(self, node: Node) -> str:
        """What GRANT calls the object."""
        return self.commented(node)

    def renaming(self, node: Node) -> str:
        """The statement that renames, up to TO."""
        return f"ALTER {self.commented(node)} RENAME"

    def own_name(self, ref: Ref) -> str:
        """The name alone, as DDL writes it."""
        return quote(ref.name)
