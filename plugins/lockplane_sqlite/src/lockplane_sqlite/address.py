"""Addresses: which texts name an SQLite database, and which file they mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

import msgspec

MEMORY = ":memory:"
_SUFFIXES = (".db", ".sqlite", ".sqlite3")


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A file, or memory where `path` is None; `options` are those of a `file:` URI."""

    path: Path | None
    options: Mapping[str, str] = {}

    def uri(self, mode: str) -> str:
        """The URI that SQLite opens, with its mode unless the address has one."""
        options = {"mode": mode, **self.options}
        if self.path is None:
            return f"file:{quote(self.options.get('_name', MEMORY))}?{_query(options)}"
        return f"file:{quote(str(self.path))}?{_query(options)}"


def _query(options: Mapping[str, str]) -> str:
    return urlencode({key: value for key, value in options.items() if not key.startswith("_")})


def claims(url: str) -> bool:
    """Whether a text names an SQLite database, by its looks alone."""
    if url == MEMORY or url.startswith(("sqlite:", "file:")):
        return True
    return "://" not in url and url.lower().endswith(_SUFFIXES)


def address(url: str) -> Address:
    """The file or memory that a text names.

    `sqlite://a.db` is relative and `sqlite:///a.db` absolute, as the authors of most tools mean
    it; `file:` is SQLite's own form, with its options.
    """
    if url.startswith("sqlite:"):
        return _plain(unquote(url.removeprefix("sqlite:").removeprefix("//")))
    if url.startswith("file:"):
        return _uri(url.removeprefix("file:"))
    return _plain(url)


def _plain(path: str) -> Address:
    return Address(path=None if path in ("", MEMORY) else Path(path))


def _uri(rest: str) -> Address:
    path, _, query = rest.partition("#")[0].partition("?")
    if path.startswith("//"):  # file://localhost/path and file:///path
        path = "/" + path[2:].partition("/")[2]
    options = dict(parse_qsl(query))
    name = unquote(path)
    if name in ("", MEMORY) or options.get("mode") == "memory":
        return Address(path=None, options={**options, "mode": "memory", "_name": name or MEMORY})
    return Address(path=Path(name), options=options)
