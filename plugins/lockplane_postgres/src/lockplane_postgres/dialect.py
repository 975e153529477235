"""PostgresDialect: how Lockplane speaks to PostgreSQL."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from lockplane_core.errors import StatementFailed
from lockplane_core.model.ref import Ref
from lockplane_core.spi.dialect import Dialect
from lockplane_postgres import addresses
from lockplane_postgres.kinds.refs import schema_of
from lockplane_postgres.majors import SUPPORTED
from lockplane_postgres.quote import PUBLIC, quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.plan import Plan, Segment
    from lockplane_core.model.statement import Comment, Document, Parsed, Statement
    from lockplane_core.spi.dialect import Diagnosis, Purpose
    from lockplane_core.spi.keeper import Keeper
    from lockplane_core.spi.kind import Kind
    from lockplane_core.spi.reader import Reader
    from lockplane_core.spi.session import Session
    from lockplane_core.spi.shadow import ScratchRequest, Shadow
    from lockplane_postgres.shadows import Shadows

_NOT_YET = frozenset({
    "3F000",  # invalid_schema_name
    "42704",  # undefined_object: a type, role or extension
    "42804",  # datatype_mismatch: a cast that goes without saying comes later
    "42846",  # cannot_coerce: a cast
    "42703",  # undefined_column
    "42830",  # invalid_foreign_key: its unique constraint comes later
    "42883",  # undefined_function
    "42P01",  # undefined_table
})  # fmt: skip
_BASELINE = frozenset({Ref("postgres.schema", (PUBLIC,)), Ref("postgres.extension", ("plpgsql",))})
_BASELINE_COMMENTS: dict[tuple[str, ...], str] = {
    ("schema", PUBLIC): "standard public schema",
    ("extension", "plpgsql"): "PL/pgSQL procedural language",
}
_ALONE = frozenset({
    "table", "column", "constraint", "index", "view", "sequence", "trigger", "policy", "comment",
})  # fmt: skip
"""Roles of what no name is looked up differently for: types and routines have overloads."""
_VANISHED = frozenset({"42P01", "42704", "XX000"})
_READS = 3


class PostgresDialect(Dialect):
    """PostgreSQL 14 to 18; 13 as far as it goes."""

    name = "postgres"
    title = "PostgreSQL"
    versions = f"PostgreSQL {SUPPORTED[0]} to {SUPPORTED[-1]}; 13 as far as it goes."
    is_default = True
    capabilities = frozenset({"transactional_ddl", "data", "online"})

    # -- addresses -------------------------------------------------------------------------

    def claims(self, url: str) -> bool:
        return addresses.is_ours(url)

    def redact(self, url: str) -> str:
        return addresses.redact(url)

    def connect(self, url: str, purpose: Purpose) -> Session:
        return addresses.connect(url, purpose)

    # -- schema files ----------------------------------------------------------------------

    def parse(self, document: Document) -> Parsed:
        from lockplane_postgres import parse

        return parse.parse(document)

    def script(self, document: Document) -> Parsed:
        from lockplane_postgres import parse

        return parse.script(document)

    def token_end(self, text: str, start: int) -> int:
        from lockplane_postgres.parse.lex import tokens

        return next((t.end for t in tokens(text, start) if t.start == start), start)

    def comments(self, document: Document) -> Iterable[Comment]:
        from lockplane_postgres.parse.comments import comments

        return comments(document)

    def names_in(self, text: str) -> tuple[str, ...]:
        from lockplane_postgres.parse.comments import names_in

        return names_in(text)

    def extensions(self, statements: Sequence[Statement]) -> tuple[str, ...]:
        named = {
            d.ref.name for s in statements for d in s.declares if d.ref.kind == "postgres.extension"
        }
        return tuple(sorted(named))

    def foreign_risks(self, sql: str) -> tuple[str, ...]:
        from lockplane_postgres import parse

        return parse.risks(sql)

    def outward(self, sql: str) -> tuple[str, ...]:
        from lockplane_postgres.parse.risk import find_outward

        return find_outward(sql)

    def quote(self, name: str) -> str:
        return quote(name)

    def declared(self, sql: str) -> str:
        from lockplane_postgres.this_database import declared

        return declared(sql)

    def is_alone(self, statement: Statement) -> bool:
        return statement.role in _ALONE and not statement.drops

    # -- reading ---------------------------------------------------------------------------

    def reader(self, session: Session) -> Reader:
        from lockplane_postgres.reader import PgReader

        return PgReader(session)

    def introspect(self, session: Session, kinds: Sequence[Kind]) -> Catalog:
        """By weight, so that what is about other objects (a comment) finds their addresses.

        `pg_get_*` functions see beyond the snapshot: a relation that is dropped meanwhile is
        an error for them, and a reason to read again.
        """
        ordered = sorted(kinds, key=lambda kind: (kind.weight, kind.tag))
        for _ in range(_READS - 1):
            try:
                return super().introspect(session, ordered)
            except StatementFailed as error:
                if error.state not in _VANISHED:
                    raise
        return super().introspect(session, ordered)

    def finish(self, reader: Reader, nodes: Iterable[Node]) -> Catalog:
        from lockplane_postgres.depend import finished

        return finished(reader, nodes)  # type: ignore[arg-type]  # reader() makes no other

    def canonical(self, text: str) -> str:
        from lockplane_postgres import parse

        return parse.canonical(text)

    def namespace(self, ref: Ref) -> str:
        """The schema in the path."""
        return schema_of(ref)

    def is_baseline(self, node: Node) -> bool:
        return node.ref in _BASELINE or (
            node.ref.kind == "postgres.comment"
            and _BASELINE_COMMENTS.get(node.ref.path) == node.body.text
        )

    # -- scratches -------------------------------------------------------------------------

    def shadow(self, request: ScratchRequest) -> Shadow:
        return self._shadows.find(request)

    @cached_property
    def _shadows(self) -> Shadows:
        from lockplane_postgres.shadows import Shadows

        return Shadows()

    def keeper(self) -> Keeper:
        from lockplane_postgres.keeper import PgKeeper

        return PgKeeper()

    def close(self) -> None:
        if "_shadows" in self.__dict__:
            self._shadows.close()
            del self.__dict__["_shadows"]

    def same_speech(self, version: str, other: str) -> bool:
        """Deparsed text changes with the major, never with the minor."""
        return version.partition(".")[0] == other.partition(".")[0]

    def retryable(self, error: Exception) -> bool:
        return isinstance(error, StatementFailed) and error.state in _NOT_YET

    def unsound(self, session: Session) -> Iterable[tuple[Ref, StatementFailed]]:
        from lockplane_postgres.soundness import unsound

        return unsound(session)  # type: ignore[arg-type]  # connect() makes no other

    def seed(self, session: Session, catalog: Catalog, table: Ref) -> bool:
        from lockplane_postgres.seeding import seed

        return seed(session, catalog, table)

    def count_rows(self, session: Session, table: Ref) -> int:
        from lockplane_postgres.seeding import count_rows

        return count_rows(session, table)

    def identities(self, session: Session) -> Mapping[Ref, str]:
        from lockplane_postgres.seeding import identities

        return identities(session)

    # -- executing -------------------------------------------------------------------------

    @contextmanager
    def exclusive(self, session: Session, wait: float) -> Iterator[None]:
        from lockplane_postgres.running import exclusive

        with exclusive(session, wait):  # type: ignore[arg-type]  # connect() makes no other
            yield

    @contextmanager
    def segment(self, session: Session, segment: Segment) -> Iterator[None]:
        from lockplane_postgres import running

        with running.segment(session, segment):  # type: ignore[arg-type]  # as above
            yield

    def frame(self, segment: Segment) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The transaction and the search path, for psql."""
        if segment.transaction == "outside":
            return ("SET search_path = public",), ()
        return ("BEGIN", "SET LOCAL search_path = public"), ("COMMIT",)

    def holders(self, session: Session, refs: Collection[Ref]) -> Sequence[str]:
        from lockplane_postgres.running import holders

        return holders(session, refs)  # type: ignore[arg-type]  # as above

    def preflight(self, session: Session, plan: Plan) -> None:
        from lockplane_postgres.running import preflight

        preflight(session)  # type: ignore[arg-type]  # as above

    def script_opening(self, segments: Sequence[Segment]) -> tuple[str, ...]:
        r"""Of one transaction an error leaves nothing, so any client will do.

        Of several, psql would go on with the next; `\set` is its own command.
        """
        return (r"\set ON_ERROR_STOP on",) if len(segments) > 1 else ()

    def diagnose(self, session: Session) -> Iterable[Diagnosis]:
        from lockplane_postgres.diagnosing import diagnosed

        return diagnosed(session)  # type: ignore[arg-type]  # as above
