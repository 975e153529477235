"""What `doctor` says of a live PostgreSQL: its state, its version, our rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.errors import Refused
from lockplane_core.spi.dialect import Diagnosis
from lockplane_postgres.majors import SUPPORTED
from lockplane_postgres.quote import quote
from lockplane_postgres.running import preflight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_postgres.session import PgSession

_RIGHTS = """
SELECT current_user, current_database(), current_setting('lock_timeout'),
       has_database_privilege(current_database(), 'CREATE'),
       coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'CREATE'), true),
       (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname !~ '^pg_'
          AND n.nspname <> 'information_schema' AND NOT pg_has_role(c.relowner, 'USAGE'))
"""


def diagnosed(session: PgSession) -> Iterator[Diagnosis]:
    """Faults first: what would make `apply` refuse."""
    yield from _state(session)
    yield from _version(session)
    ((role, name, timeout, database, public, foreign),) = session.query(_RIGHTS)
    yield Diagnosis(f"rights: connected as {role}; a lock is waited for at most {timeout}")
    if not database:
        yield Diagnosis(
            f"rights: {role} may not create schemas in {name}",
            advice=f"GRANT CREATE ON DATABASE {quote(name)} TO {quote(role)};",
        )
    if not public:
        yield Diagnosis(
            f"rights: {role} may not create anything in schema public",
            is_fault=True,
            advice=f"GRANT CREATE ON SCHEMA public TO {quote(role)};",
        )
    if foreign:
        yield Diagnosis(
            f"rights: {foreign} relations belong to roles that {role} is no member of",
            is_fault=True,
            advice="Only the owner may ALTER or DROP: use the role that owns them.",
        )


def _state(session: PgSession) -> Iterator[Diagnosis]:
    try:
        preflight(session)
    except Refused as refusal:
        yield Diagnosis(f"state: {refusal.message}", is_fault=True, advice=refusal.hint)


def _version(session: PgSession) -> Iterator[Diagnosis]:
    major = int(session.version.partition(".")[0])
    if major not in SUPPORTED:
        yield Diagnosis(
            f"version: PostgreSQL {major} is not tested; {SUPPORTED[0]} to {SUPPORTED[-1]} are",
            advice="Prove each plan on a copy of this very version before you apply it.",
        )
