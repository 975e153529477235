"""Loader: turns a source into documents of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

import msgspec

from lockplane_core.model.statement import Document

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.spi.dialect import Dialect


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a loader returns.

    `declarative` documents are held to the rules of schema files and may be put in another
    order; others are run as they are.
    """

    documents: tuple[Document, ...]
    declarative: bool
    notices: tuple[str, ...] = ()


class Loader(Protocol):
    """Reads one form of source, named by the prefix before its first colon (`exec:`)."""

    prefix: ClassVar[str]

    def load(self, value: str, dialect: Dialect, folder: Path) -> Loaded:
        """The documents of `prefix:value`; relative paths are below `folder`.

        Raises `SourceError`.
        """
        ...
