"""Foreign servers: where foreign data is. Nothing here ever connects to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import foreign_options
from lockplane_postgres.kinds.named import RemadeKind, UnplacedKind
from lockplane_postgres.kinds.tags import FOREIGN_DATA_WRAPPER, FOREIGN_SERVER
from lockplane_postgres.quote import literal, quote
from lockplane_postgres.reader import as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_SERVERS = f"""
SELECT s.oid, s.srvname, w.fdwname, s.srvtype, s.srvversion, s.srvoptions
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE {unowned("pg_foreign_server", "s.oid")}
"""


class ServerBody(Body, frozen=True, kw_only=True):
    """The wrapper that it is reached by; `options` as `name=value`, secrets as `********`."""

    wrapper: str
    type: str | None = None
    version: str | None = None
    options: tuple[str, ...] = ()


class ServerKind(RemadeKind, UnplacedKind):
    """Ref: (name,)."""

    tag = FOREIGN_SERVER
    plural = "foreign_servers"
    body = ServerBody
    weight = 38
    keyword = "SERVER"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All servers but those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_foreign_server"):
            return
        for oid, name, wrapper, type_, version, options in pg.rows(_SERVERS):
            ref = pg.note(Ref(self.tag, (name,)), "pg_foreign_server", oid)
            body = ServerBody(
                wrapper=wrapper, type=type_, version=version, options=foreign_options.read(options)
            )
            yield Node(ref=ref, body=body)

    def granted(self, node: Node) -> str:
        """GRANT calls it a FOREIGN SERVER."""
        return f"FOREIGN SERVER {self.sql(node.ref)}"

    def replaces(self, change: Change) -> bool:
        """Whether the wrapper or the type differs."""
        old, new = change.old.body, change.new.body
        return (old.wrapper, old.type) != (new.wrapper, new.type)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE SERVER`."""
        ref, body = change.new.ref, change.new.body
        found = tuple(foreign_options.guards(ref, self.called(ref), body.options))
        wrapper = Ref(FOREIGN_DATA_WRAPPER, (body.wrapper,))
        needed = (wrapper,) if wrapper in after else ()  # else an extension brings it
        for step in super().create(change, before, after):
            consumes = tuple(sorted({*step.consumes, *needed}))
            yield msgspec.structs.replace(step, guards=found, consumes=consumes)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER SERVER`."""
        ref, old, new = change.new.ref, change.old.body, change.new.body
        words = []
        if old.version != new.version:
            words.append(f"VERSION {'NULL' if new.version is None else literal(new.version)}")
        words.append(foreign_options.changed(old.options, new.options))
        step = Step(
            description=f"Change {self.called(ref)}",
            sql=(f"ALTER SERVER {self.sql(ref)} {' '.join(filter(None, words))}",),
            guards=tuple(foreign_options.guards(ref, self.called(ref), new.options, old.options)),
        )
        yield self.made(change, step)

    def definition(self, node: Node) -> str:
        body: ServerBody = node.body
        words = [f"CREATE SERVER {self.sql(node.ref)}"]
        words += [f"TYPE {literal(body.type)}"] if body.type is not None else []
        words += [f"VERSION {literal(body.version)}"] if body.version is not None else []
        words.append(f"FOREIGN DATA WRAPPER {quote(body.wrapper)}")
        return " ".join(words) + foreign_options.listed(body.options)
