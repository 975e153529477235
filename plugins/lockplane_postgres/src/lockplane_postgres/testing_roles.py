"""For tests of owners and privileges: two databases, and roles that own nothing else."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lockplane_postgres import addresses
from lockplane_postgres.quote import quote
from lockplane_postgres.testing import database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Place:
    """A database, one beside it to compare with, and roles of their own; one name is hostile."""

    def __init__(self, url: str, other: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.session, self.other = (addresses.connect(u, "apply") for u in (url, other))
        mark = secrets.token_hex(4)
        names = {"a": f"app {mark}", "b": f'B"; DROP TABLE t; --.{mark}ü'}
        self.roles = {key: quote(name) for key, name in names.items()}
        ((me,),) = self.session.query("SELECT current_user")
        self.roles["me"] = quote(me)

    def told(self, sql: str) -> str:
        """SQL with the roles in place of `{a}`, `{b}` and `{me}`."""
        return sql.format(**self.roles)

    def schema(self, sql: str) -> str:
        """A schema file of that SQL."""
        path = self.folder / "schema.lp.sql"
        path.write_text(self.told(sql), encoding="utf-8")
        return str(path)


@contextmanager
def roles(url: str, admin: str, folder: Path) -> Iterator[Place]:
    """Such a place; its roles are gone at the end, with all that they own."""
    with database(admin) as other:
        found = Place(url, other, folder)
        for key in ("a", "b"):
            found.session.execute(f"CREATE ROLE {found.roles[key]}")
        yield found
        for key in ("a", "b"):
            for session in (found.other, found.session):
                session.execute(f"DROP OWNED BY {found.roles[key]} CASCADE")
            found.session.execute(f"DROP ROLE {found.roles[key]}")
        found.other.close()
        found.session.close()
