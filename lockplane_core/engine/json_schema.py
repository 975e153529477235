"""JSON Schema of plan files and of schema JSON, made from the structs that read them."""

from __future__ import annotations

from inspect import cleandoc
from keyword import iskeyword
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from lockplane_core.model.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

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


# -- schema JSON ---------------------------------------------------------------------------


def schema_schema(registry: Registry) -> dict[str, Any]:
    """JSON Schema of schema JSON, with everything that installed plugins model."""
    roots = [
        schema_struct(dialect, registry.kinds(name))
        for name, dialect in sorted(registry.dialects.items())
    ]
    schemas, parts = msgspec.json.schema_components(roots, ref_template=_REF)
    return {
        "$schema": _DRAFT,
        "title": "Lockplane schema",
        "anyOf": list(schemas),
        "$defs": _tidied(dict(sorted(parts.items()))),
    }


def schema_struct(dialect: Dialect, kinds: Mapping[str, Kind]) -> type[msgspec.Struct]:
    """The struct whose JSON is the schema JSON of a dialect."""
    items: dict[str, type[msgspec.Struct]] = {}
    for kind in reversed(list(kinds.values())):
        items[kind.tag] = _item(kind, kinds, items)
    literal: Any = Literal  # its argument is known only at run time
    named = literal[dialect.name]
    head = [("dialect", named, dialect.name) if dialect.is_default else ("dialect", named)]
    lists: list[tuple[Any, ...]] = [
        (kind.plural, GenericAlias(list, (items[kind.tag],)), msgspec.field(default_factory=list))
        for kind in kinds.values()
        if not kind.parent or kind.always_root
    ]
    fields = [("$schema", str, ""), *head, *lists]
    return _struct(_words(dialect.name), fields, dialect.title)


def _item(
    kind: Kind, kinds: Mapping[str, Kind], items: Mapping[str, type[msgspec.Struct]]
) -> type[msgspec.Struct]:
    """The struct of one object with those below it."""
    below: list[tuple[Any, ...]] = [
        (child.plural, GenericAlias(list, (items[child.tag],)), msgspec.field(default_factory=list))
        for child in kinds.values()
        if kind.tag in (child.parent, *child.also_below)
        and child.tag not in kind.embeds
        and not child.always_root
    ]
    own = [_field(field) for field in msgspec.structs.fields(kind.body)]
    said = {field[0]: field for field in [("name", str), *own, *kind.tree_fields, *below]}
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
