"""Nodes: a YAML document as it is written, before any value of it is interpreted.

A port such as `22:22` and a word such as `on` keep their spelling, since nothing is constructed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lockplane_core.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MappingNode", "Node", "ScalarNode", "SequenceNode"]

_MERGE = "<<"


def read(text: str, name: str) -> MappingNode:
    """The one document of a text. Raises `SourceError` with the place of what is no YAML."""
    try:
        found = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        said = ", ".join(filter(None, (error.context, error.problem)))
        raise SourceError(f"{where}: {said}") from error
    except yaml.YAMLError as error:
        raise SourceError(f"{name}: {error}") from error
    if not isinstance(found, MappingNode):
        raise SourceError(f"{name} is no Docker Compose file: it has no services")
    return found


def entries(node: Node | None) -> dict[str, Node]:
    """The entries of a mapping by key; those of `<<` below its own. Empty for what is none."""
    if not isinstance(node, MappingNode):
        return {}
    own = {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}
    merged = own.pop(_MERGE, None)
    found: dict[str, Node] = {}
    sources = merged.value if isinstance(merged, SequenceNode) else [merged]
    for source in reversed(sources):  # the first of a list goes before the later ones
        found |= entries(source)
    return found | own


def text_of(node: Node | None) -> str:
    """The text of a scalar; empty for anything else and for a null."""
    is_null = node is None or node.tag == "tag:yaml.org,2002:null"
    return str(node.value) if isinstance(node, ScalarNode) and not is_null else ""


def flat(node: Node) -> Node:
    """A copy that needs nothing of its document: aliases and merges are written out."""
    if isinstance(node, MappingNode):
        pairs = [(scalar(key), flat(value)) for key, value in entries(node).items()]
        return MappingNode(node.tag, pairs, flow_style=node.flow_style)
    if isinstance(node, SequenceNode):
        return SequenceNode(node.tag, [flat(i) for i in node.value], flow_style=node.flow_style)
    style = node.style if isinstance(node, ScalarNode) else None
    return ScalarNode(node.tag, node.value, style=style)


def scalar(value: str, style: str | None = None) -> ScalarNode:
    """A string, written plain where it can be."""
    return ScalarNode("tag:yaml.org,2002:str", value, style=style)


def mapping(pairs: list[tuple[str, Node]]) -> MappingNode:
    """A mapping, one entry on a line."""
    nodes = [(scalar(key), value) for key, value in pairs]
    return MappingNode("tag:yaml.org,2002:map", nodes, flow_style=False)


def sequence(items: list[Node]) -> SequenceNode:
    """A sequence, one item on a line."""
    return SequenceNode("tag:yaml.org,2002:seq", items, flow_style=False)


def meaning(node: Node) -> object:
    """What a node says: equal for two spellings of the same."""
    if isinstance(node, MappingNode):
        return {key: meaning(value) for key, value in entries(node).items()}
    if isinstance(node, SequenceNode):
        return [meaning(item) for item in node.value]
    return node.tag, node.value


def written(node: Node, indent: int) -> list[str]:
    """The lines of a node as block YAML."""
    text: str = yaml.serialize(
        node, Dumper=_Dumper, indent=indent, width=1_000_000, allow_unicode=True
    )
    return text.splitlines()


def leaves(node: Node) -> Iterator[Node]:
    """Everything in a node that has a place of its own in the text: keys, scalars, flow nodes."""
    if not isinstance(node, MappingNode | SequenceNode) or node.flow_style:
        yield node
        return
    for item in node.value:
        for part in item if isinstance(item, tuple) else (item,):
            yield from leaves(part)


class _Dumper(yaml.SafeDumper):
    """Indents the items of a sequence below their key, as most Compose files do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - PyYAML's own
        super().increase_indent(flow, False)  # noqa: FBT003 - as above
