"""Settings: what sessions in the database begin with, where a project manages that.

ALTER DATABASE … SET, and ALTER ROLE … IN DATABASE … SET. They belong to the database and go with
it, so a scratch has its own. What ALTER ROLE … SET says of all databases is the server's.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.spi.kind import Kind
from lockplane_core.spi.support import YES, Support
from lockplane_postgres.kinds import foreign_options
from lockplane_postgres.kinds.grant_sql import no_role
from lockplane_postgres.kinds.refs import role_ref
from lockplane_postgres.kinds.setting_value import shown
from lockplane_postgres.kinds.tags import SETTING
from lockplane_postgres.kinds.tree import text
from lockplane_postgres.quote import literal, quote
from lockplane_postgres.reader import as_pg
from lockplane_postgres.this_database import named_later

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Effect, Guard
    from lockplane_core.spi.reader import Reader

# An extension tells of its settings only where it is loaded, so those are left as they are.
SELECTED = """
SELECT coalesce(r.rolname, ''), said, coalesce(g.vartype, ''), coalesce(g.unit, '')
FROM pg_db_role_setting s
CROSS JOIN unnest(s.setconfig) said
LEFT JOIN pg_settings g ON g.name = split_part(said, '=', 1) AND g.name NOT LIKE '%.%'
"""
_SETTINGS = f"""
{SELECTED}
JOIN pg_database d ON d.oid = s.setdatabase
LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE d.datname = current_database()
ORDER BY 1, 2
"""
_LISTS = frozenset({
    "local_preload_libraries", "search_path", "session_preload_libraries",
    "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories",
})  # fmt: skip
"""What holds a list of names in quotes, each of which SET takes by itself (GUC_LIST_QUOTE)."""
_BREAKING = frozenset({
    "bytea_output", "DateStyle", "default_transaction_isolation", "default_transaction_read_only",
    "IntervalStyle", "role", "row_security", "search_path", "standard_conforming_strings",
    "TimeZone", "transform_null_equals", "xmloption",
})  # fmt: skip
"""What the same query may mean something else by, or fail with."""
_SECURITY = frozenset({
    "local_preload_libraries", "role", "row_security", "search_path", "session_preload_libraries",
})  # fmt: skip
"""What decides about who may do what, or which code runs."""
_LATER = "which sessions see that begin afterwards"


class SettingBody(Body, frozen=True, kw_only=True):
    """The value; of a list, such as `search_path`, each element without its quotes."""

    values: tuple[str, ...]


class SettingKind(Kind):
    """Ref: (role or nothing for all of them, name)."""

    tag = SETTING
    plural = "settings"
    role = "other"
    body = SettingBody
    managed = "settings"
    weight = 950
    tree_fields: ClassVar[tuple[tuple[Any, ...], ...]] = (("role", str, ""),)
    settings: ClassVar[str] = _SETTINGS
    where: ClassVar[str] = "in this database"

    def support(self) -> Support:
        """SET makes and changes it, RESET ends it."""
        return msgspec.structs.replace(super().support(), create=YES, alter=YES, drop=YES)

    def spoken(self, ref: Ref) -> str:
        """`statement_timeout of role app`."""
        role, name = ref.path
        return f"{name} of role {role}" if role else name

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All of this database."""
        for role, said, sort, unit in as_pg(reader).rows(self.settings):
            name, _, value = said.partition("=")
            parent = Ref(self.parent, (role,)) if self.parent else None
            body = _body(name, shown(value, sort, unit))
            yield Node(ref=Ref(self.tag, (role, name)), parent=parent, body=body)

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET … TO …`."""
        yield self.made(change, self._set(change.new, _guards(change.new)))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET … TO …`, which takes the place of what was there."""
        yield self.made(change, self._set(change.new, _guards(change.new)))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`RESET …`: what the server or the role says holds again."""
        ref = change.old.ref
        step = self._step(ref, f"Reset {self.spoken(ref)} {self.where}", "RESET")
        yield self.gone(change, before, step)

    def _set(self, node: Node, guards: Iterable[Guard]) -> Step:
        values = node.body.values
        told = f"Set {self.spoken(node.ref)} {self.where} to {', '.join(values) or 'nothing'}"
        listed = ", ".join(map(literal, values)) or "''"
        step = self._step(node.ref, told, "SET", f" TO {listed}")
        return msgspec.structs.replace(step, guards=tuple(guards))

    def _step(self, ref: Ref, description: str, verb: str, rest: str = "") -> Step:
        role, name = ref.path
        return Step(
            description=f"{description}, {_LATER}",
            sql=(self.statement(role, f" {verb} {_spelled(name)}{rest}"),),
            consumes=self.consumed(role),
            effects=tuple(_effects(name)),
        )

    def statement(self, role: str, rest: str) -> str:
        """`ALTER …` with what comes after the name."""
        before = f"ALTER ROLE {quote(role)} IN DATABASE " if role else "ALTER DATABASE "
        return named_later(before, rest)

    def consumed(self, role: str) -> tuple[Ref, ...]:
        """What must be there for that."""
        return (role_ref(role),) if role else ()

    # -- JSON ------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """The name, `role` if it is of one, and `values`."""
        role, name = node.ref.path
        fields: dict[str, Any] = msgspec.to_builtins(node.body)
        return {"name": name} | ({"role": role} if role else {}) | fields

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The reverse of `to_tree`."""
        fields = dict(item)
        name, role = text(fields.pop("name")), text(fields.pop("role", ""))
        yield Node(ref=Ref(self.tag, (role, name)), body=msgspec.convert(fields, SettingBody))


def _body(name: str, value: str) -> SettingBody:
    """As the server keeps it. A secret that an application has made a setting of is not read."""
    if name in _LISTS:
        return SettingBody(values=tuple(next(csv.reader([value], skipinitialspace=True), ())))
    if "." in name:
        ((_, _, value),) = (
            said.partition("=") for said in foreign_options.read([f"{name}={value}"])
        )
    return SettingBody(values=(value,))


def _spelled(name: str) -> str:
    """The name in SQL; that of an application or an extension has a dot in it."""
    return ".".join(quote(part) for part in name.split("."))


def _effects(name: str) -> Iterator[Effect]:
    if name in _BREAKING:
        yield "breaking"
    if name in _SECURITY:
        yield "security"


def _guards(node: Node) -> Iterator[Guard]:
    """The role must be there, and no plan holds a secret."""
    role, name = node.ref.path
    if role:
        place = f" at {node.span}" if node.span else ""
        yield no_role(role, f"for which {name} is set{place}", node.ref)
    said = [f"{name}={value}" for value in node.body.values]
    yield from foreign_options.guards(node.ref, f"the setting {name}", said)
