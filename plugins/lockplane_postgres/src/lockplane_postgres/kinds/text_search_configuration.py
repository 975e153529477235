"""Text search configurations: which dictionaries look at which sort of word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.named import RemadeKind
from lockplane_postgres.kinds.tags import SEARCH_CONFIGURATION
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.quote import quote
from lockplane_postgres.reader import USER_SCHEMAS, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

# The parser alone knows what its sorts of words are called.
_CONFIGURATIONS = f"""
SELECT c.oid, n.nspname, c.cfgname, quote_ident(pn.nspname) || '.' || quote_ident(p.prsname),
       m.word, m.dictionaries
FROM pg_ts_config c
JOIN pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_namespace pn ON pn.oid = p.prsnamespace
LEFT JOIN LATERAL (
  SELECT t.alias AS word,
         array_agg(quote_ident(dn.nspname) || '.' || quote_ident(d.dictname)
                   ORDER BY k.mapseqno) AS dictionaries
  FROM pg_ts_config_map k
  JOIN ts_token_type(c.cfgparser) t ON t.tokid = k.maptokentype
  JOIN pg_ts_dict d ON d.oid = k.mapdict
  JOIN pg_namespace dn ON dn.oid = d.dictnamespace
  WHERE k.mapcfg = c.oid
  GROUP BY t.alias
) m ON true
WHERE {USER_SCHEMAS} AND {unowned("pg_ts_config", "c.oid")}
ORDER BY c.oid, m.word
"""


class WordMapping(Body, frozen=True, kw_only=True):
    """A sort of word, and the dictionaries that are asked in turn."""

    word: str
    dictionaries: tuple[str, ...]


class SearchConfigurationBody(Body, frozen=True, kw_only=True):
    """The parser, and what becomes of the words that it finds."""

    parser: str
    mappings: tuple[WordMapping, ...] = ()


class SearchConfigurationKind(RemadeKind):
    """Ref: (schema, name)."""

    tag = SEARCH_CONFIGURATION
    plural = "text_search_configurations"
    tree_fields = ROOT_FIELDS
    body = SearchConfigurationBody
    weight = 37
    keyword = "TEXT SEARCH CONFIGURATION"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All configurations but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_ts_config"):
            return
        found: dict[Ref, tuple[str, list[WordMapping]]] = {}
        for oid, schema, name, parser, word, dictionaries in pg.rows(_CONFIGURATIONS):
            ref = pg.note(Ref(self.tag, (schema, name)), "pg_ts_config", oid)
            _, mappings = found.setdefault(ref, (parser, []))
            if word is not None:
                mappings.append(WordMapping(word=word, dictionaries=tuple(dictionaries)))
        for ref, (parser, mappings) in found.items():
            yield Node(
                ref=ref, body=SearchConfigurationBody(parser=parser, mappings=tuple(mappings))
            )

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether the parser differs."""
        return bool(change.old.body.parser != change.new.body.parser)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE TEXT SEARCH CONFIGURATION`, and its mappings."""
        node = change.new
        mappings = self._mapped(node.ref, {}, _by_word(node))
        said = f"Create {self.called(node.ref)}"
        yield self.made(change, Step(description=said, sql=(self.definition(node), *mappings)))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Mappings that come, go and change."""
        ref = change.new.ref
        step = Step(
            description=f"Change {self.called(ref)}",
            sql=tuple(self._mapped(ref, _by_word(change.old), _by_word(change.new))),
            effects=("breaking",),
        )
        yield self.made(change, step)

    def definition(self, node: Node) -> str:
        name = self.sql(node.ref)
        return f"CREATE TEXT SEARCH CONFIGURATION {name} (PARSER = {node.body.parser})"

    def _mapped(
        self, ref: Ref, old: Mapping[str, WordMapping], new: Mapping[str, WordMapping]
    ) -> Iterator[str]:
        beginning = f"ALTER TEXT SEARCH CONFIGURATION {self.sql(ref)}"
        gone = [quote(word) for word in old if word not in new]
        if gone:
            yield f"{beginning} DROP MAPPING FOR {', '.join(gone)}"
        for word, mapping in new.items():
            if old.get(word) != mapping:
                verb = "ALTER" if word in old else "ADD"
                listed = ", ".join(mapping.dictionaries)
                yield f"{beginning} {verb} MAPPING FOR {quote(word)} WITH {listed}"


def _by_word(node: Node) -> dict[str, WordMapping]:
    return {mapping.word: mapping for mapping in node.body.mappings}
