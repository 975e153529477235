"""ALTER DATABASE … SET and ALTER ROLE … SET: settings that sessions begin with."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.lex import tokens
from lockplane_postgres.parse.readers.roles import (
    RoleSpec,
    manage_roles,
    require_own,
    require_role,
)
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Tree
from lockplane_postgres.this_database import named_later

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.lex import Token

SETTINGS = "settings"
"""The word of the setting `manage`."""
_DATABASE = "database"
_SPELLED = {"datestyle": "DateStyle", "intervalstyle": "IntervalStyle", "timezone": "TimeZone"}
"""What the server's catalog has in mixed case; all else of its own is in lower case."""
_UNSAID = {
    "VAR_SET_CURRENT": "FROM CURRENT (write the value: on a scratch it is another one)",
    "VAR_SET_DEFAULT": "TO DEFAULT (leave it out: what no file says is reset)",
    "VAR_RESET": "RESET (leave it out: what no file says is reset)",
    "VAR_RESET_ALL": "RESET ALL (leave it out: what no file says is reset)",
    "VAR_SET_MULTI": "SET TRANSACTION (name the setting, as in default_transaction_isolation)",
}


class Change(Tree, frozen=True):
    """What comes after the name."""

    kind: str
    name: str = ""


class DatabaseSet(Tree, frozen=True):
    change: Change = field(name="setstmt")
    database: str = field(name="dbname")


class RoleSet(Tree, frozen=True):
    """Without a role it is ALL of them, without a database it holds in all."""

    change: Change = field(name="setstmt")
    role: RoleSpec | None = None
    database: str = ""


def set_of_database(tree: DatabaseSet, draft: Draft) -> None:
    """ALTER DATABASE … SET."""
    _set("", tree.change, draft)


def set_of_role(tree: RoleSet, draft: Draft) -> None:
    """ALTER ROLE … SET, in this database or in all of them."""
    if tree.role is not None:
        require_role(tree.role, draft)
    role = tree.role.name if tree.role else ""
    if tree.database:
        _set(role, tree.change, draft)
    elif tree.role is None:
        draft.lacks("a setting of all roles in all databases of the server (say IN DATABASE)")
    else:
        manage_roles(draft)
        require_own(tree.role, draft)
        _declare(tags.ROLE_SETTING, role, tree.change, draft)


def _set(role: str, change: Change, draft: Draft) -> None:
    draft.manages(SETTINGS, "what sessions begin with (ALTER DATABASE, ALTER ROLE … SET)")
    draft.runs = _without_name(draft.sql)
    _declare(tags.SETTING, role, change, draft)


def _declare(kind: str, role: str, change: Change, draft: Draft) -> None:
    if change.kind in _UNSAID:
        draft.lacks(_UNSAID[change.kind])
        return
    ref = Ref(kind, (role, _SPELLED.get(change.name.lower(), change.name)))
    if draft.taken.again(ref):
        draft.lacks(f"{change.name} for a second time (say it once)")
    draft.declare(ref)


def _without_name(sql: str) -> str:
    """The statement for whatever database it is run in."""
    name = _name([token for token in tokens(sql) if token.kind != "comment"], sql)
    return named_later(sql[: name.start], sql[name.end :])


def _name(found: list[Token], sql: str) -> Token:
    """The name of the database: the grammar gives no place to it.

    It follows the first DATABASE that is no name of a role: the second or fifth word.
    """
    for place, (before, token) in enumerate(pairwise(found)):
        said = [sql[t.start : t.end].lower() for t in (before, token)]
        if said == ["alter", _DATABASE] or (said == ["in", _DATABASE] and before.kind == "word"):
            return found[place + 2]
    raise AssertionError(sql)


READINGS = {
    "AlterDatabaseSetStmt": Reading(verb="alter", tree=DatabaseSet, read=set_of_database),
    "AlterRoleSetStmt": Reading(verb="alter", tree=RoleSet, read=set_of_role),
}
