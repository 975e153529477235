"""Canon: SQL as a server spells it, in a form that does not change when it is read back.

A server's spelling is no fixpoint: `s IN ('a', 'b')` over a varchar is kept as an array of
casts, and executing that text moves the casts from the array to its elements. So casts of what
is constant are left out, and what has several spellings gets one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_postgres.parse.lex import tokens
from lockplane_postgres.parse.tree import decoder

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
_CACHED = 65_536
_FRAMES = (
    "CREATE FUNCTION f() RETURNS int {}",
    "SELECT ({}\n)",
    "{}",
    "CREATE INDEX ON t USING {}",
    "ALTER TABLE t ADD {}",
    "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON t {}",
)
"""What a text may be, in the order in which it is tried: a body in SQL (`RETURN (a)` would pass
for an expression), an expression, a statement, an index from its method on, a constraint, a
trigger from its relation on."""
_PLACES = frozenset(
    {"location", "arg_location", "name_location", "list_start", "list_end", "stmt_location",
     "stmt_len", "rexpr_list_start", "rexpr_list_end", "version", "funcformat"}
)  # fmt: skip
"""Where something stands in the text, and which of two syntaxes a call was written in."""


@lru_cache(maxsize=_CACHED)
def canonical_form(text: str) -> str:
    """The canonical form of an expression, a query, a statement or a part of one."""
    for number, frame in enumerate(_FRAMES):
        tree = _tree(frame.format(text.rstrip().removesuffix(";")))
        if tree is not None:
            try:
                return f"{number}{msgspec.json.encode(_same(tree), order='sorted').decode()}"
            except RecursionError:
                break
    return _plain(text)


def _tree(sql: str) -> Any:
    """The syntax tree of a text that the grammar accepts and Python can hold."""
    from pglast.parser import ParseError, parse_sql_json

    if "\0" in sql:
        return None
    try:
        return decoder(object).decode(parse_sql_json(sql))
    except (ParseError, RecursionError, UnicodeEncodeError):
        return None


def _plain(text: str) -> str:
    """The tokens of a text, with keywords and plain names in lower case."""
    found = (
        text[t.start : t.end].lower() if t.kind == "word" else text[t.start : t.end]
        for t in tokens(text)
        if t.kind != "comment"
    )
    return " ".join(found)


# -- one spelling for what has several ---------------------------------------------------------


def _same(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_same(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    node = {key: _same(value) for key, value in tree.items() if key not in _PLACES}
    if len(node) == 1:
        ((tag, inner),) = node.items()
        if tag in _REWRITES and isinstance(inner, dict):
            return _REWRITES[tag](inner)
    return node


def _cast(node: Json) -> Json:
    """A cast of something constant says what the server works out again by itself."""
    inner: Json = node.get("arg", {})
    return inner if _is_constant(inner) else {"TypeCast": node}


def _is_constant(node: Json) -> bool:
    return "A_Const" in node or "A_ArrayExpr" in node


def _array(node: Json) -> Json:
    """A cast of an array is, once read back, a cast of each of its elements."""
    return {"A_ArrayExpr": {**node, "elements": [_bare(item) for item in node.get("elements", [])]}}


def _bare(node: Json) -> Json:
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    return node


def _operator(node: Json) -> Json:
    """`a IN (…)` is `a = ANY (ARRAY[…])`, NOT IN is `<> ALL`."""
    if node.get("kind") != "AEXPR_IN":
        return {"A_Expr": node}
    is_in = node["name"][0]["String"]["sval"] == "="
    elements = node["rexpr"].get("List", {}).get("items", [])
    kind = "AEXPR_OP_ANY" if is_in else "AEXPR_OP_ALL"
    return {"A_Expr": {**node, "kind": kind, "rexpr": _array({"elements": elements})}}


def _logic(node: Json) -> Json:
    """AND and OR hold all their parts side by side, however they were bracketed."""
    parts: list[Json] = []
    for part in node.get("args", ()):
        inner = part.get("BoolExpr", {})
        nested = inner.get("boolop") == node.get("boolop") != "NOT_EXPR"
        parts += inner["args"] if nested else [part]
    return {"BoolExpr": {**node, "args": parts}}


_REWRITES: dict[str, Callable[[Json], Json]] = {
    "TypeCast": _cast,
    "A_ArrayExpr": _array,
    "A_Expr": _operator,
    "BoolExpr": _logic,
}
