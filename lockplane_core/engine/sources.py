"""Sources: what a schema argument is, and the documents that it holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from lockplane_core.errors import SourceError, UsageError
from lockplane_core.model.statement import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.plugins.registry import Registry

SUFFIX = ".lp.sql"
Form = Literal["schema", "script", "json", "url", "loader"]


class Source(msgspec.Struct, frozen=True):
    """A source by its form; `value` is a path, an address, or what follows a loader's prefix.

    `dialect` is empty where the source itself does not tell.
    """

    form: Form
    value: str
    dialect: str = ""
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.prefix}:{self.value}" if self.prefix else self.value


def classify(text: str, registry: Registry) -> Source:
    """What `text` is. Raises `SourceError` that says what was expected."""
    prefix, colon, rest = text.partition(":")
    if prefix == "sql" and colon:
        return Source("script", rest, prefix=prefix)
    if colon and prefix in registry.loaders and "//" not in rest[:2]:
        return Source("loader", rest, prefix=prefix)
    if Path(text).is_dir() or text.endswith(SUFFIX):
        return Source("schema", text)
    dialect = registry.claiming(text)
    if dialect is not None:
        return Source("url", text, dialect.name)
    if "://" in text:
        raise registry.missing(prefix)
    return _file(text)


def _file(text: str) -> Source:
    if text.endswith(".json"):
        return Source("json", text, json_dialect(Path(text)))
    if text.endswith(".sql"):
        raise SourceError(
            f"{text} is plain SQL, not a schema file",
            hint=f"Rename it to end in {SUFFIX}, or say sql:{text} to run it as it is.",
        )
    if not Path(text).exists():
        raise SourceError(
            f"{text}: no such file, folder or database address",
            hint=f"A source is a {SUFFIX} file or a folder of them, sql:PATH, a .json file, "
            "or a database URL.",
        )
    raise SourceError(
        f"{text}: can not tell what this is by its name",
        hint=f"Schema files end in {SUFFIX} or .json; say sql:{text} to run it as SQL.",
    )


def json_dialect(path: Path) -> str:
    """The `dialect` that schema JSON names, or empty; what is wrong with it is reported later."""
    try:
        named = msgspec.json.decode(path.read_bytes(), type=dict[str, object]).get("dialect", "")
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    return named if isinstance(named, str) else ""


def common_dialect(sources: Sequence[Source], registry: Registry, setting: str) -> str:
    """The one dialect of all sources: databases and JSON decide, then the setting.

    Raises `UsageError` when two sources are of different products, `PluginError` when none is
    installed.
    """
    named = dict.fromkeys(source.dialect for source in sources if source.dialect)
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} can not be compared with one another")
    return registry.dialect(next(iter(named), "") or setting or _default(registry)).name


def _default(registry: Registry) -> str:
    """The dialect of files that name none: the only one installed, else the default one."""
    names = list(registry.dialects)
    if len(names) == 1:
        return names[0]
    return next((d.name for d in registry.dialects.values() if d.is_default), "postgres")


def documents(value: str) -> list[Document]:
    """The schema file, or the schema files of a folder in the order of their names.

    Folders are not searched further, and symlinks are skipped. Raises `SourceError`.
    """
    path = Path(value)
    if not path.is_dir():
        return [read_document(path)]
    files = sorted(p for p in path.iterdir() if p.name.endswith(SUFFIX) and _is_plain(p))
    if not files:
        raise SourceError(
            f"{value}: no {SUFFIX} files here",
            hint="Folders are not searched further, and symlinks are skipped.",
        )
    return [read_document(file) for file in files]


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def read_document(path: Path) -> Document:
    """A file of SQL in UTF-8. Raises `SourceError`."""
    try:
        return Document(str(path), path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path}: not UTF-8 (byte {error.start})", hint="Save it as UTF-8 text."
        ) from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error
