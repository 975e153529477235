"""What is granted: privileges as nodes hold them, and which there are without a GRANT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.tags import (
    AGGREGATE,
    BASE_TYPE,
    COLUMN,
    COMPOSITE,
    DOMAIN,
    ENUM,
    FUNCTION,
    LANGUAGE,
    RANGE,
    SCHEMA,
)
from lockplane_postgres.quote import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterable


EVERYBODY = "public"
"""The grantee PUBLIC: no role may have that name."""
ITSELF = ""
"""The owner of the object, whoever that is."""
ALL = "ALL"
"""Every privilege that there is; which those are changes with the version (17 brought MAINTAIN)."""
_OF_EVERYBODY = {
    **dict.fromkeys((FUNCTION, AGGREGATE), "EXECUTE"),
    **dict.fromkeys((ENUM, DOMAIN, COMPOSITE, RANGE, BASE_TYPE, LANGUAGE), "USAGE"),
}


class Granted(msgspec.Struct, frozen=True, kw_only=True, order=True, omit_defaults=True):
    """One privilege, of one column if it is named."""

    privilege: str
    column: str = ""
    grantable: bool = False


def usual(about: Ref, grantee: str, major: int) -> tuple[Granted, ...]:
    """What a role may do with a new object before anybody grants anything."""
    if grantee == ITSELF and about.kind != COLUMN:
        return (Granted(privilege=_all(about)),)
    if grantee != EVERYBODY:
        return ()
    if about == Ref(SCHEMA, (PUBLIC,)):
        # initdb grants that; CREATE went with 15.
        return tuple(Granted(privilege=p) for p in ((ALL,) if major < 15 else ("USAGE",)))  # noqa: PLR2004 - a version
    found = _OF_EVERYBODY.get(about.kind)
    return (Granted(privilege=found),) if found else ()


def _all(about: Ref) -> str:
    """Everything there is on an object, as `collapsed` says it."""
    single = {**_OF_EVERYBODY, **dict.fromkeys(_USED, "USAGE")}
    return single.get(about.kind, ALL)


_USED = ("postgres.foreign_data_wrapper", "postgres.foreign_server")


def collapsed(grants: Iterable[Granted], everything: frozenset[str]) -> tuple[Granted, ...]:
    """The grants in order, with one in place of all that there are."""
    found: dict[tuple[str, str], bool] = {}
    for grant in grants:
        key = (grant.privilege, grant.column)
        found[key] = found.get(key, False) or grant.grantable
    for grantable in (False, True):
        same = {p for (p, column), option in found.items() if not column and option == grantable}
        if len(everything) > 1 and same == everything:
            found = {key: option for key, option in found.items() if key[1]}
            found[ALL, ""] = grantable
    return tuple(
        Granted(privilege=privilege, column=column, grantable=grantable)
        for (privilege, column), grantable in sorted(found.items())
    )
