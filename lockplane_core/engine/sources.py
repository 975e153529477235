"""Sources: what a schema argument is, and the documents that it holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from lockplane_core.errors import SourceError, UsageError
from lockplane_core.model.statement import Document
from lockplane_core.nearest import nearest
from lockplane_core.plugins.registry import KNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.plugins.registry import Registry

SUFFIX = ".lp.sql"
_NEAR = 0.75
"""How alike two file names must be to be taken for one another; their suffixes are alike anyway."""
Form = Literal["schema", "script", "json", "url", "loader"]


class Source(msgspec.Struct, frozen=True):
    """A source by its form; `value` is a path, an address, or what follows a loader's prefix.

    `dialect` is empty where the source itself does not tell. `may_be_new` is a database that
    is worked on: one that is not there yet is empty, where any other would be a slip of the pen.
    """

    form: Form
    value: str
    dialect: str = ""
    prefix: str = ""
    may_be_new: bool = False

    def __str__(self) -> str:
        return f"{self.prefix}:{self.value}" if self.prefix else self.value


def classify(text: str, registry: Registry) -> Source:
    """What `text` is. Raises `SourceError` that says what was expected."""
    prefix, colon, rest = text.partition(":")
    if prefix == "sql" and colon:
        return Source("script", rest, prefix=prefix)
    if prefix == "json" and colon:
        return Source("json", rest, json_dialect(Path(rest)), prefix)
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


def moved(registry: Registry, text: str, way: str) -> str:
    """A source with a scheme as it reads from another folder; `way` leads from there to its own.

    What follows a loader's prefix is as it is: only the loader knows what that means.
    """
    prefix, _, rest = text.partition(":")
    if prefix in ("sql", "json"):
        return f"{prefix}:{rest if Path(rest).is_absolute() else Path(way, rest)}"
    dialect = registry.claiming(text)
    return dialect.moved(text, way) if dialect else text


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
            hint=f"{guess(Path(text))}A source is a {SUFFIX} file or a folder of them, sql:PATH, "
            "a .json file, json:PATH, or a database URL.",
        )
    raise SourceError(
        f"{text}: can not tell what this is by its name",
        hint=f"Schema files end in {SUFFIX} or .json; say sql:{text} to run it as SQL, or "
        f"json:{text} to read it as schema JSON.",
    )


def json_dialect(path: Path) -> str:
    """The `dialect` that schema JSON names, or empty; what is wrong with it is reported later."""
    try:
        named = msgspec.json.decode(path.read_bytes(), type=dict[str, object]).get("dialect", "")
    except (OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
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
    """The dialect of files that name none: the only one installed, else the default one.

    One that is installed and broken may be meant as well.
    """
    names = list(registry.dialects)
    if len(names) == 1 and KNOWN.keys().isdisjoint(broken.name for broken in registry.broken):
        return names[0]
    return next((d.name for d in registry.dialects.values() if d.is_default), "postgres")


def documents(value: str) -> list[Document]:
    """The schema file, or the schema files of a folder in the order of their names.

    Folders are not searched further, and symlinks are skipped (see `skipped`). Raises
    `SourceError`.
    """
    path = Path(value)
    if not path.is_dir():
        return [read_document(path)]
    files = [file for file in _schema_files(path) if file.is_file() and not file.is_symlink()]
    if not files:
        raise SourceError(f"{value}: no {SUFFIX} files here", hint=_instead(path))
    return [read_document(file) for file in files]


def skipped(value: str) -> list[Path]:
    """The symlinks in a folder of schema files, which are not read."""
    path = Path(value)
    return [file for file in _schema_files(path) if file.is_symlink()] if path.is_dir() else []


def _schema_files(folder: Path) -> list[Path]:
    """All that is named like a schema file, by name. Raises `SourceError`."""
    try:
        return sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX))
    except OSError as error:
        raise SourceError(f"{folder}: {error.strerror or error}") from error


def _instead(folder: Path) -> str:
    """What may be meant by a folder without schema files."""
    plain = sorted(path.name for path in folder.glob("*.sql") if not path.name.endswith(SUFFIX))
    links = [path.name for path in skipped(str(folder))]
    deeper = sorted({path.parent.name for path in folder.glob(f"*/*{SUFFIX}")})
    if plain:
        return f"{plain[0]} is plain SQL: rename it to end in {SUFFIX}, or name it as sql:PATH."
    if links:
        return f"{links[0]} is a symlink, and symlinks are skipped: name the file itself."
    if deeper:
        return f"Folders are not searched further: name {folder / deeper[0]}."
    return "Folders are not searched further, and symlinks are skipped."


def guess(path: Path) -> str:
    """The nearest name beside a path that is not there, as a question; empty if none is near."""
    try:
        names = {other.name for other in path.parent.iterdir()}
    except OSError:
        return ""
    near = nearest(path.name, names, alike=_NEAR)
    return f"Did you mean {str(path.with_name(near))!r}? " if near else ""


def read_document(path: Path) -> Document:
    """A file of SQL in UTF-8. Raises `SourceError`."""
    try:
        return Document(str(path), path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path}: not UTF-8 (byte {error.start})", hint="Save it as UTF-8 text."
        ) from error
    except OSError as error:
        hint = guess(path).rstrip() if isinstance(error, FileNotFoundError) else ""
        raise SourceError(f"{path}: {error.strerror or error}", hint=hint) from error
    except ValueError as error:  # a NUL in the name, which lockplane.toml can hold
        raise SourceError(f"{str(path)!r} can not be the name of a file: {error}") from error
