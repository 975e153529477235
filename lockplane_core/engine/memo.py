"""Memo: what large schemas came to, in the user's cache, so that not all is made again."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.partly import Resolved, Said
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.node import Node
from lockplane_core.model.ref import Ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockplane_core.spi.kind import Kind

VARIABLE = "LOCKPLANE_NO_CACHE"
LEAST = 200
"""Statements of a schema that is worth a memo: fewer are run in a moment."""
_MOST_FILES = 10
_SEAL = hashlib.sha256().digest_size


class _Entry(msgspec.Struct, array_like=True):
    """A node; other objects are numbers in the list of all refs."""

    ref: int
    body: msgspec.Raw
    parent: int | None
    needs: tuple[int, ...]
    ordinal: int
    external: bool


class _Stored(msgspec.Struct, array_like=True):
    statements: tuple[Said, ...]
    dialect: str
    version: str
    refs: tuple[Ref, ...]
    nodes: tuple[_Entry, ...]


class Memo:
    """A folder of resolved schemas, each under the key of all that it depends on but itself."""

    def __init__(self, folder: Path, least: int = LEAST) -> None:
        self.folder = folder
        self.least = least

    @classmethod
    def of_user(cls) -> Memo | None:
        """The one in the user's cache; None where `LOCKPLANE_NO_CACHE` is set."""
        if os.environ.get(VARIABLE):
            return None
        from platformdirs import user_cache_path

        return cls(user_cache_path("lockplane", appauthor=False) / "schemas")

    def recall(self, key: str, kinds: Mapping[str, Kind]) -> Resolved | None:
        """What was kept under a key; None for nothing, or for what can not be read any more."""
        try:
            text = memoryview(self._path(key).read_bytes())
            if hashlib.sha256(text[_SEAL:]).digest() != text[:_SEAL]:
                return None
            return _read(msgspec.msgpack.decode(text[_SEAL:], type=_Stored), kinds)
        except (OSError, msgspec.MsgspecError, LookupError):
            return None

    def keep(self, key: str, resolved: Resolved) -> None:
        """Keep it for the next time; a cache that can not be used costs time and nothing else."""
        text = msgspec.msgpack.encode(_stored(resolved))
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(self._path(key), hashlib.sha256(text).digest() + text)
            self._forget()

    def _path(self, key: str) -> Path:
        return self.folder / hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

    def _write(self, path: Path, text: bytes) -> None:
        """Under another name first: readers find all of it or nothing. Only we may read it."""
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
            try:
                file.write(text)
                file.flush()
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise

    def _forget(self) -> None:
        """Keep those that were written last."""
        by_age = sorted(self.folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in by_age[:-_MOST_FILES]:
            path.unlink(missing_ok=True)


def _stored(resolved: Resolved) -> _Stored:
    numbers: dict[Ref, int] = {}

    def number(ref: Ref) -> int:
        return numbers.setdefault(ref, len(numbers))

    nodes = tuple(
        _Entry(
            number(node.ref),
            msgspec.Raw(msgspec.msgpack.encode(node.body)),
            None if node.parent is None else number(node.parent),
            tuple(map(number, node.needs)),
            node.ordinal,
            node.external,
        )
        for node in resolved.catalog
    )
    catalog: Catalog = resolved.catalog
    return _Stored(resolved.statements, catalog.dialect, catalog.version, tuple(numbers), nodes)


def _read(stored: _Stored, kinds: Mapping[str, Kind]) -> Resolved:
    refs = stored.refs
    bodies: dict[tuple[str, bytes], object] = {}

    def body(entry: _Entry) -> object:
        """Equal bodies are one value, as there are many."""
        tag, text = refs[entry.ref].kind, bytes(entry.body)
        if (tag, text) not in bodies:
            bodies[tag, text] = msgspec.msgpack.decode(text, type=kinds[tag].body)
        return bodies[tag, text]

    nodes = [
        Node(
            ref=refs[entry.ref],
            body=body(entry),
            parent=None if entry.parent is None else refs[entry.parent],
            needs=tuple(refs[need] for need in entry.needs),
            ordinal=entry.ordinal,
            external=entry.external,
        )
        for entry in stored.nodes
    ]
    return Resolved(stored.statements, Catalog(stored.dialect, nodes, version=stored.version))
