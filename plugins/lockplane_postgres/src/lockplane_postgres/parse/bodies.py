"""Bodies: what the source text of a routine mentions, as far as it can be read.

The server reads these texts only when the routine runs, so whatever can not be read is left
out: a body that builds SQL from strings mentions nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import BODY
from lockplane_postgres.parse.mentions import Mentions
from lockplane_postgres.parse.names import RELATION_NAME, is_system, split_name
from lockplane_postgres.parse.tree import statements_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.mentions import Scope

_EXPRESSION_MODE = 2
_ASSIGNMENT_MODE = 3
"""RawParseMode: RAW_PARSE_PLPGSQL_EXPR, and the first of RAW_PARSE_PLPGSQL_ASSIGN."""


class Body(NamedTuple):
    """The source text of a routine, its language, and where it stands."""

    language: str
    text: str
    offset: int


def read_body(body: Body, scope: Scope, draft: Draft) -> None:
    """Require what a body mentions, with the detail that says so."""
    if body.language == "sql":
        mentions = Mentions(draft, detail=BODY, offset=body.offset)
        _read(body.text, mentions, scope)
    elif body.language == "plpgsql":
        mentions = Mentions(draft, detail=BODY, offset=body.offset, bare=False)
        for part in plpgsql_parts(draft.sql) or ():
            if part.is_type:
                _type(part.text, mentions)
            else:
                _read(part.text, mentions, scope)


def _read(sql: str, mentions: Mentions, scope: Scope) -> None:
    from pglast.parser import ParseError

    try:
        statements = statements_of(sql)
    except (ParseError, RecursionError):
        return
    for statement in statements:
        mentions.read(statement.tree, scope, tag=statement.tag)


# -- PL/pgSQL ----------------------------------------------------------------------------------


class Part(NamedTuple):
    """A statement inside of a PL/pgSQL body, or the type of one of its variables."""

    text: str
    is_type: bool = False


def plpgsql_parts(sql: str) -> list[Part] | None:
    """The parts of the body in a CREATE FUNCTION; None where it can not be read."""
    from pglast.parser import ParseError, parse_plpgsql_json

    try:
        return list(_parts(msgspec.json.decode(parse_plpgsql_json(sql))))
    except (ParseError, msgspec.DecodeError, RecursionError):
        return None


def _parts(tree: Any) -> Iterator[Part]:
    if isinstance(tree, list):
        for item in tree:
            yield from _parts(item)
    elif isinstance(tree, dict):
        if "query" in tree and isinstance(tree["query"], str):
            yield Part(_as_statement(tree["query"], tree.get("parseMode", 0)))
        if "typname" in tree:
            yield Part(tree["typname"], is_type=True)
        for value in tree.values():
            yield from _parts(value)


def _as_statement(text: str, mode: int) -> str:
    """An expression, or the right side of an assignment, as a query of its own."""
    if mode >= _ASSIGNMENT_MODE:
        text = text.partition("=")[2]
    return text if mode < _EXPRESSION_MODE else f"SELECT {text}"


def _type(name: str, mentions: Mentions) -> None:
    """`users%ROWTYPE` and `users.id%TYPE` mention a relation; other types may be built in."""
    lowered = name.lower()
    if lowered.endswith("%rowtype"):
        parts = split_name(name[: -len("%rowtype")])
    elif lowered.endswith("%type"):
        parts = split_name(name[: -len("%type")])[:-1]
    else:
        return
    if parts and not is_system(parts[0] if len(parts) > 1 else "", parts[-1]):
        ref = Ref(RELATION_NAME, mentions.draft.qualified(parts))
        mentions.draft.require(ref, mentions.offset, detail=BODY)
