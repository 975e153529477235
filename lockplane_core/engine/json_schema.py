"""JSON Schema of what is read and written, made from the structs that read and write it."""

from __future__ import annotations

from inspect import cleandoc
from keyword import iskeyword
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from lockplane_core.algebra.tree import RENAMED
from lockplane_core.model.issue import Issues
from lockplane_core.model.plan import Plan
from lockplane_core.model.record import RunResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.kind import Kind

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_REF = "#/$defs/{name}"
_TEXT: dict[str, Any] = {"type": "string"}
_FREE: dict[str, Any] = {"^x-": {}}


# -- plans ---------------------------------------------------------------------------------


def plan_schema() -> dict[str, Any]:
    """JSON Schema of plan files, with the freedoms that `engine.plan_file` gives them."""
    parts: dict[str, Any]
    _, parts = msgspec.json.schema_components([Plan], ref_template=_REF)
    step, undo, plan = parts["Step"], parts["UndoStep"], parts["Plan"]
    step["properties"]["sql"] = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}
    undo["properties"] = {**step["properties"], "undoes": undo["properties"]["undoes"]}
    undo["required"] = step["required"]
    plan["properties"] = {"$schema": _TEXT, **plan["properties"], "digest": _TEXT}
    plan["required"] = ["steps"]
    for part in (step, undo, plan):
        part["properties"].pop("extra", None)
        part["patternProperties"] = _FREE
    defs = _tidied(parts)
    return {"$schema": _DRAFT, "title": "Lockplane plan", "$ref": "#/$defs/Plan", "$defs": defs}


def _tidied(parts: dict[str, Any]) -> dict[str, Any]:
    """The parts with descriptions that are not indented like source code."""
    for part in parts.values():
        if part.get("description"):
            part["description"] = cleandoc(part["description"])
    return parts


# -- answers -------------------------------------------------------------------------------


def findings_schema() -> dict[str, Any]:
    """JSON Schema of findings in the format `json`."""
    return _answer(Issues, "Lockplane findings")


def result_schema() -> dict[str, Any]:
    """JSON Schema of what `apply` and `rollback --execute` print."""
    return _answer(RunResult, "Lockplane result")


def _answer(struct: type[msgspec.Struct], title: str) -> dict[str, Any]:
    (schema,), parts = msgspec.json.schema_components([struct], ref_template=_REF)
    return {"$schema": _DRAFT, "title": title, **schema, "$defs": _tidied(dict(parts))}


# -- schema JSON ---------------------------------------------------------------------------


def schema_schema(registry: Registry) -> dict[str, Any]:
    """JSON Schema of schema JSON, with everything that installed plugins model."""
    return _any_of(registry, schema_struct, "Lockplane schema")


def diff_schema(registry: Registry) -> dict[str, Any]:
    """JSON Schema of diff JSON, with everything that installed plugins model."""
    return _any_of(registry, diff_struct, "Lockplane difference")


def _any_of(
    registry: Registry,
    struct: Callable[[Dialect, Mapping[str, Kind]], type[msgspec.Struct]],
    title: str,
) -> dict[str, Any]:
    """One schema for each dialect, any of which will do."""
    dialects = sorted(registry.dialects.items())
    roots = [struct(dialect, registry.kinds(name)) for name, dialect in dialects]
    schemas, parts = msgspec.json.schema_components(roots, ref_template=_REF)
    defs = _tidied(dict(sorted(parts.items())))
    return {"$schema": _DRAFT, "title": title, "anyOf": list(schemas), "$defs": defs}


SCHEMAS: Mapping[str, Callable[[Registry], dict[str, Any]]] = {
    "diff": diff_schema,
    "findings": lambda _: findings_schema(),
    "plan": lambda _: plan_schema(),
    "result": lambda _: result_schema(),
    "schema": schema_schema,
}
"""What can be had, by its name; most of it does not depend on what is installed."""


def schema_struct(dialect: Dialect, kinds: Mapping[str, Kind]) -> type[msgspec.Struct]:
    """The struct whose JSON is the schema JSON of a dialect."""
    items = _items(kinds)
    literal: Any = Literal  # its argument is known only at run time
    named = literal[dialect.name]
    head = [("dialect", named, dialect.name) if dialect.is_default else ("dialect", named)]
    lists = [_list(kind.plural, items[kind.tag]) for kind in kinds.values() if _is_root(kind)]
    fields = [("$schema", str, ""), *head, *lists]
    return _struct(_words(dialect.name), fields, dialect.title)


def diff_struct(dialect: Dialect, kinds: Mapping[str, Kind]) -> type[msgspec.Struct]:
    """The struct whose JSON is the diff JSON of a dialect."""
    items = _items(kinds)
    changed: dict[str, type[msgspec.Struct]] = {}
    for kind in reversed(list(kinds.values())):
        below = [child for child in kinds.values() if _is_part(child, kind)]
        changed[kind.tag] = _changed(kind, _changes(below, items, changed))
    roots = [kind for kind in kinds.values() if _is_root(kind)]
    name = f"{_words(dialect.name)}Difference"
    fields = [*_renamed(kinds), *_changes(roots, items, changed)]
    return _struct(name, fields, f"{dialect.title}; what differs.")


class Renaming(msgspec.Struct, forbid_unknown_fields=True, rename={"old": "from", "new": "to"}):
    """An object under its old and its new name."""

    old: str
    new: str


def _renamed(kinds: Mapping[str, Kind]) -> list[tuple[Any, ...]]:
    """The lists of what is called by another name, wherever it stands."""
    plurals = dict.fromkeys(kind.plural for kind in kinds.values() if kind.support().rename)
    return [_list(f"renamed_{plural}", Renaming) for plural in plurals]


def _changes(
    kinds: Iterable[Kind],
    items: Mapping[str, type[msgspec.Struct]],
    changed: Mapping[str, type[msgspec.Struct]],
) -> list[tuple[Any, ...]]:
    """The lists of what was added, removed and modified of some kinds."""
    return [
        _list(f"{word}_{kind.plural}", struct[kind.tag])
        for kind in kinds
        for word, struct in (("added", items), ("removed", items), ("modified", changed))
        if kind.tag in struct
    ]


def _changed(kind: Kind, lists: list[tuple[Any, ...]]) -> type[msgspec.Struct]:
    """The struct of one object that is on both sides, with what differs below it."""
    side = GenericAlias(dict, (str, Any))
    own: list[tuple[Any, ...]] = [
        ("name", str),
        ("old", side, msgspec.field(default_factory=dict)),
        ("new", side, msgspec.field(default_factory=dict)),
        ("changes", GenericAlias(list, (str,)), msgspec.field(default_factory=list)),
    ]
    doc = f"A {kind.tag} on both sides; `changes` are the fields that differ."
    return _struct(f"{_words(kind.tag)}Difference", [*own, *lists], doc)


def _items(kinds: Mapping[str, Kind]) -> dict[str, type[msgspec.Struct]]:
    """The struct of one object of each kind with those below it, by tag."""
    items: dict[str, type[msgspec.Struct]] = {}
    for kind in reversed(list(kinds.values())):
        items[kind.tag] = _item(kind, kinds, items)
    return items


def _is_root(kind: Kind) -> bool:
    return not kind.parent or kind.always_root


def _is_part(child: Kind, kind: Kind) -> bool:
    is_below = kind.tag in (child.parent, *child.also_below)
    return is_below and not child.always_root and not child.inside


def _is_below(child: Kind, kind: Kind) -> bool:
    """Whether an object stands below another one in schema JSON, and not inside of it."""
    return _is_part(child, kind) and child.tag not in kind.embeds


def _list(name: str, item: type[msgspec.Struct]) -> tuple[Any, ...]:
    return name, GenericAlias(list, (item,)), msgspec.field(default_factory=list)


def _item(
    kind: Kind, kinds: Mapping[str, Kind], items: Mapping[str, type[msgspec.Struct]]
) -> type[msgspec.Struct]:
    """The struct of one object with those below it."""
    below = [
        _list(child.plural, items[child.tag]) for child in kinds.values() if _is_below(child, kind)
    ]
    own = [_field(field) for field in msgspec.structs.fields(kind.body)]
    inner: list[tuple[Any, ...]] = [
        (f"renamed_{child.plural}", GenericAlias(dict, (str, str)), msgspec.field(default={}))
        for child in kinds.values()
        if child.inside and child.parent == kind.tag
    ]
    former = (RENAMED, str, "")
    said = {f[0]: f for f in [("name", str), *own, *kind.tree_fields, former, *inner, *below]}
    written = [field for field in said.values() if len(field) > 1]
    return _struct(_words(kind.tag), written, kind.body.__doc__ or "")


def _field(field: msgspec.structs.FieldInfo) -> tuple[Any, ...]:
    if field.required:
        return (field.encode_name, field.type)
    if field.default is not msgspec.NODEFAULT:
        return (field.encode_name, field.type, field.default)
    return (
        field.encode_name,
        field.type,
        msgspec.field(default_factory=field.default_factory),
    )


def _struct(name: str, fields: list[tuple[Any, ...]], doc: str) -> type[msgspec.Struct]:
    """A struct of these fields; names that Python does not take are renamed to and fro."""
    safe = {field[0]: _identifier(field[0]) for field in fields}
    return msgspec.defstruct(
        name,
        [(safe[key], *rest) for key, *rest in fields],
        namespace={"__doc__": doc},
        rename={ours: key for key, ours in safe.items()},
        kw_only=True,
        forbid_unknown_fields=True,
    )


def _identifier(name: str) -> str:
    return f"{name}_" if iskeyword(name) else name.replace("$", "_")


def _words(tag: str) -> str:
    return "".join(word.capitalize() for word in tag.replace(".", "_").split("_"))
