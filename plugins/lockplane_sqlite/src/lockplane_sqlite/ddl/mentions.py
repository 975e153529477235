"""Mentions: the tables and views that a query or trigger names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_sqlite.ddl.cursor import Name
from lockplane_sqlite.quote import fold, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_sqlite.tokens import Token

_OPENERS = frozenset({"FROM", "JOIN", "INTO", "UPDATE"})
_NO_TABLES = frozenset({"SELECT", "VALUES", "WITH", "ON", "OF", "SET"})
_CLOSERS = words(
    "WHERE GROUP ORDER LIMIT HAVING WINDOW UNION EXCEPT INTERSECT SET VALUES SELECT ON USING "
    "RETURNING DO"
)
_SCHEMAS = frozenset({"main"})


def mentions(tokens: Sequence[Token]) -> list[Name]:
    """What stands where a table must stand, each name once; common table expressions excepted.

    A name is a table after FROM, JOIN, INTO and UPDATE, after a comma in a FROM clause, and
    after IN where no parenthesis follows.
    """
    local = _common_tables(tokens)
    found: dict[str, Name] = {}
    for name in _tables(tokens):
        if fold(name.text) not in local:
            found.setdefault(fold(name.text), name)
    return list(found.values())


def _tables(tokens: Sequence[Token]) -> Iterator[Name]:
    in_from = [False]
    for number, token in enumerate(tokens):
        if token.upper == "(":
            # `FROM (a, b)` is still a list of tables; `FROM (SELECT …` soon says otherwise
            in_from.append(in_from[-1] and _starts_item(tokens, number))
        elif token.upper == ")":
            in_from[1:] = in_from[1:-1]
        elif token.upper in _CLOSERS:
            in_from[-1] = False
        if token.upper in _OPENERS:
            in_from[-1] = token.upper in ("FROM", "JOIN")
        elif not (in_from[-1] and token.upper in (",", "(")) and token.upper != "IN":
            continue
        name = _named(tokens, number + 1)
        if name is not None:
            yield name


def _starts_item(tokens: Sequence[Token], number: int) -> bool:
    return bool(number) and tokens[number - 1].upper in ("FROM", "JOIN", ",", "(")


def _named(tokens: Sequence[Token], number: int) -> Name | None:
    """The table whose name begins at `number`; None for a subquery or a table-valued function."""
    if number < len(tokens) and tokens[number].upper == "OR":  # UPDATE OR IGNORE t
        number += 2
    if not tokens[number:] or not tokens[number].names or tokens[number].upper in _NO_TABLES:
        return None
    first, *after = tokens[number : number + 3]
    signs = [token.upper for token in after]
    if signs[:1] == ["."] and after[1:]:
        is_ours = fold(first.value) in _SCHEMAS
        return Name(after[1].value, after[1].start) if is_ours else None
    is_function = signs[:1] == ["("] and tokens[number - 1].upper != "INTO"
    return None if is_function else Name(first.value, first.start)


def _common_tables(tokens: Sequence[Token]) -> frozenset[str]:
    """Names that WITH gives to queries: `name [(columns)] AS [NOT MATERIALIZED] (`."""
    found = set()
    is_with = False
    for number, token in enumerate(tokens):
        is_with = is_with or token.upper == "WITH"
        if not is_with or token.upper != "AS":
            continue
        following = [t.upper for t in tokens[number + 1 : number + 4]]
        while following and following[0] in ("NOT", "MATERIALIZED"):
            following.pop(0)
        if following[:1] == ["("]:
            found.add(fold(_before(tokens, number)))
    return frozenset(found)


def _before(tokens: Sequence[Token], number: int) -> str:
    """The name before AS, across the list of its columns."""
    place, depth = number - 1, 0
    while place > 0 and (depth or tokens[place].upper == ")"):
        depth += {")": 1, "(": -1}.get(tokens[place].upper, 0)
        place -= 1
    return tokens[place].value
