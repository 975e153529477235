"""`lockplane init sqlite`: a database in a file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lockplane_core.errors import UsageError
from lockplane_core.spi.init_target import Answers, InitTarget, Prospect, Question
from lockplane_sqlite.address import address, claims, moved
from lockplane_sqlite.connecting import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLE = """\
-- What the database should hold. Say it in CREATE statements, in any files of this folder:
-- `lockplane plan` works out how to get there.
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
"""
_SIDECARS = ("", "-*")


class SqliteFile(InitTarget):
    """Begin with a database in an SQLite file, which is made if it is not there.

    It needs no server: throw-away databases for proofs are made in memory.
    """

    name = "sqlite"
    help = "An SQLite file, made if it is not there"
    dialect = "sqlite"
    weight = 30
    example = _EXAMPLE
    questions: ClassVar[tuple[Question, ...]] = (
        Question(name="file", text="File of the database", default="app.db", required=True),
    )

    def moved(self, url: str, way: str) -> str:
        """With its path, if that is a relative one, taken from the other folder."""
        return moved(url, way)

    def look(self, answers: Answers, folder: Path) -> Prospect:
        """Whether the file is there, and has anything in it."""
        url = answers["file"]
        path = _path(url, folder)
        ignored = tuple(f"/{url}{end}" for end in _SIDECARS) if _is_plain(url) else ()
        if not path.exists():
            return Prospect(url=url, does=(f"Make {url}",), is_new=True, ignored=ignored)
        with closing(connect(str(path), "read")) as session:
            ((holds,),) = session.query("SELECT count(*) FROM sqlite_schema")
        return Prospect(
            url=url, does=(f"Use {url}, which is there",), is_new=not holds, ignored=ignored
        )

    def make(self, answers: Answers, folder: Path) -> Sequence[str]:
        """Make the file, unless it is there."""
        url = answers["file"]
        path = _path(url, folder)
        if path.exists():
            return (f"{url} is there and was left as it is",)
        with closing(connect(str(path), "apply")) as session:
            session.execute("VACUUM")  # writes the first page: a file, and an SQLite database
        return (f"Made {url} (SQLite {sqlite3.sqlite_version})",)


def _path(url: str, folder: Path) -> Path:
    """The file that is meant. Raises `UsageError` for what is none."""
    path = address(url).path if claims(url) else None
    if path is None:
        raise UsageError(
            f"{url!r} names no file of an SQLite database",
            hint="Its name ends in .db, .sqlite or .sqlite3; or write sqlite://PATH.",
        )
    return folder / path


def _is_plain(url: str) -> bool:
    """Whether it is a path below the folder, which a line of .gitignore can name."""
    parts = Path(url).parts
    return ":" not in url and not Path(url).is_absolute() and ".." not in parts
