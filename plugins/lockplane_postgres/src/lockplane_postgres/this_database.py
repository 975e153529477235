"""This database: statements that PostgreSQL wants the name of the database in, without the name.

A database is called differently on each server, and a scratch differently every time; ALTER
DATABASE knows no CURRENT_DATABASE. So plans and scratches run a DO block that puts the name in,
and schema files say `current_database`, or any other name.
"""

from __future__ import annotations

from lockplane_postgres.quote import literal

NAME = "current_database"
"""What a schema file calls the database that it is for, where no person has named it."""
_BEGIN, _END = "BEGIN EXECUTE format(", ", current_database()); END"
_QUOTES = "$do$"


def named_later(before: str, after: str = "") -> str:
    """A DO block for the statement that has the name of the database between two pieces."""
    return _block(f"{_escaped(before)}%I{_escaped(after)}")


def declared(sql: str) -> str:
    """The statement that such a block runs, as a schema file says it; any other SQL as it is."""
    template = _template(sql)
    if _block(template) != sql:
        return sql
    pieces = (piece.replace("%I", NAME) for piece in template.split("%%"))
    return "%".join(pieces)


def _escaped(text: str) -> str:
    """As format() reads it (manual, 9.4.1)."""
    return text.replace("%", "%%")


def _block(template: str) -> str:
    body = f"{_BEGIN}{literal(template)}{_END}"
    return f"DO {literal(body) if _QUOTES in body else f'{_QUOTES}{body}{_QUOTES}'}"


def _template(sql: str) -> str:
    """What the block gives to format(), if it is one."""
    body = sql.removeprefix("DO ")
    if body.startswith(_QUOTES):
        body = body.removeprefix(_QUOTES).removesuffix(_QUOTES)
    else:
        body = _unquoted(body)
    return _unquoted(body.removeprefix(_BEGIN).removesuffix(_END))


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")
