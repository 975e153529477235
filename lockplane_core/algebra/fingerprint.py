"""Fingerprints: SHA-256 over the canonical form of a catalog."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.text import map_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockplane_core.model.node import Body, Node


def fingerprint(nodes: Iterable[Node], canonical: Callable[[str], str]) -> str:
    """64 hex digits over refs and bodies, server text through `canonical`.

    Needs, ordinals, spans, what is kept and external nodes do not count.
    """
    change = cache(canonical)
    form = _once(lambda body: map_text(body, change))
    return _digest(nodes, lambda node: (node.ref, form(node.body)))


def raw(nodes: Iterable[Node]) -> str:
    """64 hex digits over all that is known of nodes, exactly as this server spelled it.

    What they have beside their content counts, too: one server is read twice in one run.
    """
    form = _once(lambda body: body)
    return _digest(nodes, lambda node: (node.ref, form(node.body), *_kept(node)))


def _kept(node: Node) -> tuple[Any, ...]:
    return () if node.kept is None else (node.kept,)


def _once(form: Callable[[Body], Any]) -> Callable[[Body], msgspec.Raw]:
    """`form` as JSON, worked out once for each value: many nodes share a body."""
    known: dict[int, msgspec.Raw] = {}

    def encoded(body: Body) -> msgspec.Raw:
        found = known.get(id(body))
        if found is None:
            found = known[id(body)] = msgspec.Raw(_encode(form(body)))
        return found

    return encoded


def _digest(nodes: Iterable[Node], entry: Callable[[Node], tuple[Any, ...]]) -> str:
    digest = hashlib.sha256()
    known = [node for node in nodes if not node.external]  # alive, so that no id is used again
    for node in sorted(known, key=lambda node: node.ref):
        digest.update(_encode(entry(node)))
        digest.update(b"\n")
    return digest.hexdigest()


_encode = msgspec.json.Encoder(order="deterministic").encode
