"""Procedural languages that no extension brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.named import RemadeKind, UnplacedKind
from lockplane_postgres.kinds.tags import LANGUAGE
from lockplane_postgres.reader import FIRST_USER_OID, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_LANGUAGES = f"""
SELECT l.oid, l.lanname, l.lanpltrusted, l.lanplcallfoid::regproc::text,
       nullif(l.laninline, 0)::regproc::text, nullif(l.lanvalidator, 0)::regproc::text
FROM pg_language l
WHERE l.oid >= {FIRST_USER_OID} AND {unowned("pg_language", "l.oid")}
"""


class LanguageBody(Body, frozen=True, kw_only=True):
    """Its functions; whoever may create functions may use a `trusted` one."""

    handler: str
    inline: str = ""
    validator: str = ""
    trusted: bool = False


class LanguageKind(RemadeKind, UnplacedKind):
    """Ref: (name,)."""

    tag = LANGUAGE
    plural = "languages"
    body = LanguageBody
    weight = 29
    keyword = "LANGUAGE"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All languages but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_language"):
            return
        for oid, name, trusted, handler, inline, validator in pg.rows(_LANGUAGES):
            ref = pg.note(Ref(self.tag, (name,)), "pg_language", oid)
            body = LanguageBody(
                handler=handler, inline=inline or "", validator=validator or "", trusted=trusted
            )
            yield Node(ref=ref, body=body)

    def replaces(self, change: Change) -> bool:
        """Never: OR REPLACE takes everything."""
        return False

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE OR REPLACE`, which keeps the functions in it."""
        sql = f"CREATE OR REPLACE {self._defined(change.new)}"
        said = f"Change {self.called(change.new.ref)}"
        yield self.made(change, Step(description=said, sql=(sql,), effects=("security",)))

    def definition(self, node: Node) -> str:
        return f"CREATE {self._defined(node)}"

    def _defined(self, node: Node) -> str:
        body: LanguageBody = node.body
        trusted = "TRUSTED " if body.trusted else ""
        words = [f"{trusted}LANGUAGE {self.sql(node.ref)} HANDLER {body.handler}"]
        words += [f"INLINE {body.inline}"] if body.inline else []
        words += [f"VALIDATOR {body.validator}"] if body.validator else []
        return " ".join(words)
