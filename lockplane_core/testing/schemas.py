"""Random schemas, and what may become of them, for property tests with hypothesis."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st

from lockplane_core.testing.parts import (
    NO_KEY,
    Check,
    Column,
    ForeignKey,
    Index,
    Key,
    Remark,
    Schema,
    Table,
    View,
    sound,
    targets,
)
from lockplane_core.testing.vocabulary import LONGEST
from lockplane_core.testing.writing import kept, loses, rows, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.testing.vocabulary import Vocabulary

_NUMBER = st.integers(0, 5)
_SELDOM = st.sampled_from((False, False, False, True))
_STAYS = st.sampled_from((True, True, True, True, False))
_ASPECTS = ("", "", "", "type", "default", "is_required", "option", "computed")
_PLACES = st.sampled_from(("behind", "before"))


class Mutation(msgspec.Struct, frozen=True, kw_only=True):
    """A schema and what becomes of it, each as a script whose statements can run in its order.

    `rows` are statements that fill the first schema, any of which may fail; `kept` are queries
    whose answers must be the same with either schema. `loses` is true where the second schema
    has no place for what the first one can hold.
    """

    before: str
    after: str
    rows: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    loses: bool = False


@st.composite
def mutations(draw: st.DrawFn, words: Vocabulary) -> Mutation:
    """A schema in these words, and mostly what some changes make of it; else another schema."""
    first = draw(_schemas(words))
    second = draw(_schemas(words) if draw(_SELDOM) and draw(_SELDOM) else _mutated(words, first))
    return Mutation(
        before=_script(words, first),
        after=_script(words, second),
        rows=rows(words, first, second),
        kept=kept(first, second),
        loses=loses(first, second),
    )


def _script(words: Vocabulary, schema: Schema) -> str:
    return "".join(f"{sql};\n" for sql in written(words, schema))


# -- whole schemas -------------------------------------------------------------------------------


@st.composite
def _schemas(draw: st.DrawFn, words: Vocabulary) -> Schema:
    declared = [(name, draw(_NUMBER)) for name in sorted(words.declared) if draw(st.booleans())]
    base = Schema(declared=tuple(declared))
    names = draw(_some(words.names, words.max_tables))
    tables = tuple(draw(_table(words, base, name)) for name in names)
    return draw(_furnished(words, msgspec.structs.replace(base, tables=tables)))


@st.composite
def _mutated(draw: st.DrawFn, words: Vocabulary, schema: Schema) -> Schema:
    """Some of what is there goes, some is another way, some is new."""
    declared = [
        (name, draw(st.one_of(st.just(form), _NUMBER)))
        for name, form in schema.declared
        if draw(_STAYS)
    ]
    declared += [
        (name, draw(_NUMBER))
        for name in sorted(words.declared)
        if name not in dict(schema.declared) and draw(_SELDOM)
    ]
    base = Schema(declared=tuple(declared))
    tables = [draw(_mutated_table(words, base, table)) for table in schema.tables if draw(_STAYS)]
    new = draw(_some([n for n in words.names if schema.table(n) is None], 1))
    tables += [draw(_table(words, base, name)) for name in new]
    parts = {
        sort: tuple(draw(_mutated_part(part)) for part in getattr(schema, sort) if draw(_STAYS))
        for sort in ("keys", "checks", "foreign_keys", "indexes", "views", "remarks")
    }
    whole = Schema(declared=base.declared, tables=tuple(tables), **parts)
    return draw(_furnished(words, whole))


@st.composite
def _mutated_part(draw: st.DrawFn, part: Any) -> Any:
    """A part as it is, or with one of its numbers or answers another one."""
    free = [
        (name, _NUMBER if type(value) is int else st.booleans())
        for name in part.__struct_fields__
        if isinstance(value := getattr(part, name), int) and name != "is_primary"
    ]
    if not free or not draw(_SELDOM):
        return part
    name, values = draw(st.sampled_from(free))
    return msgspec.structs.replace(part, **{name: draw(values)})


@st.composite
def _furnished(draw: st.DrawFn, words: Vocabulary, schema: Schema) -> Schema:
    """The schema with some more keys, checks, indexes, views …, made sound."""
    schema = _with(words, schema, keys=draw(_new(words, schema, _key)))
    return _with(
        words,
        schema,
        checks=draw(_new(words, schema, _check)),
        foreign_keys=draw(_foreign_keys(words, schema)),
        indexes=draw(_new(words, schema, _index)),
        views=draw(_views(words, schema)),
        remarks=draw(_new(words, schema, _remark)) if words.remarks else [],
    )


def _with(words: Vocabulary, schema: Schema, **more: Iterable[Any]) -> Schema:
    parts = {sort: (*getattr(schema, sort), *new) for sort, new in more.items()}
    return sound(words, msgspec.structs.replace(schema, **parts))


# -- tables --------------------------------------------------------------------------------------


@st.composite
def _table(draw: st.DrawFn, words: Vocabulary, schema: Schema, name: str) -> Table:
    names = draw(_some(words.names, words.max_columns))
    columns = tuple(draw(_column(words, schema, column, names)) for column in names)
    key = NO_KEY if bool(columns) and draw(_SELDOM) else draw(_NUMBER)
    return Table(name=name, columns=columns, storage=draw(_NUMBER), key=key)


@st.composite
def _column(
    draw: st.DrawFn, words: Vocabulary, schema: Schema, name: str, names: Iterable[str]
) -> Column:
    """A column; what is required mostly has a default, since rows may be there already."""
    required = draw(st.booleans())
    default = draw(_NUMBER) if draw(st.booleans()) or (required and not draw(_SELDOM)) else None
    sources = [other for other in names if other != name]
    computed = draw(st.sampled_from(sources)) if bool(sources) and draw(_SELDOM) else ""
    return Column(
        name=name,
        type=draw(st.sampled_from(list(words.known(schema.declared)))),
        default=default,
        is_required=required,
        option=draw(_NUMBER),
        computed=computed,
        wrap=draw(_NUMBER),
        form=draw(_NUMBER),
    )


@st.composite
def _mutated_table(draw: st.DrawFn, words: Vocabulary, schema: Schema, table: Table) -> Table:
    names = [column.name for column in table.columns]
    columns = []
    for column in table.columns:
        if draw(_STAYS):
            fresh = draw(_column(words, schema, column.name, names))
            aspect = draw(st.sampled_from(_ASPECTS))
            its = {aspect: getattr(fresh, aspect)} if aspect else {}
            columns.append(msgspec.structs.replace(column, **its))
    free = [name for name in words.names if name not in names]
    more = [draw(_column(words, schema, name, names)) for name in draw(_some(free, 1))]
    placed = [*columns, *more] if draw(_PLACES) == "behind" else [*more, *columns]
    key = draw(st.sampled_from((table.key, NO_KEY, 1))) if draw(_SELDOM) else table.key
    storage = draw(_NUMBER) if draw(_SELDOM) else table.storage
    return Table(name=table.name, columns=tuple(placed), storage=storage, key=key)


# -- parts of tables -----------------------------------------------------------------------------


@st.composite
def _new(draw: st.DrawFn, words: Vocabulary, schema: Schema, make: Any) -> list[Any]:
    """Up to one more part of a sort for each table that has columns."""
    return [
        draw(make(words, table))
        for table in schema.tables
        if bool(table.columns) and draw(st.booleans())
    ]


@st.composite
def _key(draw: st.DrawFn, words: Vocabulary, table: Table) -> Key:
    return Key(
        name=draw(_name(words, "k ")),
        table=table.name,
        columns=draw(_columns_of(table, 2)),
        is_primary=draw(st.booleans()) if table.key == NO_KEY else False,
    )


@st.composite
def _check(draw: st.DrawFn, words: Vocabulary, table: Table) -> Check:
    return Check(
        name=draw(_name(words, "c ")),
        table=table.name,
        columns=draw(_columns_of(table, 1)),
        form=draw(_NUMBER),
        literal=draw(_NUMBER),
    )


@st.composite
def _index(draw: st.DrawFn, words: Vocabulary, table: Table) -> Index:
    return Index(
        name=draw(_own_name(words, "i ")),
        table=table.name,
        columns=draw(_columns_of(table, 2)),
        is_unique=draw(_SELDOM),
        wrap=draw(st.none() | _NUMBER),
        where=draw(st.none() | _NUMBER),
    )


@st.composite
def _remark(draw: st.DrawFn, words: Vocabulary, table: Table) -> Remark:
    return Remark(
        name=draw(_own_name(words, "r ")),
        table=table.name,
        columns=draw(_columns_of(table, 1)),
        group=draw(st.sampled_from(sorted(words.remarks))),
        text=draw(_NUMBER),
    )


@st.composite
def _foreign_keys(draw: st.DrawFn, words: Vocabulary, schema: Schema) -> list[ForeignKey]:
    """Up to two of all that could be, the table itself and mutual ones among them."""
    possible = list(_referring(words, schema))
    chosen = draw(st.lists(st.sampled_from(possible), unique=True, max_size=2)) if possible else []
    return [
        ForeignKey(
            name=draw(_name(words, "f ")),
            table=table,
            columns=columns,
            parent=parent,
            parent_columns=theirs,
            action=draw(_NUMBER),
        )
        for table, columns, (parent, theirs) in chosen
    ]


def _referring(words: Vocabulary, schema: Schema) -> Iterable[tuple[str, tuple[str, ...], Any]]:
    """Table, columns and target of every foreign key that `sound` would leave."""
    for table in schema.tables:
        names = [column.name for column in table.columns]
        for target in targets(schema):
            for columns in combinations(names, max(len(target[1]), 1)):
                key = ForeignKey(
                    name="", table=table.name, columns=columns, parent=target[0],
                    parent_columns=target[1],
                )  # fmt: skip
                tried = msgspec.structs.replace(schema, foreign_keys=(key,))
                if sound(words, tried).foreign_keys:
                    yield table.name, columns, target


@st.composite
def _views(draw: st.DrawFn, words: Vocabulary, schema: Schema) -> list[View]:
    """Up to two views; the second one may stand on the first."""
    outputs = {table.name: [c.name for c in table.columns] for table in schema.tables}
    outputs |= {view.name: [name for _, name in view.columns] for view in schema.views}
    found = []
    for name in draw(_some(words.names, 2)):
        filled = [source for source, columns in outputs.items() if columns]
        if not filled:
            break
        sources = draw(st.lists(st.sampled_from(filled), unique=True, min_size=1, max_size=2))
        offered = [(n, column) for n, source in enumerate(sources) for column in outputs[source]]
        columns = draw(st.lists(st.sampled_from(offered), unique=True, min_size=1, max_size=3))
        found.append(
            View(name=name, sources=tuple(sources), columns=tuple(columns), where=draw(_SELDOM))
        )
        outputs.setdefault(name, [column for _, column in columns])
    return found


def _some(names: Iterable[str], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(names)), unique=True, max_size=most)


@st.composite
def _columns_of(draw: st.DrawFn, table: Table, most: int) -> tuple[str, ...]:
    names = [column.name for column in table.columns]
    return tuple(draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=most)))


@st.composite
def _name(draw: st.DrawFn, words: Vocabulary, prefix: str) -> str:
    """A name of the part's own, or none."""
    return draw(_own_name(words, prefix)) if draw(st.booleans()) else ""


def _own_name(words: Vocabulary, prefix: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{prefix}{name}"[:LONGEST] for name in words.names])
