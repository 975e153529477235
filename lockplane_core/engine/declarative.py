"""What a schema file may not say: guards that no project can switch off.

A schema file says what is. Whatever acts (drops, changes rows, controls a transaction) or
makes the result depend on what is there already is refused, each with its place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

import msgspec

from lockplane_core.model.finding import Finding, ordered
from lockplane_core.model.node import Span
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Declared, Statement

_LEAVE_OUT = "Leave it out: the file says what is, and Lockplane works out what is missing."
_REMOVE = "Remove its declaration instead; `lockplane plan` then writes the drop."
_OTHER_SOURCE = "Remove it, or load the script as it is with `sql:PATH`."


class Offence(msgspec.Struct, frozen=True):
    """Where a statement breaks a rule, in which words, and what helps better than the usual."""

    message: str
    span: Span
    ref: Ref | None = None
    way_out: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One guard: `meaning` documents it, `bad` is an example, `way_out` what to do instead."""

    id: str
    code: str
    meaning: str
    way_out: str
    bad: str
    find: Callable[[Statement], Iterator[Offence]]


def findings(statements: Iterable[Statement], manage: Collection[str] = ()) -> list[Finding]:
    """Every offence against the rules of schema files, in the order of their places.

    `manage` is what the project manages beyond the usual.
    """
    statements = [_settled(statement, manage) for statement in statements]
    return ordered(
        [
            Finding(
                id=rule.id,
                code=rule.code,
                severity="error",
                message=offence.message,
                ref=offence.ref,
                span=offence.span,
                suggestion=offence.way_out or rule.way_out,
            )
            for statement in statements
            for rule in RULES
            for offence in rule.find(statement)
        ]
    )


def _settled(statement: Statement, manage: Collection[str]) -> Statement:
    """The statement, with nothing left to ask about what it wants to be managed."""
    if statement.managed in manage:
        return msgspec.structs.replace(statement, managed="")
    return statement


# -- what loses data -----------------------------------------------------------------------


def _dropped_tables(statement: Statement) -> Iterator[Offence]:
    if statement.verb == "drop" and statement.role == "table":
        for name, span, ref in _dropped(statement):
            yield Offence(f"DROP TABLE {name} deletes the table and all its rows", span, ref)


def _dropped_columns(statement: Statement) -> Iterator[Offence]:
    for item in statement.drops:
        if statement.verb == "alter" and item.role == "column":
            message = f"DROP COLUMN {item.ref.name} deletes the column and what it holds"
            yield Offence(message, item.span, item.ref)


def _truncated(statement: Statement) -> Iterator[Offence]:
    if statement.verb == "truncate":
        names = ", ".join(item.ref.name for item in statement.requires) or "a table"
        yield Offence(f"TRUNCATE deletes all rows of {names}", statement.span)


def _deletes_all(statement: Statement) -> Iterator[Offence]:
    if statement.verb == "delete" and "where" not in statement.modifiers:
        name = statement.requires[0].ref.name if statement.requires else "a table"
        yield Offence(f"DELETE without WHERE deletes all rows of {name}", statement.span)


# -- what acts -----------------------------------------------------------------------------


def _changes_rows(statement: Statement) -> Iterator[Offence]:
    filtered = statement.verb == "delete" and "where" in statement.modifiers
    if statement.verb in ("insert", "update") or filtered:
        first = _first_word(statement)
        word = statement.verb.upper() if first == "WITH" else first
        message = f"{word} changes rows, and a schema has none"
        yield Offence(message, statement.span)


def _other_drops(statement: Statement) -> Iterator[Offence]:
    if statement.verb == "drop" and statement.role != "table":
        for name, span, ref in _dropped(statement):
            what = f"DROP {ref.noun.upper()} {name}" if ref else "DROP"
            yield Offence(f"{what} says what shall not be", span, ref)


def _controls_transaction(statement: Statement) -> Iterator[Offence]:
    if statement.verb == "transaction":
        message = f"{_first_word(statement)}: Lockplane itself decides about transactions"
        yield Offence(message, statement.span)


def _sets(statement: Statement) -> Iterator[Offence]:
    if statement.verb == "set":
        message = f"{_first_word(statement)} changes a session, not the schema"
        yield Offence(message, statement.span)


def _concurrently(statement: Statement) -> Iterator[Offence]:
    if "concurrently" in statement.modifiers and statement.verb != "drop":
        yield Offence("CONCURRENTLY says how to build, not what is", statement.span)


def _declares_nothing(statement: Statement) -> Iterator[Offence]:
    silent = not (statement.declares or statement.unsupported)
    if statement.verb == "other" and silent:
        yield Offence(f"{_first_word(statement)} declares nothing", statement.span)


# -- what depends on what is there ---------------------------------------------------------


def _if_not_exists(statement: Statement) -> Iterator[Offence]:
    if "if_not_exists" in statement.modifiers:
        message = "IF NOT EXISTS makes the result depend on what is there already"
        yield _at_first(statement, message)


def _if_exists(statement: Statement) -> Iterator[Offence]:
    if "if_exists" in statement.modifiers and statement.verb != "drop":
        yield Offence("IF EXISTS makes the result depend on what is there already", statement.span)


def _or_replace(statement: Statement) -> Iterator[Offence]:
    if "or_replace" in statement.modifiers:
        yield _at_first(statement, "OR REPLACE hides that something is declared twice")


# -- what nobody models --------------------------------------------------------------------


def _unsupported(statement: Statement) -> Iterator[Offence]:
    if statement.unsupported and statement.verb != "truncate":  # which is worse than unknown
        message = f"no installed plugin models this: {statement.unsupported}"
        yield Offence(message, statement.span)


def _unmanaged(statement: Statement) -> Iterator[Offence]:
    if statement.managed:
        word = statement.managed
        message = f"this says {statement.unmanaged}, and the project manages no {word}"
        way_out = (
            f'Take it out of the schema, or manage it: manage = ["{word}"] in lockplane.toml, '
        )
        yield Offence(message, statement.span, way_out=f"{way_out}or --manage {word}.")


# -- words ---------------------------------------------------------------------------------


def _dropped(statement: Statement) -> Iterator[tuple[str, Span, Ref | None]]:
    """Name, place and ref of each object that a DROP names."""
    for item in statement.drops:
        yield item.ref.name, item.span, item.ref
    if not statement.drops:
        yield "…", statement.span, None


def _at_first(statement: Statement, message: str) -> Offence:
    """At what an ALTER adds (its line may be far below), else at the statement."""
    first: Declared | None = next(iter(statement.declares), None)
    ref = first.ref if first else None
    if first and statement.verb == "alter":
        return Offence(message, first.span, ref)
    return Offence(message, statement.span, ref)


def _first_word(statement: Statement) -> str:
    """The verb as it is written; a statement begins with it."""
    return statement.sql.split(maxsplit=1)[0].rstrip(";").upper()


RULES = (
    Rule(
        id="unsupported_statement",
        code="LP002",
        meaning="A statement, or a part of one, that no installed plugin models: it would be "
        "lost in silence.",
        way_out="Write it as the message says, if it does, or take it out of the schema; "
        "`lockplane plugins` says what is installed.",
        bad="",
        find=_unsupported,
    ),
    Rule(
        id="unmanaged_statement",
        code="LP003",
        meaning="A statement about what only a project that asks for it manages: it would count "
        "for nothing.",
        way_out="Take it out of the schema, or have that managed: the setting `manage` in "
        "lockplane.toml, or --manage for one call.",
        bad="",
        find=_unmanaged,
    ),
    Rule(
        id="dangerous_drop_table",
        code="LP011",
        meaning="DROP TABLE deletes a table and its rows.",
        way_out=_REMOVE,
        bad="DROP TABLE users;",
        find=_dropped_tables,
    ),
    Rule(
        id="dangerous_drop_column",
        code="LP012",
        meaning="ALTER TABLE … DROP COLUMN deletes what the column holds.",
        way_out=_REMOVE,
        bad="ALTER TABLE users DROP COLUMN email;",
        find=_dropped_columns,
    ),
    Rule(
        id="dangerous_truncate",
        code="LP013",
        meaning="TRUNCATE deletes all rows.",
        way_out=_OTHER_SOURCE,
        bad="TRUNCATE TABLE users;",
        find=_truncated,
    ),
    Rule(
        id="dangerous_delete_all",
        code="LP014",
        meaning="DELETE without WHERE deletes all rows.",
        way_out=_OTHER_SOURCE,
        bad="DELETE FROM users;",
        find=_deletes_all,
    ),
    Rule(
        id="non_declarative_if_not_exists",
        code="LP021",
        meaning="IF NOT EXISTS, of any object or column, makes the result depend on what is "
        "there already.",
        way_out=_LEAVE_OUT,
        bad="CREATE TABLE IF NOT EXISTS users (id integer PRIMARY KEY);",
        find=_if_not_exists,
    ),
    Rule(
        id="non_declarative_or_replace",
        code="LP022",
        meaning="CREATE OR REPLACE, of any object, hides that it is declared twice.",
        way_out="Write plain CREATE, once for each object.",
        bad="CREATE OR REPLACE VIEW v AS SELECT 1 AS one;",
        find=_or_replace,
    ),
    Rule(
        id="non_declarative_transaction",
        code="LP023",
        meaning="BEGIN, COMMIT, ROLLBACK, SAVEPOINT: Lockplane itself decides what runs in one "
        "transaction.",
        way_out=_LEAVE_OUT,
        bad="BEGIN;",
        find=_controls_transaction,
    ),
    Rule(
        id="non_declarative_dml",
        code="LP024",
        meaning="INSERT, UPDATE and DELETE change rows; a schema has none, so they would be "
        "lost in silence.",
        way_out=_OTHER_SOURCE,
        bad="INSERT INTO users (id) VALUES (1);",
        find=_changes_rows,
    ),
    Rule(
        id="non_declarative_drop",
        code="LP025",
        meaning="DROP of anything else: what is not declared is not there.",
        way_out=_REMOVE,
        bad="DROP INDEX users_email;",
        find=_other_drops,
    ),
    Rule(
        id="non_declarative_if_exists",
        code="LP026",
        meaning="ALTER … IF EXISTS makes the result depend on what is there already.",
        way_out=_LEAVE_OUT,
        bad="ALTER TABLE IF EXISTS users ADD COLUMN age integer;",
        find=_if_exists,
    ),
    Rule(
        id="non_declarative_set",
        code="LP027",
        meaning="SET, RESET and PRAGMA change a session; since statements are put in the order "
        "of their needs, what they would apply to is open.",
        way_out="Leave it out, and write names with their schema.",
        bad="SET search_path = app;",
        find=_sets,
    ),
    Rule(
        id="non_declarative_concurrently",
        code="LP028",
        meaning="CONCURRENTLY says how to build an index, which is for the plan to decide.",
        way_out="Leave it out.",
        bad="CREATE INDEX CONCURRENTLY users_email ON users (email);",
        find=_concurrently,
    ),
    Rule(
        id="non_declarative_statement",
        code="LP029",
        meaning="A statement that declares nothing, such as SELECT, DO or VACUUM.",
        way_out=_OTHER_SOURCE,
        bad="VACUUM;",
        find=_declares_nothing,
    ),
)
"""Every guard of schema files. `LP001` is `syntax_error`, which parsers report."""
