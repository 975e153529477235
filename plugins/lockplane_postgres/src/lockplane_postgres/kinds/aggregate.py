"""Aggregates: plain ones, ordered-set ones and those of hypothetical sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.named import RoutineKind
from lockplane_postgres.kinds.tags import AGGREGATE
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.quote import literal, quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

Sort = Literal["normal", "ordered-set", "hypothetical-set"]
Modify = Literal["", "read_only", "shareable", "read_write"]
Parallel = Literal["unsafe", "restricted", "safe"]

# An aggregate may be called with what pg_get_function_arguments() writes, ORDER BY and all. What
# its final functions do to the state is left out where it is what the sort has by default.
_AGGREGATES = f"""
SELECT p.oid, n.nspname, p.proname, pg_get_function_arguments(p.oid),
       ARRAY(SELECT format_type(u.type, NULL)
             FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(type, place) ORDER BY u.place),
       a.aggkind::text, pg_get_function_result(p.oid), p.proparallel::text,
       a.aggfinalmodify::text, a.aggmfinalmodify::text,
       a.aggtransfn::text, format_type(a.aggtranstype, NULL), a.aggtransspace, a.agginitval,
       nullif(a.aggfinalfn::oid, 0)::regproc::text, a.aggfinalextra,
       nullif(a.aggcombinefn::oid, 0)::regproc::text,
       nullif(a.aggserialfn::oid, 0)::regproc::text,
       nullif(a.aggdeserialfn::oid, 0)::regproc::text,
       nullif(a.aggmtransfn::oid, 0)::regproc::text,
       nullif(a.aggminvtransfn::oid, 0)::regproc::text,
       CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END,
       a.aggmtransspace, a.aggminitval,
       nullif(a.aggmfinalfn::oid, 0)::regproc::text, a.aggmfinalextra,
       nullif(a.aggsortop, 0)::regoper::text
FROM pg_aggregate a
JOIN pg_proc p ON p.oid = a.aggfnoid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {USER_SCHEMAS} AND {unowned("pg_proc", "p.oid")}
"""
_SORTS: dict[str, Sort] = {"n": "normal", "o": "ordered-set", "h": "hypothetical-set"}
_MODIFIES: dict[str, Modify] = {"r": "read_only", "s": "shareable", "w": "read_write"}
_PARALLEL: dict[str, Parallel] = {"u": "unsafe", "r": "restricted", "s": "safe"}
_OPTIONS = {
    "state_function": "SFUNC",
    "state_type": "STYPE",
    "state_space": "SSPACE",
    "initial": "INITCOND",
    "final_function": "FINALFUNC",
    "final_extra": "FINALFUNC_EXTRA",
    "final_modify": "FINALFUNC_MODIFY",
    "combine_function": "COMBINEFUNC",
    "serial_function": "SERIALFUNC",
    "deserial_function": "DESERIALFUNC",
    "moving_state_function": "MSFUNC",
    "moving_inverse_function": "MINVFUNC",
    "moving_state_type": "MSTYPE",
    "moving_state_space": "MSSPACE",
    "moving_initial": "MINITCOND",
    "moving_final_function": "MFINALFUNC",
    "moving_final_extra": "MFINALFUNC_EXTRA",
    "moving_final_modify": "MFINALFUNC_MODIFY",
    "sort_operator": "SORTOP",
}
"""Fields of the body by what CREATE AGGREGATE calls them, in the order in which it is written."""
_TEXTS = frozenset({"initial", "moving_initial"})


class AggregateBody(Body, frozen=True, kw_only=True):
    """An aggregate; `arguments` as the server writes them, empty for none (`count(*)`)."""

    state_function: str
    state_type: str
    arguments: str = ""
    sort: Sort = "normal"
    returns: str = ""
    state_space: int = 0
    initial: str | None = None
    final_function: str = ""
    final_extra: bool = False
    final_modify: Modify = ""
    combine_function: str = ""
    serial_function: str = ""
    deserial_function: str = ""
    moving_state_function: str = ""
    moving_inverse_function: str = ""
    moving_state_type: str = ""
    moving_state_space: int = 0
    moving_initial: str | None = None
    moving_final_function: str = ""
    moving_final_extra: bool = False
    moving_final_modify: Modify = ""
    sort_operator: str = ""
    parallel: Parallel = "unsafe"


class AggregateKind(RoutineKind):
    """Ref: (schema, `name(input types)`), the name quoted where SQL wants it quoted."""

    tag = AGGREGATE
    plural = "aggregates"
    tree_fields = ROOT_FIELDS
    body = AggregateBody
    weight = 32
    keyword = "AGGREGATE"
    renamable = True
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All aggregates but those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("aggregate"):
            return
        for oid, schema, name, arguments, types, *row in pg.rows(_AGGREGATES):
            ref = Ref(self.tag, (schema, f"{quote(name)}({', '.join(types)})"))
            yield Node(ref=pg.note(ref, "pg_proc", oid), body=_body(arguments, *row))

    def commented(self, node: Node) -> str:
        """`AGGREGATE public.f(integer ORDER BY text)`."""
        return f"{self.keyword} {_called(node)}"

    def granted(self, node: Node) -> str:
        """GRANT calls it a function, and wants its types alone."""
        return f"FUNCTION {self.sql(node.ref)}"

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether OR REPLACE refuses it (42P13), or can not be told of."""
        old, new = change.old.body, change.new.body
        return any(getattr(old, f) != getattr(new, f) for f in ("arguments", "sort", "returns"))

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE AGGREGATE`."""
        sql = f"CREATE {_defined(change.new)}"
        said = f"Create aggregate {spoken(change.new.ref.path)}"
        yield self.made(change, Step(description=said, sql=(sql,)))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE OR REPLACE`, which keeps what stands on it."""
        sql = f"CREATE OR REPLACE {_defined(change.new)}"
        said = f"Change aggregate {spoken(change.new.ref.path)}"
        yield self.made(change, Step(description=said, sql=(sql,)))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP AGGREGATE`."""
        step = Step(
            description=f"Drop aggregate {spoken(change.old.ref.path)}",
            sql=(f"DROP AGGREGATE {_called(change.old)}",),
            effects=("breaking",) if change.action == "drop" else (),
        )
        yield self.gone(change, before, step)


def _body(  # noqa: PLR0913, PLR0917 - the columns of pg_aggregate
    arguments: str, sort: str, returns: str, parallel: str, modify: str, moving: str, *row: Any
) -> AggregateBody:
    usual = "r" if sort == "n" else "w"
    fields = [field for field in _OPTIONS if not field.endswith("_modify")]
    found = {field: value for field, value in zip(fields, row, strict=True) if value is not None}
    return AggregateBody(
        arguments=arguments,
        sort=_SORTS[sort],
        returns=returns,
        parallel=_PARALLEL[parallel],
        final_modify="" if modify == usual else _MODIFIES[modify],
        moving_final_modify="" if moving == usual else _MODIFIES[moving],
        **found,
    )


def _called(node: Node) -> str:
    schema, signed = node.ref.path
    # The types of an ordered-set aggregate do not say which of them stand behind ORDER BY.
    name = _name(signed)
    return f"{quote(schema)}.{name}({node.body.arguments or '*'})"


def _name(signed: str) -> str:
    """The name, quoted or not, in front of the list of types."""
    if not signed.startswith('"'):
        return signed.partition("(")[0]
    end = signed.replace('""', "  ").index('"', 1)
    return signed[: end + 1]


def _defined(node: Node) -> str:
    return f"AGGREGATE {_called(node)} ({', '.join(_options(node.body))})"


def _options(body: AggregateBody) -> Iterator[str]:
    values = msgspec.structs.asdict(body)
    for field, word in _OPTIONS.items():
        value = values[field]
        if value is True:
            yield word
        elif field in _TEXTS and value is not None:
            yield f"{word} = {literal(value)}"
        elif field == "sort_operator" and value:
            yield f"{word} = OPERATOR({value})"
        elif value:
            yield f"{word} = {value}"
    if body.parallel != "unsafe":
        yield f"PARALLEL = {body.parallel.upper()}"
    if body.sort == "hypothetical-set":
        yield "HYPOTHETICAL"
