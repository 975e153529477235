"""For tests of owners and privileges: databases, and roles that own nothing else."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lockplane_postgres import addresses
from lockplane_postgres.quote import quote
from lockplane_postgres.testing import database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lockplane_postgres.session import PgSession

_FACTS = """
WITH o AS (
  SELECT relname::text AS name, relowner AS owner, relnamespace AS schema, relkind::text AS sort,
         coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner))
         AS acl
  FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'S')
  UNION ALL
  SELECT c.relname || '.' || a.attname, c.relowner, c.relnamespace, 'column', a.attacl
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL
  SELECT proname, proowner, pronamespace, 'f', coalesce(proacl, acldefault('f', proowner))
  FROM pg_proc
  UNION ALL
  SELECT typname, typowner, typnamespace, 'T', coalesce(typacl, acldefault('T', typowner))
  FROM pg_type WHERE typtype IN ('e', 'd', 'r') OR typtype = 'c' AND typrelid IN (
    SELECT oid FROM pg_class WHERE relkind = 'c')
  UNION ALL
  SELECT nspname, nspowner, oid, 'n', coalesce(nspacl, acldefault('n', nspowner))
  FROM pg_namespace
)
SELECT o.sort, o.name, pg_get_userbyid(o.owner),
       ARRAY(SELECT a::text FROM unnest(o.acl) a ORDER BY 1)
FROM o JOIN pg_namespace n ON n.oid = o.schema
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2
"""


class Roles:
    """A database with roles of its own, by short names: `roles` has them as SQL writes them."""

    def __init__(self, url: str, folder: Path, names: Mapping[str, str]) -> None:
        self.url, self.folder = url, folder
        self.session = addresses.connect(url, "apply")
        self.roles = {key: quote(name) for key, name in names.items()}

    @contextmanager
    def made(self, *beside: PgSession) -> Iterator[None]:
        """The roles are there, and gone at the end with all that they own, here and `beside`."""
        made: Sequence[str] = tuple(self.roles.values())
        for role in made:
            self.session.execute(f"CREATE ROLE {role}")
        yield
        for role in made:
            for session in (*beside, self.session):
                session.execute(f"DROP OWNED BY {role} CASCADE")
            self.session.execute(f"DROP ROLE {role}")
        self.session.close()

    def told(self, sql: str) -> str:
        """SQL with the roles in place of `{a}` and the like."""
        return sql.format(**self.roles)

    def run(self, sql: str) -> None:
        """Run such SQL."""
        self.session.execute(self.told(sql))

    def schema(self, sql: str, stem: str = "schema") -> str:
        """A schema file of such SQL."""
        path = self.folder / f"{stem}.lp.sql"
        path.write_text(self.told(sql), encoding="utf-8")
        return str(path)

    def as_role(self, key: str) -> str:
        """The address of the database for a session of that role."""
        joint = "&" if "?" in self.url else "?"
        return f"{self.url}{joint}options=-c%20role%3D{self.roles[key]}"

    def facts(self) -> list[tuple[object, ...]]:
        """What is there: its sort, its name, who owns it, and who may do what with it."""
        return self.session.query(_FACTS)


class Place(Roles):
    """Such a database, and one beside it to compare with; one name of a role is hostile."""

    def __init__(self, url: str, other: str, folder: Path) -> None:
        mark = secrets.token_hex(4)
        super().__init__(url, folder, {"a": f"app {mark}", "b": f'B"; DROP TABLE t; --.{mark}ü'})
        self.other = addresses.connect(other, "apply")
        ((self._me,),) = self.session.query("SELECT current_user")

    def told(self, sql: str) -> str:
        """SQL with the roles in place of `{a}`, `{b}` and `{me}`."""
        return sql.format(**self.roles, me=quote(self._me))


@contextmanager
def roles(url: str, admin: str, folder: Path) -> Iterator[Place]:
    """Such a place; its roles are gone at the end, with all that they own."""
    with database(admin) as other:
        found = Place(url, other, folder)
        with found.made(found.other):
            yield found
        found.other.close()
