"""Rivals: keys of the same columns, of which a foreign key stands on the first that was there.

PostgreSQL takes the oldest unique index that fits (transformFkeyCheckAttrs in tablecmds.c walks
them by OID), and no statement names another. So a key on which no foreign key stands is made
after those that stand on another one like it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import FOREIGN_KEY, INDEX, PRIMARY_KEY, UNIQUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step

_KEYS = (PRIMARY_KEY, UNIQUE, INDEX)


def is_rival(node: Node, catalog: Catalog) -> bool:
    """Whether a foreign key that stands on another key would have taken this one before it."""
    return bool(_waited_for(node, catalog))


def after_foreign_keys(node: Node, step: Step, after: Catalog) -> Step:
    """The step that makes a key, once the foreign keys are there that stand on another one."""
    waited = _waited_for(node, after)
    consumes = (*step.consumes, *(ref for ref in waited if ref not in step.consumes))
    return msgspec.structs.replace(step, consumes=consumes) if waited else step


def _waited_for(node: Node, catalog: Catalog) -> list[Ref]:
    if not _serves(node) or any(_standing_on(node, catalog)):
        return []
    columns = set(node.body.columns)
    table = table_of(node.ref)
    others = (other for tag in _KEYS for other in catalog.children(table, tag))
    alike = [key for key in others if _serves(key) and set(key.body.columns) == columns]
    return sorted({ref for key in alike for ref in _standing_on(key, catalog)})


def _serves(node: Node) -> bool:
    """Whether a foreign key could stand on it."""
    return node.ref.kind in (PRIMARY_KEY, UNIQUE) or (node.ref.kind == INDEX and node.body.unique)


def _standing_on(key: Node, catalog: Catalog) -> Iterator[Ref]:
    return (node.ref for node in catalog.dependants(key.ref) if node.ref.kind == FOREIGN_KEY)
