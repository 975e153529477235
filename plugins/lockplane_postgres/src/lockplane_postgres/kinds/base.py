"""What all kinds of PostgreSQL share: what is rendered beside their own steps, and schema JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Keeping, Rendered, Step
from lockplane_core.spi.support import YES, Support
from lockplane_postgres.kinds import commenting, granting, handed, owning
from lockplane_postgres.kinds.naming import Naming
from lockplane_postgres.kinds.regaining import regained
from lockplane_postgres.kinds.renaming import renamed
from lockplane_postgres.kinds.tags import (
    COMMENT,
    DEFAULT_PRIVILEGE,
    GRANTABLE,
    PLACEMENT,
    PRIVILEGE,
)
from lockplane_postgres.kinds.tree import COMMENT_FIELD, beside, nodes_beside, text
from lockplane_postgres.quote import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change


class PgKind(Naming):
    """A kind of PostgreSQL whose ref is (schema, name) for a root and parent + name below."""

    embeds: ClassVar[frozenset[str]] = frozenset({COMMENT, PLACEMENT})
    tree_fields: ClassVar[tuple[tuple[Any, ...], ...]] = (COMMENT_FIELD,)
    placed: ClassVar[bool] = False
    """Whether it may be in a tablespace."""
    renamable: ClassVar[bool] = False
    """Whether `ALTER <keyword> … RENAME TO` is there for it."""

    def support(self) -> Support:
        """As its class tells; what has a name that COMMENT ON knows has comments too."""
        is_named = bool(self.keyword) or type(self).commented is not Naming.commented
        return msgspec.structs.replace(
            super().support(),
            comment=YES if is_named else "",
            privileges="kept" if self.tag in GRANTABLE else "",
            rename=YES if self.renamable else "",
        )

    def keeping(self, node: Node) -> Keeping:
        """Owner and privileges."""
        return regained(self, node)

    # -- steps -----------------------------------------------------------------------------

    def render(self, changes: Sequence[Change], before: Catalog, after: Catalog) -> Rendered:
        """Changes of its own tag, and of the comments, privileges and owners of its objects."""
        rendered = handed.ordered(super().render(changes, before, after), before, after)
        mine = [c for c in changes if c.ref not in rendered.settled]
        steps = commenting.rendered(self, mine, before, after)
        own = rendered.steps
        if any(c.of_kind(tag) for c in (before, after) for tag in (PRIVILEGE, DEFAULT_PRIVILEGE)):
            own = granting.as_usual(self, own, changes, before, after)
            steps += granting.rendered(self, mine, before, after)
        steps += owning.rendered(self, mine, before, after)
        return Rendered((*own, *steps), (*rendered.settled, *(r for s in steps for r in s.settles)))

    def rename(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER <keyword> … RENAME TO`, after `SET SCHEMA` if it moves."""
        if not self.renamable:
            raise self.unsupported(change, "renamed")
        yield renamed(self, change, before)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP <keyword> …`, never CASCADE: what stands on it has its own step."""
        ref = change.old.ref
        description = f"Drop {ref.noun} {self.spoken(ref)}"
        step = Step(description=description, sql=(f"DROP {self.keyword} {self.sql(ref)}",))
        yield self.gone(change, before, step)

    # -- JSON ------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """`schema` unless it is public, `name`, the fields of the body, and what is beside it."""
        place = {}
        if not self.parent and len(node.ref.path) > 1 and node.ref.path[0] != PUBLIC:
            place["schema"] = node.ref.path[0]
        return place | {"name": node.ref.name} | self.fields(node, catalog) | beside(node, catalog)

    def fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """The body as schema JSON."""
        found: dict[str, Any] = msgspec.to_builtins(node.body)
        return found

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The reverse of `to_tree`."""
        fields = dict(item)
        ref = self.tree_ref(fields, parent)
        comment = fields.pop("comment", None)
        tablespace = fields.pop("tablespace", None) if self.placed else None
        yield Node(ref=ref, parent=parent, body=self.read_fields(fields, ref))
        yield from nodes_beside(ref, comment, tablespace)

    def tree_ref(self, fields: dict[str, Any], parent: Ref | None) -> Ref:
        """The ref that an item of schema JSON names; takes what it uses out of `fields`."""
        name = text(fields.pop("name"))
        if parent is not None:
            return Ref(self.tag, (*parent.path, name))
        return Ref(self.tag, (text(fields.pop("schema", PUBLIC)), name))

    def read_fields(self, fields: dict[str, Any], ref: Ref) -> Body:
        """The body that schema JSON describes."""
        return msgspec.convert(fields, self.body)
