"""Foreign data wrappers that no extension brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import foreign_options
from lockplane_postgres.kinds.named import RemadeKind, UnplacedKind
from lockplane_postgres.kinds.tags import FOREIGN_DATA_WRAPPER
from lockplane_postgres.reader import as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_WRAPPERS = f"""
SELECT w.oid, w.fdwname, nullif(w.fdwhandler, 0)::regproc::text,
       nullif(w.fdwvalidator, 0)::regproc::text, w.fdwoptions
FROM pg_foreign_data_wrapper w
WHERE {unowned("pg_foreign_data_wrapper", "w.oid")}
"""


class WrapperBody(Body, frozen=True, kw_only=True):
    """Its functions; `options` as `name=value`, secrets as `********`."""

    handler: str = ""
    validator: str = ""
    options: tuple[str, ...] = ()


class WrapperKind(RemadeKind, UnplacedKind):
    """Ref: (name,)."""

    tag = FOREIGN_DATA_WRAPPER
    plural = "foreign_data_wrappers"
    body = WrapperBody
    weight = 37
    keyword = "FOREIGN DATA WRAPPER"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All wrappers but those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_foreign_data_wrapper"):
            return
        for oid, name, handler, validator, options in pg.rows(_WRAPPERS):
            ref = pg.note(Ref(self.tag, (name,)), "pg_foreign_data_wrapper", oid)
            body = WrapperBody(
                handler=handler or "",
                validator=validator or "",
                options=foreign_options.read(options),
            )
            yield Node(ref=ref, body=body)

    def replaces(self, change: Change) -> bool:
        """Never: everything has an ALTER."""
        return False

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE FOREIGN DATA WRAPPER`."""
        ref, said = change.new.ref, self.called(change.new.ref)
        found = tuple(foreign_options.guards(ref, said, change.new.body.options))
        for step in super().create(change, before, after):
            yield msgspec.structs.replace(step, guards=found)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER FOREIGN DATA WRAPPER`."""
        ref, old, new = change.new.ref, change.old.body, change.new.body
        words = " ".join(filter(None, _changed(old, new)))
        step = Step(
            description=f"Change {self.called(ref)}",
            sql=(f"ALTER FOREIGN DATA WRAPPER {self.sql(ref)} {words}",),
            guards=tuple(foreign_options.guards(ref, self.called(ref), new.options, old.options)),
        )
        yield self.made(change, step)

    def definition(self, node: Node) -> str:
        body: WrapperBody = node.body
        words = " ".join(filter(None, _functions(WrapperBody(), body)))
        head = f"CREATE FOREIGN DATA WRAPPER {self.sql(node.ref)} {words}".rstrip()
        return head + foreign_options.listed(body.options)


def _functions(old: WrapperBody, new: WrapperBody) -> Iterator[str]:
    for word in ("handler", "validator"):
        function = getattr(new, word)
        if function != getattr(old, word):
            yield f"{word.upper()} {function}" if function else f"NO {word.upper()}"


def _changed(old: WrapperBody, new: WrapperBody) -> Iterator[str]:
    yield from _functions(old, new)
    yield foreign_options.changed(old.options, new.options)
