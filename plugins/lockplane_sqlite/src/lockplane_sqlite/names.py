"""Names: how a catalog spells what bodies hold folded."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from lockplane_sqlite import refs
from lockplane_sqlite.quote import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref

_KNOWN: WeakKeyDictionary[Catalog, Names] = WeakKeyDictionary()


class Names:
    """Spellings of the tables, views and columns of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        owners = [
            node.ref
            for tag in (refs.TABLE, refs.VIEW, refs.VIRTUAL_TABLE)
            for node in catalog.of_kind(tag)
        ]
        self._owners = {fold(ref.name): ref for ref in owners}
        self._columns = {
            (fold(node.ref.path[0]), fold(node.ref.name)): node.ref.name
            for node in catalog.of_kind(refs.COLUMN)
        }

    @staticmethod
    def of(catalog: Catalog) -> Names:
        """The names of a catalog; made once for each."""
        if catalog not in _KNOWN:
            _KNOWN[catalog] = Names(catalog)
        return _KNOWN[catalog]

    def owner(self, name: str) -> str:
        """A table or view as it is declared; a name that nobody declares as it is given."""
        ref = self._owners.get(fold(name))
        return ref.name if ref else name

    def owner_ref(self, name: str) -> Ref | None:
        """The ref of a table or view."""
        return self._owners.get(fold(name))

    def column(self, table: str, name: str) -> str:
        """A column as it is declared; a name that nobody declares as it is given."""
        return self._columns.get((fold(table), fold(name)), name)

    def columns(self, table: str, names: Iterable[str]) -> tuple[str, ...]:
        """Several columns of a table."""
        return tuple(self.column(table, name) for name in names)
