"""Parsers, templates and dictionaries of text search; configurations have a file of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.named import RemadeKind
from lockplane_postgres.kinds.tags import SEARCH_DICTIONARY, SEARCH_PARSER, SEARCH_TEMPLATE
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.reader import USER_SCHEMAS, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_PARSERS = f"""
SELECT p.oid, n.nspname, p.prsname, p.prsstart::text, p.prstoken::text, p.prsend::text,
       p.prslextype::text, nullif(p.prsheadline::oid, 0)::regproc::text
FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE {USER_SCHEMAS} AND {unowned("pg_ts_parser", "p.oid")}
"""
_TEMPLATES = f"""
SELECT t.oid, n.nspname, t.tmplname, t.tmpllexize::text,
       nullif(t.tmplinit::oid, 0)::regproc::text
FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE {USER_SCHEMAS} AND {unowned("pg_ts_template", "t.oid")}
"""
_DICTIONARIES = f"""
SELECT d.oid, n.nspname, d.dictname, quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname),
       d.dictinitoption
FROM pg_ts_dict d
JOIN pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE {USER_SCHEMAS} AND {unowned("pg_ts_dict", "d.oid")}
"""


class SearchParserBody(Body, frozen=True, kw_only=True):
    """The functions that cut a text into words."""

    start: str
    token: str
    end: str
    types: str
    headline: str = ""


class SearchTemplateBody(Body, frozen=True, kw_only=True):
    """The functions that a dictionary is made with."""

    lexize: str
    init: str = ""


class SearchDictionaryBody(Body, frozen=True, kw_only=True):
    """A template, and its options as the server writes them: `language = 'german'`."""

    template: str
    options: str = ""


class SearchParserKind(RemadeKind):
    """Ref: (schema, name)."""

    tag = SEARCH_PARSER
    plural = "text_search_parsers"
    tree_fields = ROOT_FIELDS
    body = SearchParserBody
    weight = 35
    keyword = "TEXT SEARCH PARSER"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All parsers but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_ts_parser"):
            return
        for oid, schema, name, start, token, end, types, headline in pg.rows(_PARSERS):
            ref = pg.note(Ref(self.tag, (schema, name)), "pg_ts_parser", oid)
            body = SearchParserBody(
                start=start, token=token, end=end, types=types, headline=headline or ""
            )
            yield Node(ref=ref, body=body)

    def definition(self, node: Node) -> str:
        body: SearchParserBody = node.body
        headline = f", HEADLINE = {body.headline}" if body.headline else ""
        return (
            f"CREATE TEXT SEARCH PARSER {self.sql(node.ref)} (START = {body.start}, "
            f"GETTOKEN = {body.token}, END = {body.end}, LEXTYPES = {body.types}{headline})"
        )


class SearchTemplateKind(RemadeKind):
    """Ref: (schema, name)."""

    tag = SEARCH_TEMPLATE
    plural = "text_search_templates"
    tree_fields = ROOT_FIELDS
    body = SearchTemplateBody
    weight = 35
    keyword = "TEXT SEARCH TEMPLATE"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All templates but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_ts_template"):
            return
        for oid, schema, name, lexize, init in pg.rows(_TEMPLATES):
            ref = pg.note(Ref(self.tag, (schema, name)), "pg_ts_template", oid)
            yield Node(ref=ref, body=SearchTemplateBody(lexize=lexize, init=init or ""))

    def definition(self, node: Node) -> str:
        body: SearchTemplateBody = node.body
        init = f"INIT = {body.init}, " if body.init else ""
        return f"CREATE TEXT SEARCH TEMPLATE {self.sql(node.ref)} ({init}LEXIZE = {body.lexize})"


class SearchDictionaryKind(RemadeKind):
    """Ref: (schema, name)."""

    tag = SEARCH_DICTIONARY
    plural = "text_search_dictionaries"
    tree_fields = ROOT_FIELDS
    body = SearchDictionaryBody
    weight = 36
    keyword = "TEXT SEARCH DICTIONARY"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All dictionaries but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_ts_dict"):
            return
        for oid, schema, name, template, options in pg.rows(_DICTIONARIES):
            ref = pg.note(Ref(self.tag, (schema, name)), "pg_ts_dict", oid)
            yield Node(ref=ref, body=SearchDictionaryBody(template=template, options=options or ""))

    def replaces(self, change: Change) -> bool:
        """Whether the template differs; options have an ALTER."""
        return bool(change.old.body.template != change.new.body.template)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER TEXT SEARCH DICTIONARY`: an option without a value goes."""
        old, new = change.old.body.options, change.new.body.options
        kept = set(_option_names(new))
        listed = ", ".join(
            [*(name for name in _option_names(old) if name not in kept), *([new] if new else ())]
        )
        step = Step(
            description=f"Change {self.called(change.new.ref)}",
            sql=(f"ALTER TEXT SEARCH DICTIONARY {self.sql(change.new.ref)} ({listed})",),
            effects=("breaking",),
        )
        yield self.made(change, step)

    def definition(self, node: Node) -> str:
        body: SearchDictionaryBody = node.body
        options = f", {body.options}" if body.options else ""
        name = self.sql(node.ref)
        return f"CREATE TEXT SEARCH DICTIONARY {name} (TEMPLATE = {body.template}{options})"


def _option_names(options: str) -> list[str]:
    """The names in a list of options, as DDL writes them."""
    from lockplane_postgres.parse.readers.searches import option_names

    return option_names(options)
