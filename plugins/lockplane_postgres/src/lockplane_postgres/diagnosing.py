"""What `lockplane doctor` says of a server: whether runs are possible, and what the role may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.errors import Refused
from lockplane_core.spi.dialect import Diagnosis
from lockplane_postgres.running import preflight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_postgres.session import PgSession

_RIGHTS = """
SELECT current_user,
       has_database_privilege(current_database(), 'CREATE'),
       coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'CREATE'), true),
       (SELECT count(*)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname <> 'information_schema'
          AND n.nspname !~ '^pg_' AND NOT pg_has_role(c.relowner, 'USAGE'))
"""


def diagnose(session: PgSession) -> Iterator[Diagnosis]:
    """Standby, read-only and pooler; then each right that `apply` may need."""
    try:
        preflight(session)
    except Refused as error:
        yield Diagnosis(error.message, is_fault=True, advice=error.hint)
    ((role, database, public, foreign),) = session.query(_RIGHTS)
    yield Diagnosis(f"role: {role}")
    if not public:
        yield Diagnosis(
            f"{role} may not create anything in the schema public",
            is_fault=True,
            advice=f"GRANT CREATE ON SCHEMA public TO {role};",
        )
    if not database:
        yield Diagnosis(f"{role} may not create schemas or extensions in this database")
    if foreign:
        yield Diagnosis(
            f"{foreign} relations belong to roles that {role} is no member of: it can not alter them",
            is_fault=True,
            advice=f"Use the role that owns them, or become a member of it: GRANT owner TO {role};",
        )
