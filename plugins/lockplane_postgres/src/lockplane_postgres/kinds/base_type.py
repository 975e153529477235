"""Base types, which functions in C read and write, and shells: names that wait to become one.

A type and its functions for input and output need one another. So a shell of it comes first, then
the functions, which are made on that (`on_shells`), then the type. To drop them PostgreSQL has
nothing but CASCADE (manual, sql-droptype), when all else that stands on the type is gone.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.refs import type_name
from lockplane_postgres.kinds.tags import BASE_TYPE, COLUMN, FUNCTION, SCHEMA, SHELL
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.kinds.type_uses import Holder, holders
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.quote import literal, qualified, qualified_type, quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader
    from lockplane_postgres.kinds.materialized_view import StoredColumn

Alignment = Literal["char", "int2", "int4", "double"]
Storage = Literal["plain", "external", "extended", "main"]

_FUNCTIONS = ("input", "output", "receive", "send", "typmod_in", "typmod_out", "analyze")
_TYPES = f"""
SELECT n.nspname, t.typname, t.oid, t.typarray, t.typisdefined,
       nullif(t.typinput, 0)::regproc::text, nullif(t.typoutput, 0)::regproc::text,
       nullif(t.typreceive, 0)::regproc::text, nullif(t.typsend, 0)::regproc::text,
       nullif(t.typmodin, 0)::regproc::text, nullif(t.typmodout, 0)::regproc::text,
       nullif(t.typanalyze, 0)::regproc::text, {{subscript}},
       t.typlen::int, t.typbyval, t.typalign::text, t.typstorage::text, t.typcategory::text,
       t.typispreferred, t.typdefault,
       CASE WHEN t.typelem <> 0 THEN format_type(t.typelem, NULL) END,
       t.typdelim::text, t.typcollation <> 0
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE (NOT t.typisdefined OR t.typtype = 'b' AND t.typinput <> 'pg_catalog.array_in'::regproc)
  AND {USER_SCHEMAS}
"""
_SUBSCRIPT = "nullif(t.typsubscript, 0)::regproc::text"
_ALIGNMENTS: Mapping[str, Alignment] = {"c": "char", "s": "int2", "i": "int4", "d": "double"}
_STORAGES: Mapping[str, Storage] = {"p": "plain", "e": "external", "x": "extended", "m": "main"}
_VARIABLE = -1
_ALTERABLE = ("receive", "send", "typmod_in", "typmod_out", "analyze", "subscript")
"""What ALTER TYPE … SET takes (13), besides STORAGE."""


class BaseTypeBody(Body, frozen=True, kw_only=True):
    """Its functions, as SQL names them, and how values are stored; without `input`, a shell.

    A `length` of -1 is VARIABLE.
    """

    input: str = ""
    output: str = ""
    receive: str = ""
    send: str = ""
    typmod_in: str = ""
    typmod_out: str = ""
    analyze: str = ""
    subscript: str = ""
    length: int = _VARIABLE
    by_value: bool = False
    alignment: Alignment = "int4"
    storage: Storage = "plain"
    category: str = "U"
    preferred: bool = False
    default: str | None = None
    element: str = ""
    delimiter: str = ","
    collatable: bool = False

    @property
    def is_shell(self) -> bool:
        """Whether only the name is there."""
        return not self.input


class BaseTypeKind(PgKind):
    """Ref: (schema, name)."""

    tag = BASE_TYPE
    plural = "base_types"
    tree_fields = ROOT_FIELDS
    role = "type"
    body = BaseTypeBody
    weight = 29
    keyword = "TYPE"
    renamable = True
    rebuildable = True
    since = MappingProxyType({"subscript": "14"})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All base types and shells; arrays stand for them where something needs them."""
        pg = as_pg(reader)
        if not pg.holds("base type"):
            return
        subscript = pg.since(self.since["subscript"], _SUBSCRIPT, "NULL")
        for schema, name, oid, array, is_defined, *facts in pg.rows(
            _TYPES.format(subscript=subscript)
        ):
            ref = Ref(self.tag, (schema, name))
            for address in filter(None, (oid, array)):
                pg.note(ref, "pg_type", address)
            yield Node(ref=ref, body=_body(facts) if is_defined else BaseTypeBody())

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """A name that all types share with relations."""
        return (type_name(*ref.path),)

    def sql(self, ref: Ref) -> str:
        """The name of the type."""
        return qualified_type(*ref.path)

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether ALTER TYPE … SET does not do; a shell is filled, and never made again."""
        old, new = change.old.body, change.new.body
        if old.is_shell:
            return False
        is_plainer = new.storage == "plain" and old.storage != "plain"
        alterable = {name: getattr(new, name) for name in (*_ALTERABLE, "storage")}
        return is_plainer or bool(msgspec.structs.replace(old, **alterable) != new)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """The shell, which its functions are made on, and the type."""
        node = change.new
        said, name = spoken(node.ref.path), self.sql(node.ref)
        if node.body.is_shell:
            step = Step(description=f"Create shell type {said}", sql=(f"CREATE TYPE {name}",))
            yield self.made(change, step)
            return
        if any(need.kind == FUNCTION for need in node.needs):
            yield Step(
                description=f"Create shell of base type {said}",
                sql=(f"CREATE TYPE {name}",),
                produces=(shell(node.ref), type_name(*node.ref.path)),
                consumes=tuple(need for need in node.needs if need.kind == SCHEMA),
                settles=(node.ref,),
            )
        yield self._filled(change)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER TYPE … SET`; a shell becomes the type."""
        ref, old, new = change.new.ref, change.old.body, change.new.body
        if old.is_shell:
            yield self._filled(change)
            return
        options = [
            f"{name.upper()} = {getattr(new, name) or 'NONE'}"
            for name in (*_ALTERABLE, "storage")
            if getattr(old, name) != getattr(new, name)
        ]
        follow = list(_following(change, before, after)) if old.storage != new.storage else []
        tables = sorted({holder.relation for holder in follow})
        step = Step(
            description=f"Change base type {spoken(ref.path)}",
            sql=(
                f"ALTER TYPE {self.sql(ref)} SET ({', '.join(options)})",
                *(
                    f"ALTER TABLE {qualified(*holder.relation.path)} "
                    f"ALTER COLUMN {quote(holder.column)} SET STORAGE {new.storage}"
                    for holder in follow
                ),
            ),
            locks=existing(before, ACCESS_EXCLUSIVE, *tables),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP TYPE … CASCADE`, which takes its own functions along; of a shell, without."""
        ref, name = change.old.ref, self.sql(change.old.ref)
        if change.old.body.is_shell:
            yield from super().drop(change, before, after)
            return
        step = Step(
            description=f"Drop base type {spoken(ref.path)}, and its functions with it",
            sql=(f"DROP TYPE {name} CASCADE",),
            effects=("breaking",),
            undo_description=f"Drop base type {spoken(ref.path)}",
        )
        yield self.gone(change, before, step)

    def _filled(self, change: Change) -> Step:
        node = change.new
        options = ", ".join(_options(node.body))
        step = Step(
            description=f"Create base type {spoken(node.ref.path)}",
            sql=(f"CREATE TYPE {self.sql(node.ref)} ({options})",),
            consumes=(shell(node.ref),),
        )
        return self.made(change, step)


def shell(ref: Ref) -> Ref:
    """What functions of a new type stand on."""
    return Ref(SHELL, ref.path)


def own_types(function: Ref, catalog: Catalog) -> list[Ref]:
    """The base types that a function reads or writes, and that can not do without it."""
    node = catalog.get(function)
    return [
        need
        for need in (node.needs if node else ())
        if need.kind == BASE_TYPE and need in catalog and function in catalog[need].needs
    ]


def apart(step: Step, function: Ref, catalog: Catalog) -> Step:
    """The step of a function, which does not wait for types that can not do without it."""
    own = own_types(function, catalog)
    consumes = tuple(ref for ref in step.consumes if ref not in own)
    return msgspec.structs.replace(step, consumes=consumes) if own else step


def on_shells(step: Step, function: Ref, catalog: Catalog) -> Step:
    """The step that makes such a function: it waits for shells of those types."""
    shells = map(shell, own_types(function, catalog))
    step = apart(step, function, catalog)
    return msgspec.structs.replace(step, consumes=tuple(sorted({*step.consumes, *shells})))


def _following(change: Change, before: Catalog, after: Catalog) -> Iterator[Holder]:
    """Columns that are stored as their type is, and shall go on so: ALTER TYPE leaves them be."""
    found = holders(change.old.ref, before)
    for holder in sorted(found, key=lambda holder: (holder.relation, holder.column)):
        if not holder.inside and holder.relation in after and _is_usual(holder):
            yield holder


def _is_usual(holder: Holder) -> bool:
    body = holder.node.body
    columns = {holder.column: body} if holder.node.ref.kind == COLUMN else _by_name(body.columns)
    tuning = columns[holder.column].tuning
    return tuning is None or not tuning.storage


def _by_name(columns: Iterable[StoredColumn]) -> dict[str, StoredColumn]:
    return {column.name: column for column in columns}


def _body(facts: list[object]) -> BaseTypeBody:
    *functions, subscript, length, by_value, alignment, storage = facts[:12]
    category, preferred, default, element, delimiter, collatable = facts[12:]
    named = {name: str(found or "") for name, found in zip(_FUNCTIONS, functions, strict=True)}
    return BaseTypeBody(
        **named,
        subscript=str(subscript or ""),
        length=int(str(length)),
        by_value=bool(by_value),
        alignment=_ALIGNMENTS[str(alignment)],
        storage=_STORAGES[str(storage)],
        category=str(category),
        preferred=bool(preferred),
        default=None if default is None else str(default),
        element=str(element or ""),
        delimiter=str(delimiter),
        collatable=bool(collatable),
    )


def _options(body: BaseTypeBody) -> Iterator[str]:
    for name in (*_FUNCTIONS, "subscript"):
        if getattr(body, name):
            yield f"{name.upper()} = {getattr(body, name)}"
    yield f"INTERNALLENGTH = {'VARIABLE' if body.length == _VARIABLE else body.length}"
    if body.by_value:
        yield "PASSEDBYVALUE"
    yield f"ALIGNMENT = {body.alignment}"
    yield f"STORAGE = {body.storage}"
    if body.category != "U":
        yield f"CATEGORY = {literal(body.category)}"
    if body.preferred:
        yield "PREFERRED = true"
    if body.default is not None:
        yield f"DEFAULT = {literal(body.default)}"
    if body.element:
        yield f"ELEMENT = {body.element}"
    if body.delimiter != ",":
        yield f"DELIMITER = {literal(body.delimiter)}"
    if body.collatable:
        yield "COLLATABLE = true"
