"""Addresses: which texts name an SQLite database, and which file they mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from posixpath import normpath
from urllib.parse import parse_qsl, quote, unquote, urlencode

import msgspec

MEMORY = ":memory:"
_SUFFIXES = (".db", ".sqlite", ".sqlite3")


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A file, or memory where `path` is None; `options` are those of a URI.

    Connections to memory of one `name` share it, if the options say so.
    """

    path: Path | None
    name: str = MEMORY
    options: Mapping[str, str] = {}

    def uri(self, mode: str) -> str:
        """The URI that SQLite opens, with its mode unless the address has one."""
        options = urlencode({"mode": mode, **self.options})
        place = self.path.absolute().as_uri() if self.path else f"file:{quote(self.name)}"
        return f"{place}?{options}"


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
    scheme, _, rest = url.partition(":")
    if url == MEMORY or scheme not in ("sqlite", "file"):
        return Address(path=None if url == MEMORY else Path(url))
    place, _, query = rest.partition("#")[0].partition("?")
    return _address(unquote(_path(scheme, place)), dict(parse_qsl(query)))


def moved(url: str, way: str) -> str:
    """The address as it reads from another folder, from which `way` leads to its own."""
    path = address(url).path
    if path is None or path.is_absolute():
        return url
    joined = normpath(Path(way, path).as_posix())
    scheme, _, rest = url.partition(":")
    if scheme not in ("sqlite", "file"):
        return joined
    place = rest.partition("#")[0].partition("?")[0]
    slashes = "//" if place.startswith("//") else ""
    return f"{scheme}:{slashes}{quote(joined)}{rest.removeprefix(place)}"


def _path(scheme: str, place: str) -> str:
    if not place.startswith("//"):
        return place
    if scheme == "file":  # file://localhost/path and file:///path
        return "/" + place[2:].partition("/")[2]
    relative = place.removeprefix("//")  # sqlite:////path is absolute too
    return "/" + relative.lstrip("/") if relative.startswith("/") else relative


def _address(name: str, options: Mapping[str, str]) -> Address:
    if name in ("", MEMORY) or options.get("mode") == "memory":
        return Address(path=None, name=name or MEMORY, options=options)
    return Address(path=Path(name), options=options)
