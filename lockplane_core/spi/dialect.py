"""Dialect: a database product."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec

from lockplane_core.model.catalog import Catalog
from lockplane_core.spi.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from lockplane_core.errors import StatementFailed
    from lockplane_core.model.node import Node
    from lockplane_core.model.plan import Plan, Segment
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.statement import Comment, Document, Parsed, Statement
    from lockplane_core.spi.keeper import Keeper
    from lockplane_core.spi.kind import Kind
    from lockplane_core.spi.session import Session
    from lockplane_core.spi.shadow import ScratchRequest, Shadow

Purpose = Literal["read", "apply"]


class Diagnosis(msgspec.Struct, frozen=True):
    """One line of `doctor`: what was found, whether that is a fault, and what to do about it."""

    message: str
    is_fault: bool = False
    advice: str = ""


class Dialect(ABC):
    """How to connect to, parse for, quote for and make scratches of one product.

    Everything with a body is a default that serves a product without the feature.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    versions: ClassVar[str] = ""
    """Which versions of the product it is made for: a sentence for people."""
    is_default: ClassVar[bool] = False
    """Whether files that name no product are of this one, where several are installed."""
    capabilities: ClassVar[frozenset[str]] = frozenset()
    """`transactional_ddl`, where a transaction takes changes of the schema back; `data`, where
    objects of role table hold rows that can be counted; `online`, where kinds know of steps that
    let others work meanwhile (`Kind.online`)."""

    # -- addresses -------------------------------------------------------------------------

    @abstractmethod
    def claims(self, url: str) -> bool:
        """Whether `url` is an address of this product. Looks at the text alone."""

    def redact(self, url: str) -> str:
        """The address without its password, for people and logs."""
        return url

    def exists(self, url: str) -> bool:
        """Whether the database is there, for products whose `apply` makes one that is not.

        True where only its server can tell: connecting to it does.
        """
        return True

    def moved(self, url: str, way: str) -> str:
        """The address as it reads from another folder: `way` leads from there to its own.

        Only a product whose addresses may hold relative paths changes anything.
        """
        return url

    @abstractmethod
    def connect(self, url: str, purpose: Purpose) -> Session:
        """Open a session; `read` never creates or changes anything.

        Raises `ConnectionFailed` with the address redacted and the way out.
        """

    # -- schema files ----------------------------------------------------------------------

    @abstractmethod
    def parse(self, document: Document) -> Parsed:
        """The statements of a document, and every syntax error in it."""

    def script(self, document: Document) -> Parsed:
        """The statements of any SQL script, in its own order, as they must be sent.

        What serves only a command line client (meta-commands, rows of data) is left out and
        named in a finding of severity info.
        """
        return self.parse(document)

    def token_end(self, text: str, start: int) -> int:
        """Where the token that begins at the character `start` of a schema file ends.

        `start` itself where none begins, as at the end of the text.
        """
        return start

    def comments(self, document: Document) -> Iterable[Comment]:
        """The comments of a schema file, by its tokens; nothing of one that is broken."""
        return ()

    def names_in(self, text: str) -> tuple[str, ...]:
        """The parts of a qualified name as SQL writes it. Raises `ValueError` if it is none."""
        return tuple(text.split("."))

    def extensions(self, statements: Sequence[Statement]) -> tuple[str, ...]:
        """What the statements want installed on a server, by name."""
        return ()

    def translate(self, document: Document) -> tuple[Document, tuple[str, ...]]:
        """The document in this product's own words, line for line, and a notice for each change."""
        return document, ()

    def foreign_risks(self, sql: str) -> tuple[str, ...]:
        """What in a script reaches beyond its own database (in words); empty if nothing."""
        return ()

    def outward(self, sql: str) -> tuple[str, ...]:
        """What in a script ties its database to another server (in words): no scratch runs it."""
        return ()

    def quote(self, name: str) -> str:
        """An identifier as it must be written, quoted only where it has to be."""
        return '"' + name.replace('"', '""') + '"'

    def fold(self, name: str) -> str:
        """The form that all spellings of one name share; the name itself where case counts.

        Refs keep the spelling of their declaration; `algebra.spelling` makes them meet.
        """
        return name

    def declared(self, sql: str) -> str:
        """A statement of a step that makes something, as a schema file says it.

        It differs where a plan has to say it in a way that files need not (see `Statement.runs`).
        """
        return sql

    def is_alone(self, statement: Statement) -> bool:
        """Whether a statement changes nothing but what it declares and what that is on.

        Where only such statements of a large schema have changed since it was last made on a
        scratch, only what they touch is made again. A new overload is not alone: it may change
        what others call.
        """
        return False

    # -- reading ---------------------------------------------------------------------------

    def reader(self, session: Session) -> Reader:
        """What the kinds of one introspection share."""
        return Reader(session)

    def introspect(self, session: Session, kinds: Sequence[Kind]) -> Catalog:
        """Everything that `kinds` find, in one consistent read."""
        with session.snapshot():
            reader = self.reader(session)
            nodes = [node for kind in kinds for node in kind.introspect(reader)]
            return self.finish(reader, nodes)

    def finish(self, reader: Reader, nodes: Iterable[Node]) -> Catalog:
        """The catalog of what the kinds found; a dialect adds needs and what nobody models."""
        return Catalog(self.name, nodes, version=reader.session.version)

    def canonical(self, text: str) -> str:
        """Server text in a form that survives being read back: equal forms mean the same.

        Only fingerprints and comparisons see it; what is written stays as it is.
        """
        return text

    def meaning(self, text: str) -> str:
        """Server text without what can not change its meaning (layout, comments).

        Stricter than `canonical`: two texts that are equal in this form are no difference,
        and no scratch is asked.
        """
        return text

    def namespace(self, ref: Ref) -> str:
        """The schema that a ref belongs to; empty where the product has none."""
        return ""

    def is_baseline(self, node: Node) -> bool:
        """Whether a fresh database holds this already, so that it is neither made nor dropped."""
        return False

    # -- scratches -------------------------------------------------------------------------

    @abstractmethod
    def shadow(self, request: ScratchRequest) -> Shadow:
        """The server on which scratches for `request` are made.

        Raises `ScratchError` when the server asked for can not be had: never a silent
        fall-back to another one.
        """

    def keeper(self) -> Keeper | None:
        """What keeps servers, programs and leftovers on this machine, for `lockplane shadow`."""
        return None

    def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Stop what its shadows share; it may be used again. Never raises."""

    def same_speech(self, version: str, other: str) -> bool:
        """Whether servers of two versions spell their catalogs alike."""
        return version == other

    def retryable(self, error: Exception) -> bool:
        """Whether a statement failed only since something that it names is not there yet."""
        return False

    def unsound(self, session: Session) -> Iterable[tuple[Ref, StatementFailed]]:
        """What is wrong in a filled scratch and was taken unseen when it was made.

        Asked once everything is there, of products that take the source of a routine (or a
        view) on trust: what that names may come later. Each object with the server's own words.
        """
        return ()

    def seed(self, session: Session, catalog: Catalog, table: Ref) -> bool:
        """Put one synthetic row into a table of a scratch; False where none can be made."""
        return False

    def count_rows(self, session: Session, table: Ref) -> int:
        """How many rows a table holds."""
        return 0

    def identities(self, session: Session) -> Mapping[Ref, str]:
        """For tables and columns, a text that changes when the object is made anew."""
        return {}

    # -- executing -------------------------------------------------------------------------

    @contextmanager
    def exclusive(self, session: Session, wait: float) -> Iterator[None]:
        """Hold the product's lock against a second run on this very session.

        Raises `Busy` after `wait` seconds.
        """
        yield

    @contextmanager
    def segment(self, session: Session, segment: Segment) -> Iterator[None]:
        """Run the steps of a segment inside: transaction, search path, pragmas."""
        with session.transaction() if segment.transaction == "inside" else nullcontext():
            yield

    def holders(self, session: Session, refs: Collection[Ref]) -> Sequence[str]:
        """Who else holds locks on these objects, in words; asked when a step waited in vain."""
        return ()

    def frame(self, segment: Segment) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What opens and closes a segment in a script for the product's own client.

        It must make there the same conditions as `segment` makes here.
        """
        is_undone = "transactional_ddl" in self.capabilities
        is_inside = segment.transaction == "inside" and is_undone
        return (("BEGIN",), ("COMMIT",)) if is_inside else ((), ())

    def script_opening(self, segments: Sequence[Segment]) -> tuple[str, ...]:
        """The first lines of a script, by which the product's own client stops at an error.

        A client that goes on could commit one half of a segment, or run the next one. Nothing
        where it stops, or a failed transaction takes all of the script back, anyway.
        """
        return ()

    def diagnose(self, session: Session) -> Iterable[Diagnosis]:
        """What `doctor` should say of a live database: server, rights, what stands in the way."""
        return ()

    def preflight(self, session: Session, plan: Plan) -> None:  # noqa: B027 - most need none
        """Refuse a target that the plan must not run on (standby, read-only, pooler).

        Raises `Refused` or `ConnectionFailed`.
        """
