"""Names: how they are quoted, and which of them SQLite takes for one."""

from __future__ import annotations

from functools import cache


def words(text: str) -> frozenset[str]:
    """A set of words, written with spaces between them."""
    return frozenset(text.split())


# https://sqlite.org/lang_keywords.html. Not each of them has to be quoted everywhere; all are.
KEYWORDS = words(
    """
    ABORT ACTION ADD AFTER ALL ALTER ALWAYS ANALYZE AND AS ASC ATTACH AUTOINCREMENT BEFORE BEGIN
    BETWEEN BY CASCADE CASE CAST CHECK COLLATE COLUMN COMMIT CONFLICT CONSTRAINT CREATE CROSS
    CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFAULT DEFERRABLE DEFERRED
    DELETE DESC DETACH DISTINCT DO DROP EACH ELSE END ESCAPE EXCEPT EXCLUDE EXCLUSIVE EXISTS
    EXPLAIN FAIL FILTER FIRST FOLLOWING FOR FOREIGN FROM FULL GENERATED GLOB GROUP GROUPS HAVING
    IF IGNORE IMMEDIATE IN INDEX INDEXED INITIALLY INNER INSERT INSTEAD INTERSECT INTO IS ISNULL
    JOIN KEY LAST LEFT LIKE LIMIT MATCH MATERIALIZED NATURAL NO NOT NOTHING NOTNULL NULL NULLS OF
    OFFSET ON OR ORDER OTHERS OUTER OVER PARTITION PLAN PRAGMA PRECEDING PRIMARY QUERY RAISE RANGE
    RECURSIVE REFERENCES REGEXP REINDEX RELEASE RENAME REPLACE RESTRICT RETURNING RIGHT ROLLBACK
    ROW ROWS SAVEPOINT SELECT SET STORED STRICT TABLE TEMP TEMPORARY THEN TIES TO TRANSACTION
    TRIGGER UNBOUNDED UNION UNIQUE UPDATE USING VACUUM VALUES VIEW VIRTUAL WHEN WHERE WINDOW WITH
    WITHIN WITHOUT TRUE FALSE ROWID
    """
)

ROWIDS = ("rowid", "oid", "_rowid_")
"""Words for the number of a row, unless a column has taken them."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER = {lower: code for code, lower in _LOWER.items()}


@cache
def quote(name: str) -> str:
    """The name as it is written in SQL, in double quotes only where it needs them."""
    if is_plain(name):
        return name
    return '"' + name.replace('"', '""') + '"'


def is_plain(name: str) -> bool:
    """Whether the name reads back as itself without quotes."""
    if not name or name[0].isdigit() or not _PLAIN.issuperset(name):
        return False
    return upper(name) not in KEYWORDS


def quoted(names: tuple[str, ...]) -> str:
    """Several names with commas between them."""
    return ", ".join(quote(name) for name in names)


def literal(text: str) -> str:
    """A text as a string in SQL."""
    return "'" + text.replace("'", "''") + "'"


def fold(name: str) -> str:
    """The form that all spellings of one name share: SQLite folds ASCII letters, and no others."""
    return name.translate(_LOWER)


def upper(word: str) -> str:
    """A bare word in capitals, as far as SQLite folds it."""
    return word.translate(_UPPER)
