"""Guards of schema files, on statements of a dialect that does not exist."""

from __future__ import annotations

from typing import Any

import pytest

from lockplane_core.engine.declarative import RULES, findings
from lockplane_core.model.node import Role, Span
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Declared, Statement

HERE = Span("a.lp.sql", 7)
BELOW = Span("a.lp.sql", 9, 14)


def item(kind: str, *path: str, role: Role = "other") -> Declared:
    """Something named on the line below the start of its statement."""
    return Declared(ref=Ref(f"toy.{kind}", path), span=BELOW, role=role)


def statement(sql: str, **fields: Any) -> Statement:
    """A statement that begins on line 7."""
    return Statement(sql=sql, span=HERE, **fields)


TABLE = item("table", "users", role="table")
COLUMN = item("column", "users", "email", role="column")
VIEW = item("view", "v", role="view")

OFFENCES = [
    (
        "dangerous_drop_table",
        BELOW,
        statement("DROP TABLE\n\nusers", verb="drop", role="table", drops=(TABLE,)),
    ),
    ("dangerous_drop_table", HERE, statement("DROP TABLE users", verb="drop", role="table")),
    (
        "dangerous_drop_column",
        BELOW,
        statement("ALTER TABLE", verb="alter", requires=(TABLE,), drops=(COLUMN,)),
    ),
    ("dangerous_truncate", HERE, statement("TRUNCATE users", verb="truncate", requires=(TABLE,))),
    ("dangerous_delete_all", HERE, statement("DELETE FROM users", verb="delete")),
    (
        "non_declarative_dml",
        HERE,
        statement("DELETE FROM t WHERE a", verb="delete", modifiers=frozenset({"where"})),
    ),
    ("non_declarative_dml", HERE, statement("INSERT INTO t", verb="insert")),
    ("non_declarative_dml", HERE, statement("UPDATE t SET a = 1", verb="update")),
    (
        "non_declarative_if_not_exists",
        HERE,
        statement(
            "CREATE TABLE", verb="create", declares=(TABLE,), modifiers=frozenset({"if_not_exists"})
        ),
    ),
    (
        "non_declarative_if_not_exists",
        BELOW,
        statement(
            "ALTER TABLE", verb="alter", declares=(COLUMN,), modifiers=frozenset({"if_not_exists"})
        ),
    ),
    (
        "non_declarative_if_exists",
        HERE,
        statement(
            "ALTER TABLE", verb="alter", declares=(COLUMN,), modifiers=frozenset({"if_exists"})
        ),
    ),
    (
        "non_declarative_or_replace",
        HERE,
        statement("CREATE", verb="create", declares=(VIEW,), modifiers=frozenset({"or_replace"})),
    ),
    ("non_declarative_transaction", HERE, statement("begin;", verb="transaction")),
    (
        "non_declarative_drop",
        BELOW,
        statement("DROP VIEW v", verb="drop", role="view", drops=(VIEW,)),
    ),
    ("non_declarative_set", HERE, statement("SET a = 1", verb="set")),
    (
        "non_declarative_concurrently",
        HERE,
        statement("CREATE INDEX", verb="create", modifiers=frozenset({"concurrently"})),
    ),
    ("non_declarative_statement", HERE, statement("VACUUM", verb="other")),
    ("unsupported_statement", HERE, statement("CREATE RULE", verb="create", unsupported="a rule")),
    (
        "unmanaged_statement",
        HERE,
        statement("GRANT", verb="grant", managed="privileges", unmanaged="GRANT"),
    ),
    ("unsupported_statement", HERE, statement("LISTEN x", verb="other", unsupported="LISTEN")),
]


@pytest.mark.parametrize(("name", "span", "offence"), OFFENCES)
def test_an_offence_is_one_error_at_its_place(name: str, span: Span, offence: Statement) -> None:
    (found,) = findings([offence])
    assert (found.id, found.severity, found.span) == (name, "error", span)
    assert found.suggestion


def test_every_rule_has_an_offence() -> None:
    assert {rule.id for rule in RULES} == {name for name, _, _ in OFFENCES}


ALLOWED = [
    statement("CREATE TABLE users", verb="create", role="table", declares=(TABLE, COLUMN)),
    statement("ALTER TABLE", verb="alter", declares=(COLUMN,), requires=(TABLE,)),
    statement(
        "ALTER TABLE users DROP CONSTRAINT c",
        verb="alter",
        drops=(item("check", "users", "c", role="constraint"),),
    ),
    statement("COMMENT ON", verb="comment", declares=(item("comment", "c", role="comment"),)),
    statement("GRANT", verb="grant"),
    statement("SECURITY LABEL", verb="other", declares=(item("label", "l"),)),
]


@pytest.mark.parametrize("allowed", ALLOWED, ids=lambda statement: statement.sql)
def test_what_declares_is_allowed(allowed: Statement) -> None:
    assert findings([allowed]) == []


def test_each_dropped_table_is_named() -> None:
    other = Declared(ref=Ref("toy.table", ("posts",)), span=Span("a.lp.sql", 10), role="table")
    found = findings([statement("DROP TABLE", verb="drop", role="table", drops=(TABLE, other))])
    assert [f.message.split()[2] for f in found] == ["users", "posts"]


def test_findings_come_in_the_order_of_the_file() -> None:
    late = Statement(verb="truncate", sql="TRUNCATE", span=Span("a.lp.sql", 20))
    early = Statement(verb="set", sql="SET", span=Span("a.lp.sql", 3))
    lines = [finding.span.line for finding in findings([late, early]) if finding.span]
    assert lines == [3, 20]


def test_ids_and_codes_of_guards_are_unique() -> None:
    names = [name for rule in RULES for name in (rule.id, rule.code)]
    assert len(names) == len(set(names))
