"""Fingerprints: SHA-256 over the canonical form of a catalog."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.text import map_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockplane_core.model.node import Node


def fingerprint(nodes: Iterable[Node], canonical: Callable[[str], str]) -> str:
    """64 hex digits over refs and bodies, server text through `canonical`.

    Needs, ordinals, spans and external nodes do not count.
    """
    digest = hashlib.sha256()
    for node in sorted(nodes, key=lambda node: node.ref):
        if not node.external:
            entry = (node.ref, map_text(node.body, canonical))
            digest.update(msgspec.json.encode(entry, order="deterministic"))
            digest.update(b"\n")
    return digest.hexdigest()


def raw(nodes: Iterable[Node]) -> str:
    """64 hex digits over refs and bodies exactly as this server spelled them."""
    return fingerprint(nodes, _same)


def _same(text: str) -> str:
    return text
