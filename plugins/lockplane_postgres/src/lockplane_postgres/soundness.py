"""Soundness: what the validator of its language says of each routine, once everything is there.

Every session of ours makes routines with `check_function_bodies` off, so that a body may name
what comes later. Then nobody has read it: this does what CREATE FUNCTION would have done
(manual, 57: Procedural Language Handlers). For SQL that is the whole body, for PL/pgSQL its
syntax and the types of its variables; whether a table exists it tells only when it runs.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.errors import StatementFailed
from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.tags import FUNCTION
from lockplane_postgres.quote import PUBLIC, quote
from lockplane_postgres.reader import USER_SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_postgres.session import PgSession

_ROUTINES = f"""
SELECT l.lanvalidator::regproc::text, coalesce(p.proconfig, '{{}}'), p.oid, n.nspname, p.proname,
       array(SELECT format_type(type, NULL)
             FROM unnest(p.proargtypes) WITH ORDINALITY u(type, place) ORDER BY place)
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind IN ('f', 'p', 'w') AND {USER_SCHEMAS}
  AND l.lanvalidator <> 0 AND l.lanname NOT IN ('internal', 'c')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                  AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1, 2, n.nspname, p.proname, p.oid
"""
"""What is compiled (`c`, `internal`) was looked up when it was made, whatever the setting."""


class _Routine(msgspec.Struct, frozen=True):
    """A routine, the validator of its language, and the settings that it runs with."""

    validator: str
    settings: tuple[str, ...]
    oid: int
    ref: Ref

    @property
    def way(self) -> tuple[str, tuple[str, ...]]:
        """What those have in common that one statement can validate."""
        return self.validator, self.settings


def unsound(session: PgSession) -> Iterator[tuple[Ref, StatementFailed]]:
    """The routines whose validator objects, each with its words."""
    for _, group in groupby(_routines(session), key=lambda routine: routine.way):
        alike = list(group)
        if _objection(session, alike) is None:
            continue
        for routine in alike:
            error = _objection(session, [routine])
            if error is not None:
                yield routine.ref, _placed(session, routine, error)


def _routines(session: PgSession) -> list[_Routine]:
    with session.snapshot():
        rows = session.query(_ROUTINES)
    return [
        _Routine(validator, tuple(settings), oid, Ref(FUNCTION, (schema, _signed(name, types))))
        for validator, settings, oid, schema, name, types in rows
    ]


def _signed(name: str, types: Sequence[str]) -> str:
    return f"{quote(name)}({', '.join(types)})"


def _objection(session: PgSession, routines: Sequence[_Routine]) -> StatementFailed | None:
    """What the validator says against the first of routines alike that it objects to."""
    validator, settings = routines[0].way
    given = dict(setting.split("=", 1) for setting in settings)
    try:
        with session.transaction():
            session.configure(
                {"search_path": PUBLIC, **given, "check_function_bodies": "on"}, local=True
            )
            session.query(
                f"SELECT {validator}(oid) FROM unnest(%s::oid[]) oid",
                ([routine.oid for routine in routines],),
            )
    except StatementFailed as error:
        return error
    return None


def _placed(session: PgSession, routine: _Routine, error: StatementFailed) -> StatementFailed:
    """The error at its line, where the server tells that and no position."""
    number = _line(error.__cause__)
    if error.position is not None or not number:
        return error
    ((source,),) = session.query("SELECT prosrc FROM pg_proc WHERE oid = %s", (routine.oid,))
    before = source.splitlines(keepends=True)[: number - 1]
    rest = source[len("".join(before)) :]
    return StatementFailed(
        error.message,
        state=error.state,
        position=len(source) - len(rest.lstrip()),
        inside=source,
        hint=error.hint,
    )


def _line(error: BaseException | None) -> int:
    """The line that PL/pgSQL's compiler was at; 0 where it does not say, or in no known words."""
    from psycopg import Error

    context = (error.diag.context or "") if isinstance(error, Error) else ""
    _, near, number = context.partition("\n")[0].rpartition(" near line ")
    return int(number) if near and number.isdecimal() else 0
