"""Targets: what DROP, COMMENT and other statements about any object name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.names import ROLES, TYPE, routine_ref
from lockplane_postgres.parse.tree import TypeName
from lockplane_postgres.parse.type_names import bare
from lockplane_postgres.quote import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lockplane_core.model.node import Role
    from lockplane_postgres.parse.draft import Draft

_MODELLED = {
    "OBJECT_ACCESS_METHOD": tags.ACCESS_METHOD,
    "OBJECT_AGGREGATE": tags.AGGREGATE,
    "OBJECT_CAST": tags.CAST,
    "OBJECT_COLLATION": tags.COLLATION,
    "OBJECT_COLUMN": tags.COLUMN,
    "OBJECT_CONVERSION": tags.CONVERSION,
    "OBJECT_DOMAIN": tags.DOMAIN,
    "OBJECT_DOMCONSTRAINT": tags.DOMAIN_CHECK,
    "OBJECT_EVENT_TRIGGER": tags.EVENT_TRIGGER,
    "OBJECT_EXTENSION": tags.EXTENSION,
    "OBJECT_FDW": tags.FOREIGN_DATA_WRAPPER,
    "OBJECT_FOREIGN_SERVER": tags.FOREIGN_SERVER,
    "OBJECT_FOREIGN_TABLE": tags.FOREIGN_TABLE,
    "OBJECT_FUNCTION": tags.FUNCTION,
    "OBJECT_INDEX": tags.INDEX,
    "OBJECT_LANGUAGE": tags.LANGUAGE,
    "OBJECT_MATVIEW": tags.MATERIALIZED_VIEW,
    "OBJECT_OPCLASS": tags.OPERATOR_CLASS,
    "OBJECT_OPERATOR": tags.OPERATOR,
    "OBJECT_OPFAMILY": tags.OPERATOR_FAMILY,
    "OBJECT_POLICY": tags.POLICY,
    "OBJECT_PROCEDURE": tags.FUNCTION,
    "OBJECT_PUBLICATION": tags.PUBLICATION,
    "OBJECT_ROLE": tags.ROLE,
    "OBJECT_ROUTINE": tags.FUNCTION,
    "OBJECT_RULE": tags.RULE,
    "OBJECT_SCHEMA": tags.SCHEMA,
    "OBJECT_SEQUENCE": tags.SEQUENCE,
    "OBJECT_STATISTIC_EXT": tags.STATISTICS,
    "OBJECT_SUBSCRIPTION": tags.SUBSCRIPTION,
    "OBJECT_TABCONSTRAINT": "postgres.constraint",
    "OBJECT_TABLE": tags.TABLE,
    "OBJECT_TRANSFORM": tags.TRANSFORM,
    "OBJECT_TRIGGER": tags.TRIGGER,
    "OBJECT_TSCONFIGURATION": tags.SEARCH_CONFIGURATION,
    "OBJECT_TSDICTIONARY": tags.SEARCH_DICTIONARY,
    "OBJECT_TSPARSER": tags.SEARCH_PARSER,
    "OBJECT_TSTEMPLATE": tags.SEARCH_TEMPLATE,
    "OBJECT_TYPE": TYPE,
    "OBJECT_VIEW": tags.VIEW,
}
"""The kind of what a statement names, by the grammar's word for it."""

_BELOW = frozenset({
    "OBJECT_COLUMN", "OBJECT_DOMCONSTRAINT", "OBJECT_POLICY", "OBJECT_RULE",
    "OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER",
})  # fmt: skip
"""What is named by the table or domain that it is below, and its own name."""
_ROUTINES = frozenset({"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE"})
_ARTICLES = {"a": "an", "e": "an", "i": "an", "o": "an", "u": "an"}


class Target(NamedTuple):
    """What a statement names: its ref, its role, and the words where no kind models it."""

    ref: Ref
    role: Role
    lacks: str


def target(object_type: str, node: dict[str, Any], draft: Draft) -> Target:
    """The target that a node of the syntax tree names; of no known shape, by its type alone."""
    tag = tag_of(object_type)
    role = ROLES.get(tag, "other")
    lacks = "" if object_type in _MODELLED else words_of(object_type)
    return Target(_ref(object_type, tag, node, draft), role, lacks)


def tag_of(object_type: str) -> str:
    """The kind tag for the grammar's word, also where no kind has it."""
    plain = object_type.removeprefix("OBJECT_").lower()
    return _MODELLED.get(object_type) or f"postgres.{plain}"


def words_of(object_type: str) -> str:
    """The grammar's word as a person says it: `a materialized view`."""
    noun = Ref(tag_of(object_type), ("",)).noun
    return f"{_ARTICLES.get(noun[0], 'a')} {noun}"


def _ref(object_type: str, tag: str, node: dict[str, Any], draft: Draft) -> Ref:
    if object_type in _ROUTINES and "ObjectWithArgs" in node:
        found = routine_target(node["ObjectWithArgs"], draft)
        return Ref(tag, found.path) if found.kind == tags.FUNCTION else found
    if object_type in _SPELLED:
        return Ref(tag, _SPELLED[object_type](node, draft))
    parts = _parts(node)
    if object_type in _BELOW and len(parts) > 1:
        *owner, name = parts
        return _below(tag, (*draft.qualified(owner), name), draft)
    if len(parts) == 1 and "String" in node:
        return Ref(tag, parts)
    path = draft.qualified(parts or ("",))
    if tag == TYPE:
        return draft.taken.type_named(*path)
    return draft.taken.index_named(*path) if object_type == "OBJECT_INDEX" else Ref(tag, path)


def _below(tag: str, path: tuple[str, ...], draft: Draft) -> Ref:
    schema, table, name = path
    if tag == "postgres.constraint":
        return draft.taken.constraint_named(schema, table, name)
    return Ref(tag, path)


def _parts(node: dict[str, Any]) -> tuple[str, ...]:
    """The names in a node: a string, a list of them, a type, or what has a name and arguments."""
    if "String" in node:
        return (node["String"].get("sval", ""),)
    if "List" in node:
        items: Sequence[dict[str, Any]] = node["List"].get("items", ())
        return tuple(part for item in items for part in _parts(item))
    if "TypeName" in node:
        return tuple(word["String"].get("sval", "") for word in node["TypeName"].get("names", ()))
    if "ObjectWithArgs" in node:
        names = node["ObjectWithArgs"].get("objname", ())
        return tuple(word["String"].get("sval", "") for word in names)
    return ()


def using(path: tuple[str, str], method: str) -> tuple[str, str]:
    """Where an operator class or family is, with the index method that it is for."""
    schema, name = path
    return schema, f"{quote(name)} USING {quote(method)}"


def _class(node: dict[str, Any], draft: Draft) -> tuple[str, ...]:
    method, *names = _parts(node)
    return using(draft.qualified(names), method)


def _operator(node: dict[str, Any], draft: Draft) -> tuple[str, ...]:
    return operator_target(node.get("ObjectWithArgs", {}), draft).path


def operator_target(node: dict[str, Any], draft: Draft) -> Ref:
    """The operator that a name with the types of both sides means."""
    names = [word["String"].get("sval", "") for word in node.get("objname", ())]
    schema, name = draft.qualified(names)
    sides = [_type(item, draft) if item else "NONE" for item in node.get("objargs", ())]
    return Ref(tags.OPERATOR, (schema, f"{name}({', '.join(sides)})"))


def _cast(node: dict[str, Any], draft: Draft) -> tuple[str, ...]:
    return (" AS ".join(_type(item, draft) for item in node["List"]["items"]),)


def _transform(node: dict[str, Any], draft: Draft) -> tuple[str, ...]:
    type_, language = node["List"]["items"]
    return (f"{_type(type_, draft)} LANGUAGE {quote(language['String'].get('sval', ''))}",)


_SPELLED: dict[str, Callable[[dict[str, Any], Draft], tuple[str, ...]]] = {
    "OBJECT_CAST": _cast,
    "OBJECT_OPCLASS": _class,
    "OBJECT_OPERATOR": _operator,
    "OBJECT_OPFAMILY": _class,
    "OBJECT_TRANSFORM": _transform,
}
"""What is named by more than names."""


def routine_target(node: dict[str, Any], draft: Draft) -> Ref:
    """The routine that a name with arguments means; without them, the only one of that name."""
    names = [word["String"].get("sval", "") for word in node.get("objname", ())]
    schema, name = draft.qualified(names)
    if node.get("args_unspecified"):
        return draft.taken.routine_named(schema, name)
    types = [_type(item, draft) for item in node.get("objargs", ())]
    return routine_ref(schema, name, types)


def _type(item: dict[str, Any], draft: Draft) -> str:
    name: TypeName = msgspec.convert(item.get("TypeName", {}), TypeName)
    return bare(name, draft.schema).text
