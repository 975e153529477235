"""Tree: the parts of PostgreSQL's syntax tree that we read, and nothing more of it.

The grammar's C code writes JSON about twenty times faster than Python objects, and msgspec
reads from it only the fields named here. Expressions and queries stay raw (`Raw`) until
somebody asks what they mention. Offsets are bytes; fields that are zero or empty are left out.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec import Raw, field

NOTHING = Raw()
"""An expression that is not there."""


class Tree(msgspec.Struct, frozen=True, gc=False):
    """A node of the syntax tree; it has no cycles, so the collector need not look."""


class _Text(Tree, frozen=True):
    sval: str = ""


class Word(Tree, frozen=True):
    """A name in a list of names."""

    string: _Text = field(name="String", default=_Text())


Words = tuple[Word, ...]


def texts(words: Words) -> tuple[str, ...]:
    """A list of names as texts."""
    return tuple([word.string.sval for word in words])  # a generator takes twice as long


class RangeVar(Tree, frozen=True):
    """The name of a relation."""

    name: str = field(name="relname")
    schema: str = field(name="schemaname", default="")
    persistence: str = field(name="relpersistence", default="p")
    with_heirs: bool = field(name="inh", default=False)
    location: int = 0


class TypeName(Tree, frozen=True):
    """The name of a type, its modifiers and array bounds."""

    names: Words = ()
    modifiers: tuple[Any, ...] = field(name="typmods", default=())
    bounds: tuple[Any, ...] = field(name="arrayBounds", default=())
    is_set: bool = field(name="setof", default=False)
    is_reference: bool = field(name="pct_type", default=False)
    location: int = 0


class Collate(Tree, frozen=True):
    """COLLATE and a name."""

    name: Words = field(name="collname", default=())
    location: int = 0


class Option(Tree, frozen=True):
    """`name = value` of one of the many lists of options."""

    name: str = field(name="defname", default="")
    value: Any = field(name="arg", default=None)
    location: int = 0


class _Option(Tree, frozen=True):
    option: Option = field(name="DefElem")


Options = tuple[_Option, ...]


class Define(Tree, frozen=True):
    """What CREATE defines by a list of options: an aggregate, an operator."""

    kind: str
    names: Words = field(name="defnames", default=())
    definition: Options = ()
    arguments: tuple[Any, ...] = field(name="args", default=())
    if_not_exists: bool = False
    replace: bool = False


def options(found: Options) -> dict[str, Option]:
    """Options by name."""
    return {wrapped.option.name: wrapped.option for wrapped in found}


class IndexElement(Tree, frozen=True):
    """A column or expression that an index is on."""

    name: str = ""
    expression: Raw = field(name="expr", default=NOTHING)


class WrappedElement(Tree, frozen=True):
    element: IndexElement = field(name="IndexElem")


class _ExclusionItem(Tree, frozen=True):
    element: IndexElement | None = field(name="IndexElem", default=None)


class _ExclusionItems(Tree, frozen=True):
    items: tuple[_ExclusionItem, ...]


class ExclusionPart(Tree, frozen=True):
    """What must not be alike, and the operator that tells."""

    list: _ExclusionItems = field(name="List")


class Constraint(Tree, frozen=True):
    """A constraint, of a column or of a table."""

    type: str = field(name="contype")
    name: str = field(name="conname", default="")
    expression: Raw = field(name="raw_expr", default=NOTHING)
    keys: Words = ()
    including: Words = ()
    exclusions: tuple[ExclusionPart, ...] = ()
    where: Raw = field(name="where_clause", default=NOTHING)
    index: str = field(name="indexname", default="")
    tablespace: str = field(name="indexspace", default="")
    columns: Words = field(name="fk_attrs", default=())
    referenced: RangeVar | None = field(name="pktable", default=None)
    referenced_columns: Words = field(name="pk_attrs", default=())
    no_inherit: bool = field(name="is_no_inherit", default=False)
    not_valid: bool = field(name="skip_validation", default=False)
    location: int = 0


class WrappedConstraint(Tree, frozen=True):
    constraint: Constraint = field(name="Constraint")


class ColumnDef(Tree, frozen=True):
    """A column as CREATE TABLE or ADD COLUMN declares it."""

    name: str = field(name="colname", default="")
    type: TypeName | None = field(name="typeName", default=None)
    constraints: tuple[WrappedConstraint, ...] = ()
    using: Raw = field(name="raw_default", default=NOTHING)
    collation: Collate | None = field(name="collClause", default=None)
    options: tuple[Raw, ...] = field(name="fdwoptions", default=())
    location: int = 0


class Like(Tree, frozen=True):
    """LIKE another table."""

    relation: RangeVar


class Element(Tree, frozen=True):
    """What stands between the parentheses of CREATE TABLE: one of these."""

    column: ColumnDef | None = field(name="ColumnDef", default=None)
    constraint: Constraint | None = field(name="Constraint", default=None)
    like: Like | None = field(name="TableLikeClause", default=None)


class WrappedRelation(Tree, frozen=True):
    relation: RangeVar = field(name="RangeVar")


class _Statement(Tree, frozen=True):
    tree: dict[str, Raw] = field(name="stmt")
    start: int = field(name="stmt_location", default=0)
    length: int = field(name="stmt_len", default=0)


class _Statements(Tree, frozen=True):
    statements: tuple[_Statement, ...] = field(name="stmts", default=())


class RawStatement(Tree, frozen=True):
    """A statement: its class in the grammar, its tree in JSON, and its bytes in the text.

    A length of 0 means up to the end of the text.
    """

    tag: str
    tree: Raw
    start: int
    length: int


def statements_of(sql: str) -> list[RawStatement]:
    """The statements of a text.

    Raises pglast's `ParseError`, and `RecursionError` for an expression of some hundred levels.
    """
    from pglast.parser import parse_sql_json

    found = decoder(_Statements).decode(parse_sql_json(sql))
    return [
        RawStatement(tag, tree, item.start, item.length)
        for item in found.statements
        for tag, tree in item.tree.items()
    ]


@cache
def decoder(tree: type[Any]) -> msgspec.json.Decoder[Any]:
    """The decoder of a class of trees; `object` gives plain dicts and lists."""
    return msgspec.json.Decoder(Any if tree is object else tree)


def plain(raw: Raw) -> Any:
    """A raw tree as dicts and lists; None where there is none, or one of hundreds of levels."""
    if raw is NOTHING:
        return None
    try:
        return decoder(object).decode(raw)
    except RecursionError:
        return None


def is_null(raw: Raw) -> bool:
    """Whether an expression is the constant NULL."""
    return bytes(raw).startswith(b'{"A_Const":{"isnull":true')
