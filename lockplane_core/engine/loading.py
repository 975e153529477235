"""Loading: running schema files in a scratch, in an order that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.arrange import arranged
from lockplane_core.algebra.spelling import unified
from lockplane_core.engine import declarative
from lockplane_core.errors import InvalidSource, Refused, StatementFailed
from lockplane_core.model.finding import Finding
from lockplane_core.model.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.statement import Document, Parsed
    from lockplane_core.spi.session import Session

CHUNK = 50
"""Statements in one round trip; larger chunks are slower on PostgreSQL 15 and 18."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Parsed documents: all their statements, in the order of files, and what to tell the user."""

    statements: tuple[Statement, ...]
    declarative: bool
    notices: tuple[str, ...] = ()


def read_sheet(bench: Bench, documents: Sequence[Document], *, is_schema: bool) -> Sheet:
    """Documents as statements. Raises `InvalidSource` with every error in them.

    Schema files are translated and held to the declarative rules; scripts are taken as they are.
    """
    notices: list[str] = []
    if is_schema:
        translated = [bench.dialect.translate(document) for document in documents]
        documents = [document for document, _ in translated]
        notices += [notice for _, said in translated for notice in said]
        parsed = [bench.stages.parse(document) for document in documents]
    else:
        parsed = [bench.dialect.script(document) for document in documents]
    statements = unified((s for p in parsed for s in p.statements), bench.dialect.fold)
    refuse(parsed, declarative.findings(statements) if is_schema else [])
    notices += [f.message for p in parsed for f in p.errors if not f.is_error]
    return Sheet(statements=statements, declarative=is_schema, notices=tuple(notices))


def refuse(parsed: Sequence[Parsed], guarded: Sequence[Finding]) -> None:
    """Raise `InvalidSource` if there is an error among what was found."""
    errors = [f for p in parsed for f in p.errors if f.is_error]
    errors += [finding for finding in guarded if finding.is_error]
    if errors:
        raise InvalidSource(_summary(errors), errors)


def _summary(errors: Sequence[Finding]) -> str:
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{first.span or ''}: {first.message}{more}".removeprefix(": ")


def load(bench: Bench, session: Session, sheet: Sheet) -> None:
    """Run the statements of a sheet in a scratch. Raises `InvalidSource` or `Refused`."""
    if sheet.declarative:
        _Loading(bench, session).run(arranged(sheet.statements))
        return
    _refuse_risks(bench, sheet)
    for statement in sheet.statements:
        try:
            session.execute(statement.sql)
        except StatementFailed as error:
            raise _invalid([(statement, error)]) from error


def _refuse_risks(bench: Bench, sheet: Sheet) -> None:
    """Keep foreign SQL off a server that the user named, if it reaches beyond its database."""
    if not bench.shadow.foreign or bench.trust_sql:
        return
    risks = [
        f"{s.span}: {risk}" for s in sheet.statements for risk in bench.dialect.foreign_risks(s.sql)
    ]
    if risks:
        raise Refused(
            "this script reaches beyond its own database:\n  " + "\n  ".join(risks),
            hint="Leave the shadow to Lockplane (its own server is thrown away), or say "
            "--trust-sql if you trust the script with that server.",
        )


class _Loading:
    """Chunks first; a chunk that fails goes statement by statement, and what waits is retried."""

    def __init__(self, bench: Bench, session: Session) -> None:
        self.bench = bench
        self.session = session
        self.waiting: list[tuple[Statement, StatementFailed]] = []
        self.failed: list[tuple[Statement, StatementFailed]] = []

    def run(self, statements: Sequence[Statement]) -> None:
        # A chunk that fails is tried again: that works only where it left nothing behind.
        is_undone = "transactional_ddl" in self.bench.dialect.capabilities
        for chunk in _chunks(statements, CHUNK if is_undone else 1):
            self._chunk(chunk)
        self._retry()
        if self.failed or self.waiting:
            raise _invalid([*self.failed, *self.waiting])

    def _chunk(self, chunk: Sequence[Statement]) -> None:
        try:
            with self.session.transaction():
                self.session.script([statement.sql for statement in chunk])
        except StatementFailed:
            for statement in chunk:
                self._one(statement)

    def _one(self, statement: Statement) -> None:
        try:
            with self.session.transaction():
                self.session.execute(statement.sql)
        except StatementFailed as error:
            late = self.bench.dialect.retryable(error)
            (self.waiting if late else self.failed).append((statement, error))

    def _retry(self) -> None:
        progress = True
        while self.waiting and progress:
            again, self.waiting = self.waiting, []
            for statement, _ in again:
                self._one(statement)
            progress = len(self.waiting) < len(again)


def _chunks(statements: Sequence[Statement], size: int) -> Iterator[Sequence[Statement]]:
    for start in range(0, len(statements), size):
        yield statements[start : start + size]


def _invalid(failures: Sequence[tuple[Statement, StatementFailed]]) -> InvalidSource:
    findings = [
        Finding(
            id="database_error",
            severity="error",
            message=error.message,
            span=statement.span,
            suggestion=error.hint,
        )
        for statement, error in failures
    ]
    return InvalidSource(_summary(findings), findings, hint=failures[0][1].hint)
