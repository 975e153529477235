"""Project: the files that `init` writes, worked out before the first of them is.

Nothing that is there is replaced: a new environment is added at the end of lockplane.toml, lines
at the end of .gitignore, and a file that says something else is an error.
"""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.config import env_file
from lockplane_core.config.file import FILE, Environment, File, find, read
from lockplane_core.engine.sources import SUFFIX
from lockplane_core.errors import ConfigError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SECRET_MODE = 0o600
_PUBLIC_MODE = 0o666  # less the umask
_IGNORED = (".env.*", "!.env.*.example")
_HEAD = """\
# Settings of Lockplane. Addresses of databases are in .env.NAME, which git ignores.
default_environment = {environment}
schema_path = {schema_path}
dialect = {dialect}
"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An environment to be written from `folder`; paths are as seen from `home(folder)`."""

    folder: Path
    environment: str
    dialect: str
    database_url: str
    shadow_database_url: str = ""
    schema_path: str = ""
    profiles: tuple[str, ...] = ()
    description: str = ""
    example: str = ""
    ignored: tuple[str, ...] = ()


class Piece(msgspec.Struct, frozen=True):
    """A file to be written: `before` is what it says now, None where there is none."""

    path: Path
    text: str
    before: str | None = None
    mode: int = _PUBLIC_MODE

    def will(self, folder: Path) -> str:
        """What will be done, in words; paths as seen from `folder`."""
        return f"{'Write' if self.before is None else 'Add to'} {self._named(folder)}"

    def done(self, folder: Path) -> str:
        """What was done."""
        return f"{'Wrote' if self.before is None else 'Added to'} {self._named(folder)}"

    def _named(self, folder: Path) -> str:
        alone = ", which only you can read" if self.mode == _SECRET_MODE else ""
        return os.path.relpath(self.path, folder) + alone


def home(folder: Path) -> Path:
    """The folder of the project: that of the lockplane.toml that is found, else `folder`."""
    path = find(folder)
    return path.parent if path else folder


def default_environment(folder: Path) -> str:
    """The environment of a call that names none; empty if there is none."""
    path = find(folder)
    return read(path)[0].default_environment if path else ""


def has_schema(folder: Path) -> bool:
    """Whether the project has schema files already."""
    schema = schema_place(folder)
    return schema.is_file() or (schema.is_dir() and any(schema.glob(f"*{SUFFIX}")))


def schema_place(folder: Path) -> Path:
    """Where the schema files of the project go, as its settings say."""
    place = home(folder)
    return place / _schema_path(place)


def pieces(wanted: Wanted) -> list[Piece]:
    """The files that are to be written or added to, in order.

    Raises `Refused` or `ConfigError` where one is there that says something else.
    """
    env_file.refuse_name(wanted.environment)
    place = home(wanted.folder)
    return [
        *_toml(wanted, place),
        *_env_file(wanted, place),
        *_ignore_file(wanted, place),
        *_example(wanted, place / (wanted.schema_path or _schema_path(place))),
    ]


def write(found: Iterable[Piece]) -> Iterator[Piece]:
    """Write what `pieces` worked out, one after the other."""
    for piece in found:
        try:
            piece.path.parent.mkdir(parents=True, exist_ok=True)
            if piece.before is None:
                _create(piece)
            else:
                _replace(piece)
        except OSError as error:
            raise ConfigError(f"{piece.path}: {error.strerror or error}") from error
        yield piece


# -- lockplane.toml ------------------------------------------------------------------------


def _toml(wanted: Wanted, place: Path) -> Iterator[Piece]:
    path = place / FILE
    if not path.exists():
        head = _HEAD.format(
            environment=_quoted(wanted.environment),
            schema_path=_quoted(wanted.schema_path or "schema"),
            dialect=_quoted(wanted.dialect),
        )
        head += f"profiles = {json.dumps(wanted.profiles)}\n" if wanted.profiles else ""
        said = File(
            dialect=wanted.dialect, schema_path=wanted.schema_path, profiles=wanted.profiles
        )
        yield Piece(path, f"{head}\n{_table(wanted, said)}")
        return
    file, _ = read(path)
    if wanted.environment in file.environments:
        return
    before = _said(path)
    table = _table(wanted, file)
    text = _continued(before, f"\n{table}")
    if not _adds(before, text, wanted.environment):
        raise ConfigError(f"{path}: no environment can be added at its end", hint=f"Add:\n{table}")
    yield Piece(path, text, before)


def _table(wanted: Wanted, file: File) -> str:
    """The environment as a table; what the top of the file says already is left out."""
    given: dict[str, Any] = {"description": wanted.description}
    if file.dialect != wanted.dialect:
        given["dialect"] = wanted.dialect
    if wanted.schema_path != file.schema_path:
        given["schema_path"] = wanted.schema_path
    lines = [f"{name} = {_quoted(value)}" for name, value in given.items() if value]
    if wanted.profiles != (file.profiles or ()):
        lines.append(f"profiles = {json.dumps(wanted.profiles)}")
    return "\n".join([f"[environments.{wanted.environment}]", *lines, ""])


def _adds(before: str, after: str, name: str) -> bool:
    """Whether the text after says the same as the one before, and one environment more."""
    try:
        new = tomllib.loads(after)
        old = tomllib.loads(before)
        added = new.get("environments", {}).pop(name)
        msgspec.convert(added, Environment)
    except (tomllib.TOMLDecodeError, KeyError, msgspec.ValidationError):
        return False
    return {"environments": {}, **old} == {"environments": {}, **new}


def _quoted(value: str) -> str:
    """A basic string of TOML, which escapes as JSON does, and one character more."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _schema_path(place: Path) -> str:
    path = place / FILE
    said = read(path)[0].schema_path if path.exists() else msgspec.UNSET
    return "schema" if said is msgspec.UNSET else said


# -- .env.NAME -----------------------------------------------------------------------------


def _env_file(wanted: Wanted, place: Path) -> Iterator[Piece]:
    values = {
        "DATABASE_URL": wanted.database_url,
        "SHADOW_DATABASE_URL": wanted.shadow_database_url,
    }
    given = {name: value for name, value in values.items() if value}
    path = place / f"{env_file.PREFIX}{wanted.environment}"
    if path.exists():
        _refuse_other(path, given, wanted.environment)
    else:
        head = f"# The environment {wanted.environment}. Not for git: it may hold a password."
        yield Piece(path, _assigned(head, given), mode=_SECRET_MODE)
    example = path.with_name(path.name + env_file.EXAMPLE)
    if not example.exists():
        hidden = {name: _outline(value) for name, value in given.items()}
        yield Piece(example, _assigned(f"# Copy this to {path.name}, and fill it in.", hidden))


def _outline(address: str) -> str:
    """What of an address may be seen by everybody; whatever may hold a password is left out."""
    scheme, separator, _ = address.partition("://")
    return f"{scheme}://…" if separator else "" if "=" in address else address


def _refuse_other(path: Path, given: dict[str, str], environment: str) -> None:
    said = env_file.read(path)
    other = [name for name, value in given.items() if said.get(name, "") != value]
    if other:
        raise Refused(
            f"{path} is there already and says something else for {' and '.join(other)}",
            hint=f"Name another environment than {environment!r} with --env, or edit the file.",
            code="exists",
        )


def _assigned(head: str, values: dict[str, str]) -> str:
    return "\n".join([head, *(f"{name}={_shell(value)}" for name, value in values.items()), ""])


def _shell(value: str) -> str:
    """In single quotes, as dotenv reads them."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


# -- .gitignore and the schema -------------------------------------------------------------


def _ignore_file(wanted: Wanted, place: Path) -> Iterator[Piece]:
    path = place / ".gitignore"
    before = _said(path) if path.exists() else None
    there = {line.strip() for line in (before or "").splitlines()}
    below = "" if place == wanted.folder else f"/{wanted.folder.relative_to(place).as_posix()}"
    lines = (*_IGNORED, *(f"{below}{line}" for line in wanted.ignored))
    missing = [line for line in lines if line not in there]
    if missing:
        yield Piece(path, _continued(before or "", "\n".join([*missing, ""])), before)


def _example(wanted: Wanted, folder: Path) -> Iterator[Piece]:
    """An example, unless there is something in the folder, or it is a single file."""
    if not wanted.example or folder.name.endswith(SUFFIX):
        return
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        yield Piece(folder / f"example{SUFFIX}", wanted.example)


# -- reading and writing ------------------------------------------------------------------


def _said(path: Path) -> str:
    """The text of a file, with its ends of lines as they are."""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _continued(before: str, more: str) -> str:
    """A text with more at its end, in its own manner of ending lines."""
    gap = "\n" if before and not before.endswith("\n") else ""
    ending = "\r\n" if "\r\n" in before else "\n"
    return before + (gap + more).replace("\n", ending)


def _create(piece: Piece) -> None:
    """Make a file that must not be there, with its mode from the first moment on."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(piece.path, flags, piece.mode), "wb") as file:
            file.write(piece.text.encode())
    except FileExistsError as error:
        raise Refused(f"{piece.path} appeared meanwhile; it was left as it is") from error


def _replace(piece: Piece) -> None:
    """Put a longer file in the place of one, in one go and with its permissions."""
    target = piece.path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        draft.write_bytes(piece.text.encode())
        shutil.copymode(target, draft)
        draft.replace(target)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
