"""Text search: parsers, templates, dictionaries and configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.names import is_system
from lockplane_postgres.parse.readers.aggregates import WrappedType, require_named_routine
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import (
    Options,
    Tree,
    Words,
    decoder,
    options,
    statements_of,
    texts,
)

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.tree import Define

TAGS = {
    "OBJECT_TSPARSER": tags.SEARCH_PARSER,
    "OBJECT_TSTEMPLATE": tags.SEARCH_TEMPLATE,
    "OBJECT_TSDICTIONARY": tags.SEARCH_DICTIONARY,
    "OBJECT_TSCONFIGURATION": tags.SEARCH_CONFIGURATION,
}
_FUNCTIONS = ("start", "gettoken", "end", "lextypes", "headline", "init", "lexize")
_NEEDED = {
    tags.SEARCH_DICTIONARY: {"template": tags.SEARCH_TEMPLATE},
    tags.SEARCH_CONFIGURATION: {
        "parser": tags.SEARCH_PARSER,
        "copy": tags.SEARCH_CONFIGURATION,
    },
}
"""What options of CREATE name, by kind."""


class _Names(Tree, frozen=True):
    items: Words = ()


class _Listed(Tree, frozen=True):
    list: _Names = field(name="List")


class AlterDictionary(Tree, frozen=True):
    names: Words = field(name="dictname", default=())


class AlterConfiguration(Tree, frozen=True):
    names: Words = field(name="cfgname", default=())
    dictionaries: tuple[_Listed, ...] = field(name="dicts", default=())
    missing_ok: bool = False


def create_search(tree: Define, draft: Draft) -> None:
    """CREATE TEXT SEARCH …."""
    tag, found = TAGS[tree.kind], options(tree.definition)
    draft.declare(Ref(tag, draft.qualified(texts(tree.names))))
    if tag in (tags.SEARCH_PARSER, tags.SEARCH_TEMPLATE):
        for word in _FUNCTIONS:
            if word in found:
                require_named_routine(found[word], draft)
    for word, needed in _NEEDED.get(tag, {}).items():
        if word in found:
            names = texts(msgspec.convert(found[word].value, WrappedType).type.names)
            _require(needed, names, draft, found[word].location)


def alter_dictionary(tree: AlterDictionary, draft: Draft) -> None:
    """ALTER TEXT SEARCH DICTIONARY."""
    draft.require(Ref(tags.SEARCH_DICTIONARY, draft.qualified(texts(tree.names))))


def alter_configuration(tree: AlterConfiguration, draft: Draft) -> None:
    """ALTER TEXT SEARCH CONFIGURATION."""
    draft.require(Ref(tags.SEARCH_CONFIGURATION, draft.qualified(texts(tree.names))))
    draft.say("if_exists", when=tree.missing_ok)
    for listed in tree.dictionaries:
        _require(tags.SEARCH_DICTIONARY, texts(listed.list.items), draft, 0)


def _require(tag: str, names: tuple[str, ...], draft: Draft, place: int) -> None:
    if not is_system(names[0] if len(names) > 1 else "", names[-1]):
        draft.require(Ref(tag, draft.qualified(names)), place)


class _Defined(Tree, frozen=True):
    definition: Options = ()


def option_names(listed: str) -> list[str]:
    """The names in a list of options of a dictionary, as DDL writes them."""
    if not listed:
        return []
    (found,) = statements_of(f"CREATE TEXT SEARCH DICTIONARY x ({listed})")
    tree: _Defined = decoder(_Defined).decode(found.tree)
    return list(options(tree.definition))


READINGS = {
    "AlterTSConfigurationStmt": Reading(
        verb="alter", tree=AlterConfiguration, read=alter_configuration
    ),
    "AlterTSDictionaryStmt": Reading(verb="alter", tree=AlterDictionary, read=alter_dictionary),
}
