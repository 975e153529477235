"""Figure: the name that the server gives a column of an index that is an expression.

As FigureColnameInternal() (parse_target.c) has it: a name it is certain of, one it falls back
to, or none at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockplane_postgres.parse.tree import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockplane_postgres.parse.tree import IndexElement

Json = dict[str, Any]
_NONE, _WEAK, _SURE = range(3)
_FIXED = {"A_ArrayExpr": "array", "RowExpr": "row", "CoalesceExpr": "coalesce"}
_EXPRESSION = "expr"


def index_columns(elements: Iterable[IndexElement]) -> list[str]:
    """The names of the columns of an index, made different from one another."""
    found: list[str] = []
    for element in elements:
        name = element.name or _figure(plain(element.expression))[1] or _EXPRESSION
        unique, number = name, 0
        while unique in found:
            number += 1
            unique = f"{name}{number}"
        found.append(unique)
    return found


def _figure(tree: Any) -> tuple[int, str]:
    """How sure the name of an expression is, and the name."""
    tag, node = next(iter(tree.items())) if tree else ("", {})
    if tag in _FIXED:
        return _SURE, _FIXED[tag]
    return _FIGURES[tag](node) if tag in _FIGURES else (_NONE, "")


def _indirection(node: Json) -> tuple[int, str]:
    found = _last(node.get("indirection", ()))
    return found if found[0] else _figure(node.get("arg"))


def _cast(node: Json) -> tuple[int, str]:
    return _or(node.get("arg"), _last(node.get("typeName", {}).get("names", ()))[1])


def _operator(node: Json) -> tuple[int, str]:
    return (_SURE, "nullif") if node.get("kind") == "AEXPR_NULLIF" else (_NONE, "")


def _word(prefix: str, node: Json) -> tuple[int, str]:
    """`greatest`, `current_date` and the like, as the grammar calls them."""
    return _SURE, str(node.get("op", "")).removeprefix(prefix).removesuffix("_N").lower()


_FIGURES: dict[str, Callable[[Json], tuple[int, str]]] = {
    "A_Expr": _operator,
    "A_Indirection": _indirection,
    "CaseExpr": lambda node: _or(node.get("defresult"), "case"),
    "CollateClause": lambda node: _figure(node.get("arg")),
    "ColumnRef": lambda node: _last(node.get("fields", ())),
    "FuncCall": lambda node: _last(node.get("funcname", ())),
    "MinMaxExpr": lambda node: _word("IS_", node),
    "SQLValueFunction": lambda node: _word("SVFOP_", node),
    "TypeCast": _cast,
}


def _or(tree: Any, fallback: str) -> tuple[int, str]:
    """The name of a part if that is sure, else the fallback."""
    strength, name = _figure(tree)
    return (strength, name) if strength == _SURE else (_WEAK, fallback)


def _last(words: Iterable[dict[str, Any]]) -> tuple[int, str]:
    """The last name of a list of names and subscripts."""
    names = [word["String"].get("sval", "") for word in words if "String" in word]
    return (_SURE, names[-1]) if names else (_NONE, "")
