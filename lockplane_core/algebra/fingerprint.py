"""Fingerprints: SHA-256 over the canonical form of a catalog."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.text import map_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockplane_core.model.node import Node


def fingerprint(nodes: Iterable[Node], canonical: Callable[[str], str]) -> str:
    """64 hex digits over refs and bodies, server text through `canonical`.

    Needs, ordinals, spans, what is kept and external nodes do not count.
    """
    return _digest(nodes, lambda node: (node.ref, map_text(node.body, canonical)))


def raw(nodes: Iterable[Node]) -> str:
    """64 hex digits over all that is known of nodes, exactly as this server spelled it.

    What they have beside their content counts, too: one server is read twice in one run.
    """
    return _digest(nodes, _whole)


def _whole(node: Node) -> tuple[Any, ...]:
    entry = (node.ref, node.body)
    return entry if node.kept is None else (*entry, node.kept)


def _digest(nodes: Iterable[Node], entry: Callable[[Node], tuple[Any, ...]]) -> str:
    digest = hashlib.sha256()
    for node in sorted(nodes, key=lambda node: node.ref):
        if not node.external:
            digest.update(msgspec.json.encode(entry(node), order="deterministic"))
            digest.update(b"\n")
    return digest.hexdigest()
