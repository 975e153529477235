"""Owners: to whom an object belongs, where a project manages that.

The node is a child of the object, whose kind also writes ALTER … OWNER TO. There is none where the
object belongs to the role that reads: on a scratch that is whatever no statement gave away. So a
schema that says nothing of an object's owner leaves it to whom it belongs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.spi.kind import Kind
from lockplane_core.spi.support import YES, Support
from lockplane_postgres.kinds.sequence import SequenceKind
from lockplane_postgres.kinds.tags import (
    AGGREGATE,
    BASE_TYPE,
    COLLATION,
    COMPOSITE,
    CONVERSION,
    DOMAIN,
    ENUM,
    EVENT_TRIGGER,
    FOREIGN_DATA_WRAPPER,
    FOREIGN_SERVER,
    FOREIGN_TABLE,
    FUNCTION,
    LANGUAGE,
    MATERIALIZED_VIEW,
    OPERATOR,
    OPERATOR_CLASS,
    OPERATOR_FAMILY,
    OWNER,
    PUBLICATION,
    RANGE,
    SCHEMA,
    SEARCH_CONFIGURATION,
    SEARCH_DICTIONARY,
    SEQUENCE,
    STATISTICS,
    SUBSCRIPTION,
    TABLE,
    VIEW,
)
from lockplane_postgres.kinds.tree import text
from lockplane_postgres.quote import PUBLIC, spoken
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.reader import Reader

OWNABLE = frozenset({
    TABLE, VIEW, MATERIALIZED_VIEW, FOREIGN_TABLE, SEQUENCE,
    SCHEMA, FUNCTION, AGGREGATE, ENUM, DOMAIN, COMPOSITE, RANGE, BASE_TYPE, COLLATION, CONVERSION,
    OPERATOR, OPERATOR_CLASS, OPERATOR_FAMILY, SEARCH_CONFIGURATION, SEARCH_DICTIONARY, STATISTICS,
    LANGUAGE, FOREIGN_DATA_WRAPPER, FOREIGN_SERVER, EVENT_TRIGGER, PUBLICATION, SUBSCRIPTION,
})  # fmt: skip
_PUBLIC = Ref(SCHEMA, (PUBLIC,))
"""Belongs to whoever owns the database since 15, and to the first superuser before."""
# Such a sequence belongs to the owner of its table, and to nobody else.
_LINKED = """
SELECT objid FROM pg_depend
WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
  AND refobjsubid > 0 AND deptype IN ('a', 'i') AND objid >= 16384
"""


class OwnerBody(Body, frozen=True, kw_only=True):
    """The role that owns."""

    role: str


def owner_ref(about: Ref) -> Ref:
    """The ref of the owner of an object."""
    return Ref(OWNER, (about.kind.rpartition(".")[2], *about.path))


class OwnerKind(Kind):
    """Ref: (noun of the object, *its path). Introspected last, by the addresses of all."""

    tag = OWNER
    plural = "owners"
    role = "other"
    body = OwnerBody
    also_below = OWNABLE
    always_root = True
    managed = "owners"
    stays = True
    weight = 905
    tree_fields = (("name",), ("on", str), ("of", tuple[str, ...]))

    def support(self) -> Support:
        """ALTER … OWNER TO; the kind of the object writes it."""
        return msgspec.structs.replace(super().support(), create=YES, alter=YES, drop=YES)

    def spoken(self, ref: Ref) -> str:
        """`of table orders`."""
        noun, *path = ref.path
        return f"of {noun.replace('_', ' ')} {spoken(path)}"

    def moved(self, ref: Ref, old: Ref, new: Ref) -> Ref:
        """Its path is that of the object, behind the noun."""
        noun, *path = ref.path
        about = Ref(f"postgres.{noun}", tuple(path))
        if about.kind == SEQUENCE:
            return owner_ref(SequenceKind().moved(about, old, new))
        return owner_ref(super().moved(about, old, new))

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """The owner of everything that some kind noted, and that is not the reader's own."""
        pg = as_pg(reader)
        pg.manages_owners = True
        linked = {pg.ref("pg_class", oid) for (oid,) in pg.rows(_LINKED)}
        for about, rights in pg.rights.items():
            is_known = about.kind in OWNABLE and about != _PUBLIC and about not in linked
            if is_known and rights.owner != rights.reader:
                body = OwnerBody(role=rights.owner)
                yield Node(ref=owner_ref(about), parent=about, body=body)

    def unsaid(self, ref: Ref, catalog: Catalog) -> Node | None:
        """What a schema gives to the very role that its scratch was made by."""
        noun, *path = ref.path
        about = catalog.get(Ref(f"postgres.{noun}", tuple(path)))
        if about is None or about.kept is None or about.kept.owner != about.kept.reader:
            return None
        return Node(ref=ref, parent=about.ref, body=OwnerBody(role=about.kept.owner))

    def says_nothing(self, node: Node, live: Catalog) -> bool:
        """Whether it is the role that reads the database: what is its own has no such node."""
        reader = next((other.kept.reader for other in live if other.kept is not None), "")
        return bool(node.body.role == reader)

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """`on` (the noun) and `of` (the path) of the object, and the role."""
        noun, *path = node.ref.path
        fields: dict[str, Any] = msgspec.to_builtins(node.body)
        return {"on": noun, "of": path, **fields}

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The reverse of `to_tree`."""
        fields = dict(item)
        noun = text(fields.pop("on"))
        path = msgspec.convert(fields.pop("of"), tuple[str, ...])
        about = Ref(f"postgres.{noun}", path)
        body = msgspec.convert(fields, OwnerBody)
        yield Node(ref=owner_ref(about), parent=about, body=body)
