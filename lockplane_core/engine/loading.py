"""Loading: running schema files in a scratch, in an order that works."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.arrange import arranged
from lockplane_core.algebra.spelling import unified
from lockplane_core.engine import declarative
from lockplane_core.engine.annotations import read_annotations
from lockplane_core.errors import InvalidSource, Refused, StatementFailed
from lockplane_core.model.finding import Finding, ordered
from lockplane_core.model.intent import Intent
from lockplane_core.model.statement import BODY, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.node import Span
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.statement import Document, Parsed
    from lockplane_core.spi.session import Session

_Failure = tuple[Statement, StatementFailed]

_RIGHTS = "who owns or may use what"
CHUNK = 50
"""Statements in one round trip; larger chunks are slower on PostgreSQL 15 and 18."""
UNSOUND = "unsound_body"
"""The id of what a server took on trust, and would refuse when it is used."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Parsed documents: all their statements, in the order of files, and what to tell the user.

    `intents` are what annotations say of them.
    """

    statements: tuple[Statement, ...]
    declarative: bool
    intents: tuple[Intent, ...] = ()
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
    said = read_annotations(bench, documents if is_schema else (), statements)
    guarded = declarative.findings(statements, bench.scope.manage) if is_schema else []
    guarded += _undeclared(bench, statements)
    refuse(parsed, ordered([*guarded, *said.findings]))
    notices += [f"{f.span}: {f.message}" for f in said.findings if not f.is_error]
    notices += () if is_schema else _unheeded(bench, statements)
    notices += [f.message for p in parsed for f in p.errors if not f.is_error]
    return Sheet(
        statements=statements,
        declarative=is_schema,
        intents=tuple(said.intents),
        notices=tuple(notices),
    )


def _undeclared(bench: Bench, statements: Sequence[Statement]) -> Iterator[Finding]:
    """What is said of an object of the server's that is not managed, since no file declares it."""
    declared = {item.ref for statement in statements for item in statement.declares}
    for item in (item for statement in statements for item in statement.requires):
        kind = bench.kinds.get(item.ref.kind)
        is_ours = kind is not None and kind.of_server and kind.managed in bench.scope.manage
        if is_ours and item.ref not in declared:
            yield Finding(
                id="undeclared",
                severity="error",
                message=f"{item.ref.noun} {item.ref.name} is changed, and no statement declares it",
                ref=item.ref,
                span=item.span,
                suggestion=f"Declare it as well (CREATE {item.ref.noun.upper()}): others may use "
                "what no file declares, so it is left alone.",
            )


def _unheeded(bench: Bench, statements: Sequence[Statement]) -> Iterator[str]:
    """A script may say who owns what and who may use it; of that, what is managed counts."""
    found = Counter(
        _RIGHTS if "rights" in s.modifiers else s.unmanaged
        for s in statements
        if ("rights" in s.modifiers or s.managed) and s.managed not in bench.scope.manage
    )
    for what, count in sorted(found.items()):
        said = "says" if count == 1 else "say"
        yield f"{count} of its statements {said} {what}, which is left as it is"


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
    declared = {item.ref for statement in sheet.statements for item in statement.declares}
    required = {item.ref for statement in sheet.statements for item in statement.requires}
    managed = {
        item.ref for s in sheet.statements if s.managed in bench.scope.manage for item in s.declares
    }
    bench.shadow.provide(
        (required - declared) | {ref for ref in managed if ref.kind in bench.kinds}
    )
    if sheet.declarative:
        _Loading(bench, session).run(arranged(sheet.statements))
        return
    _refuse_risks(bench, sheet)
    for statement in sheet.statements:
        try:
            session.execute(statement.sent)
        except StatementFailed as error:
            raise _invalid(bench, [(statement, error)], []) from error


def put_in_order(bench: Bench, script: Sheet, error: InvalidSource) -> Sheet | None:
    """A script as a schema file would be, after it failed for what it may only declare later.

    None where it says more than a schema file may: then its own order is a part of its meaning.
    """
    cause = error.__cause__
    is_late = isinstance(cause, StatementFailed) and bench.dialect.retryable(cause)
    if (
        script.declarative
        or not is_late
        or declarative.findings(script.statements, bench.scope.manage)
    ):
        return None
    told = f"{error.message}: it was loaded in the order of what its statements need"
    return msgspec.structs.replace(script, declarative=True, notices=(*script.notices, told))


def unsound(bench: Bench, session: Session, sheet: Sheet) -> tuple[Finding, ...]:
    """What the server took on trust while a sheet was loaded, and is wrong now that all is there.

    An error each, with its ref. Whether it matters depends on what the schema is compared with:
    what was as wrong before is not for this change to mend.
    """
    found = list(bench.dialect.unsound(session))
    declared = {item.ref: s for s in sheet.statements for item in s.declares} if found else {}
    findings = [
        Finding(
            id=UNSOUND,
            severity="error",
            message=f"{ref}: {error.message}",
            ref=ref,
            span=_place(declared[ref], error) if ref in declared else None,
            suggestion=error.hint or "Correct it, or declare what it names.",
        )
        for ref, error in found
    ]
    return tuple(ordered(findings))


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
        self.waiting: list[_Failure] = []
        self.failed: list[_Failure] = []

    def run(self, statements: Sequence[Statement]) -> None:
        # A chunk that fails is tried again: that works only where it left nothing behind.
        is_undone = "transactional_ddl" in self.bench.dialect.capabilities
        done, total = 0, len(statements)
        for chunk in _chunks(statements, CHUNK if is_undone else 1):
            with self.bench.busy(f"Loading the schema: {done} of {total} statements"):
                self._chunk(chunk)
            done += len(chunk)
        self._retry()
        if self.failed or self.waiting:
            raise _invalid(self.bench, [*self.failed, *self.waiting], statements)

    def _chunk(self, chunk: Sequence[Statement]) -> None:
        try:
            with self.session.transaction():
                self.session.script([statement.sent for statement in chunk])
        except StatementFailed:
            for statement in chunk:
                self._one(statement)

    def _one(self, statement: Statement) -> None:
        try:
            with self.session.transaction():
                self.session.execute(statement.sent)
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


def _invalid(
    bench: Bench, failures: Sequence[_Failure], tried: Sequence[Statement]
) -> InvalidSource:
    causes = _causes(failures, tried)
    findings = ordered(
        [
            Finding(
                id="database_error",
                severity="error",
                message=error.message,
                span=_place(statement, error),
                suggestion=_left_out(bench, statement, tried) or error.hint,
            )
            for statement, error in causes
        ]
    )
    told = [*findings, *_unheard(len(failures) - len(causes))]
    return InvalidSource(_summary(findings), told, hint=findings[0].suggestion)


def _left_out(bench: Bench, statement: Statement, tried: Sequence[Statement]) -> str:
    """What to do about something that is not managed, which a statement needs to be declared."""
    lacking = _needs(statement) - _declared(tried)
    for ref in sorted(lacking, key=lambda ref: (len(ref.path), ref)):
        namespace = bench.dialect.namespace(ref)
        name = ".".join(ref.path)
        if not bench.scope.manages(namespace, name):
            return (
                f"{name} is not managed here. Declare what you use of it, in a file of its own: "
                "none of that is made or changed (`lockplane introspect` writes such files)."
            )
    return ""


def _causes(failures: Sequence[_Failure], tried: Sequence[Statement]) -> Sequence[_Failure]:
    """The failures that are no mere echo of another one: its statement declares what they need."""
    failed = {statement for statement, _ in failures}
    lacking = _declared(failed) - _declared(s for s in tried if s not in failed)
    causes = [failure for failure in failures if lacking.isdisjoint(_needs(failure[0]))]
    return causes or failures


def _declared(statements: Iterable[Statement]) -> set[Ref]:
    return {item.ref for statement in statements for item in statement.declares}


def _needs(statement: Statement) -> set[Ref]:
    """What must be there before a statement runs; what the source of a routine says need not."""
    needs = {item.ref for item in statement.requires if item.detail != BODY}
    return needs - {item.ref for item in statement.declares}


def _unheard(echoes: int) -> Iterator[Finding]:
    if echoes:
        message = f"{echoes} more statement(s) need what failed, and were not judged"
        yield Finding(id="not_judged", severity="info", message=message)


def _place(statement: Statement, error: StatementFailed) -> Span:
    """Where in a statement its error is; its beginning where the server does not tell."""
    start = statement.sql.find(error.inside) if error.inside else 0
    if error.position is None or start < 0:
        return statement.span
    return statement.place(start + error.position)
