"""Functions and procedures, overloads and all: everything that `pg_get_functiondef` prints."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from lockplane_core.errors import LockplaneError
from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Effect, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.base_type import apart, on_shells, own_types
from lockplane_postgres.kinds.named import RoutineKind
from lockplane_postgres.kinds.tags import FUNCTION
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.quote import quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

Routine = Literal["function", "procedure", "window"]
Mode = Literal["in", "out", "inout", "variadic"]

_ROUTINES: dict[str, Routine] = {"f": "function", "p": "procedure", "w": "window"}
_SOURCE, _DEFINER = "\nAS ", " SECURITY DEFINER"
"""Where the attributes of a definition end, and the one that lends the owner's rights."""
_MODES: dict[str, Mode] = {"i": "in", "o": "out", "b": "inout", "v": "variadic"}

_FUNCTIONS = f"""
SELECT p.oid, n.nspname, p.proname, p.prokind,
       coalesce(a.modes, '{{{{}}}}'), coalesce(a.names, '{{{{}}}}'), coalesce(a.types, '{{{{}}}}'),
       coalesce(a.defaults, '{{{{}}}}'), pg_get_function_result(p.oid),
       quote_ident(n.nspname) || '.' || quote_ident(p.proname),
       pg_get_function_arguments(p.oid), pg_get_functiondef(p.oid), {{sql_body}}
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL (
  SELECT array_agg(coalesce(p.proargmodes[u.place]::text, 'i') ORDER BY u.place),
         array_agg(coalesce(p.proargnames[u.place], '') ORDER BY u.place),
         array_agg(format_type(u.type, NULL) ORDER BY u.place),
         array_agg(pg_get_function_arg_default(p.oid, u.place::int) ORDER BY u.place)
  FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY u(type, place)
) a(modes, names, types, defaults)
WHERE p.prokind IN ('f', 'p', 'w') AND {USER_SCHEMAS}
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                  AND d.objid = p.oid AND d.deptype = 'i')
"""


class Argument(Body, frozen=True, kw_only=True):
    """One argument; the columns of RETURNS TABLE are none, they stand in `returns`."""

    type: str
    name: str = ""
    mode: Mode = "in"
    default: SqlText | None = None

    @property
    def is_input(self) -> bool:
        """Whether a caller passes it, so that it tells overloads apart."""
        return self.mode != "out"

    def written(self) -> str:
        """As CREATE FUNCTION has it."""
        mode = "" if self.mode == "in" else self.mode.upper()
        words = [mode, quote(self.name) if self.name else "", self.type]
        if self.default is not None:
            words.append(f"DEFAULT {self.default}")
        return " ".join(filter(None, words))


class FunctionBody(Body, frozen=True, kw_only=True):
    """A routine from its arguments on; `returns` is empty for a procedure.

    `definition` holds language, attributes and, as a string, the source text; `body` is a body
    in standard SQL (`RETURN …`, `BEGIN ATOMIC … END`, since 14), which the server spells anew.
    """

    definition: str
    kind: Routine = "function"
    arguments: tuple[Argument, ...] = ()
    returns: str = ""
    body: SqlText | None = None


class FunctionKind(RoutineKind):
    """Ref: (schema, `name(input types)`), the name quoted where SQL wants it quoted."""

    tag = FUNCTION
    plural = "functions"
    tree_fields = ROOT_FIELDS
    body = FunctionBody
    weight = 30
    keyword = "FUNCTION"
    renamable = True
    rebuildable = True
    since = MappingProxyType({"body": "14"})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """Functions, procedures and window functions; no aggregates, no constructors of types."""
        pg = as_pg(reader)
        sql_body = pg.since(self.since["body"], "pg_get_function_sqlbody(p.oid)", "NULL")
        for oid, schema, name, *row in pg.rows(_FUNCTIONS.format(sql_body=sql_body)):
            body = _body(row)
            ref = Ref(self.tag, (schema, quote(name) + signature(body.arguments)))
            yield Node(ref=pg.note(ref, "pg_proc", oid), body=body)

    def commented(self, node: Node) -> str:
        """`FUNCTION f(integer)` or `PROCEDURE p(IN integer)`."""
        return f"{_keyword(node.body)} {self._call(node)}"

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether CREATE OR REPLACE refuses it (42P13)."""
        old, new = change.old.body, change.new.body
        if (old.kind, old.returns) != (new.kind, new.returns):
            return True
        if len(old.arguments) != len(new.arguments):
            return True
        pairs = zip(old.arguments, new.arguments, strict=True)
        return not all(_becomes(before, after) for before, after in pairs)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE FUNCTION` or `CREATE PROCEDURE`."""
        node = change.new
        step = Step(description=f"Create {_said(node)}", sql=(self._create("CREATE", node),))
        yield on_shells(self.made(change, step), node.ref, after)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE OR REPLACE`, which keeps what stands on it."""
        node = change.new
        step = Step(
            description=f"Change {_said(node)}",
            sql=(self._create("CREATE OR REPLACE", node),),
            effects=_security(change),
        )
        yield apart(self.made(change, step), node.ref, after)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP FUNCTION` or `DROP PROCEDURE`."""
        node = change.old
        # The end of a base type takes along what it can not do without.
        words = " IF EXISTS" if own_types(node.ref, before) else ""
        step = Step(
            description=f"Drop {_said(node)}",
            sql=(f"DROP {_keyword(node.body)}{words} {self._call(node)}",),
            effects=_effects(change),
        )
        yield apart(self.gone(change, before, step), node.ref, before)

    def _create(self, verb: str, node: Node) -> str:
        body: FunctionBody = node.body
        arguments = ", ".join(argument.written() for argument in body.arguments)
        lines = [f"{verb} {_keyword(body)} {self._name(node)}({arguments})"]
        if body.returns:
            lines.append(f" RETURNS {body.returns}")
        lines.append(f" {body.definition}")
        if body.body:
            lines.append(body.body)
        return "\n".join(lines)

    def _call(self, node: Node) -> str:
        """The name with what DDL tells it apart by."""
        return self._name(node) + _identity(node.body)

    def _name(self, node: Node) -> str:
        """The name without its signature."""
        return self.sql(node.ref).removesuffix(signature(node.body.arguments))


def signature(arguments: Iterable[Argument]) -> str:
    """`(integer, text)`: the input types, which tell overloads apart."""
    return f"({', '.join(argument.type for argument in arguments if argument.is_input)})"


def _body(row: Sequence[Any]) -> FunctionBody:
    kind, modes, argument_names, types, defaults, returns, name, written, definition, sql_body = row
    routine = _ROUTINES[kind]
    noun = "PROCEDURE" if routine == "procedure" else "FUNCTION"
    head = f"CREATE OR REPLACE {noun} {name}({written})\n"
    if routine != "procedure":
        head += f" RETURNS {returns}\n"
    if not definition.startswith(head):
        raise LockplaneError(f"PostgreSQL spells this routine in an unknown way: {definition}")
    rest = definition.removeprefix(head).rstrip("\n")
    body = sql_body.rstrip("\n") if sql_body else None
    return FunctionBody(
        definition=(rest.removesuffix(body) if body else rest).strip(),
        kind=routine,
        arguments=_arguments(modes, argument_names, types, defaults),
        returns=returns or "",
        body=body,
    )


def _arguments(
    modes: Sequence[str], names: Sequence[str], types: Sequence[str], defaults: Sequence[str | None]
) -> tuple[Argument, ...]:
    return tuple(
        Argument(type=type_, name=name, mode=_MODES[mode], default=default)
        for mode, name, type_, default in zip(modes, names, types, defaults, strict=True)
        if mode in _MODES
    )


def _becomes(old: Argument, new: Argument) -> bool:
    """Whether OR REPLACE takes the new argument for the old one.

    An input may get a name, never lose or change it; a default may come and change, never go.
    """
    if (old.mode, old.type) != (new.mode, new.type):
        return False
    named = old.name == new.name or (old.mode in ("in", "variadic") and not old.name)
    return named and not (old.default is not None and new.default is None)


def _effects(change: Change) -> tuple[Effect, ...]:
    """What its end means to callers, who do not notice where it comes back as they know it."""
    if change.action == "drop":
        return ("breaking",)
    old, new = change.old.body, change.new.body
    calls = [(body.kind, body.arguments, body.returns) for body in (old, new)]
    other: tuple[Effect, ...] = ("breaking",) if calls[0] != calls[1] else ()
    return other + _security(change)


def _security(change: Change) -> tuple[Effect, ...]:
    """Whether it runs with the rights of somebody else than before."""
    return ("security",) if _is_definer(change.old.body) != _is_definer(change.new.body) else ()


def _is_definer(body: FunctionBody) -> bool:
    attributes, _, _ = body.definition.partition(_SOURCE)
    return _DEFINER in attributes


def _keyword(body: FunctionBody) -> str:
    return "PROCEDURE" if body.kind == "procedure" else "FUNCTION"


def _identity(body: FunctionBody) -> str:
    """The signature for DROP; with modes, as types alone may mean two procedures (14, 38.4)."""
    if body.kind != "procedure":
        return signature(body.arguments)
    inputs = (f"{item.mode.upper()} {item.type}" for item in body.arguments if item.is_input)
    return f"({', '.join(inputs)})"


def _said(node: Node) -> str:
    noun = "procedure" if node.body.kind == "procedure" else "function"
    return f"{noun} {spoken(node.ref.path)}"
