"""The fake product as a dialect, and the plugin that brings it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lockplane_core.errors import Busy, Refused, ScratchError, StatementFailed
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span, Unmodelled
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Declared, Parsed, Statement, Verb
from lockplane_core.spi.dialect import Dialect
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.spi.shadow import Shadow
from lockplane_core.testing.fakes.kinds import BOX, SHELF, VIEW, BoxKind, ShelfKind, ViewKind
from lockplane_core.testing.fakes.language import UNMODELLED, Command, Key, Thing, read
from lockplane_core.testing.fakes.server import MISSING, FakeServer, FakeSession

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.model.node import Node, Role
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.statement import Document
    from lockplane_core.spi.dialect import Purpose
    from lockplane_core.spi.kind import Kind
    from lockplane_core.spi.reader import Reader
    from lockplane_core.spi.session import Session
    from lockplane_core.spi.shadow import ScratchRequest

PREFIX = "fake:"
_ROLES: dict[str, Role] = {"shelf": "table", "box": "column", "view": "view"}
_VERBS: dict[str, Verb] = {
    "create": "create",
    "install": "other",
    "drop": "drop",
    "put": "insert",
    "label": "alter",
    "change": "alter",
    "check": "alter",
}


class FakeShadow(Shadow):
    """Scratches are further databases of the same server."""

    def __init__(self, server: FakeServer, request: ScratchRequest) -> None:
        self.server = server
        self.version = server.version
        self.judge = f"Fake {server.version}, in memory"
        self.foreign = bool(request.shadow_url)

    @contextmanager
    def scratch(self) -> Iterator[Session]:
        """A database that is gone at the end."""
        self.server.scratches += 1
        name = f"scratch-{self.server.scratches}"
        self.server.create(name)
        session = self.server.connect(name, writes=True)
        try:
            yield session
        finally:
            session.close()
            del self.server.databases[name]

    def close(self) -> None:
        """Count it out."""
        self.server.shadows -= 1


class FakeDialect(Dialect):
    """Addresses are `fake:NAME`."""

    name = "fake"
    title = "Fake"
    capabilities = frozenset({"transactional_ddl", "data"})

    def __init__(self, server: FakeServer) -> None:
        self.server = server

    def claims(self, url: str) -> bool:
        return url.startswith(PREFIX)

    def connect(self, url: str, purpose: Purpose) -> Session:
        return self.server.connect(url.removeprefix(PREFIX), writes=purpose == "apply")

    def parse(self, document: Document) -> Parsed:
        """One statement a line; empty lines and those that begin with # are left out."""
        statements: list[Statement] = []
        errors: list[Finding] = []
        for number, line in enumerate(document.text.splitlines(), 1):
            text = line.strip().removesuffix(";")
            span = Span(document.name, number, len(line) - len(line.lstrip()) + 1)
            if not text or text.startswith("#"):
                continue
            try:
                statements.append(_statement(text, read(text), span, len(statements)))
            except ValueError as error:
                said = Finding(id="syntax_error", severity="error", message=str(error), span=span)
                errors.append(said)
        return Parsed(tuple(statements), tuple(errors))

    def foreign_risks(self, sql: str) -> tuple[str, ...]:
        return ("it installs something",) if sql.startswith("install") else ()

    def is_alone(self, statement: Statement) -> bool:
        return statement.role in _ROLES.values()

    def finish(self, reader: Reader, nodes: Iterable[Node]) -> Catalog:
        """Add seals and grants, which nobody models."""
        found: list[Thing] = [row[0] for row in reader.session.query("things")]
        strangers = [
            Unmodelled(thing.sort, thing.name, tuple(map(_ref, thing.needs)), thing.sort == "grant")
            for thing in found
            if thing.sort in UNMODELLED
        ]
        return Catalog(self.name, nodes, unmodelled=strangers, version=reader.session.version)

    def canonical(self, text: str) -> str:
        return text.strip("()")

    def namespace(self, ref: Ref) -> str:
        """The room, if there is one."""
        depth = 2 if ref.kind == BOX else 1
        return ref.path[0] if len(ref.path) > depth else ""

    def is_baseline(self, node: Node) -> bool:
        return node.ref == Ref(SHELF, ("lobby",))

    def shadow(self, request: ScratchRequest) -> Shadow:
        if request.shadow_url and not self.claims(request.shadow_url):
            raise ScratchError(f"{request.shadow_url} is no address of a fake server")
        self.server.shadows += 1
        return FakeShadow(self.server, request)

    def same_speech(self, version: str, other: str) -> bool:
        return version.partition(".")[0] == other.partition(".")[0]

    def retryable(self, error: Exception) -> bool:
        return isinstance(error, StatementFailed) and error.state == MISSING

    def seed(self, session: Session, catalog: Catalog, table: Ref) -> bool:
        session.execute(f"put {'/'.join(table.path)} 1")
        return True

    def count_rows(self, session: Session, table: Ref) -> int:
        return len(session.query(f"select {'/'.join(table.path)}"))

    def identities(self, session: Session) -> Mapping[Ref, str]:
        found: list[Thing] = [row[0] for row in session.query("things")]
        return {_ref(t.key): str(t.number) for t in found if t.sort in ("shelf", "box")}

    @contextmanager
    def exclusive(self, session: Session, wait: float) -> Iterator[None]:
        """The mark of this session on the database."""
        database = _fake(session).database
        if database.holder is not None:
            raise Busy(f"another run is at work on {database.name}", hint="Try again later.")
        database.holder = _fake(session)
        try:
            yield
        finally:
            database.holder = None

    def preflight(self, session: Session, plan: Plan) -> None:
        if _fake(session).database.standby:
            raise Refused("this database is a standby", hint="Name the primary.")


class FakePlugin:
    """Brings the dialect of a server, or a variant of it, and its kinds."""

    def __init__(self, server: FakeServer, dialect: FakeDialect | None = None) -> None:
        self.dialect = dialect or FakeDialect(server)

    @hookimpl
    def lockplane_dialects(self) -> Iterable[Dialect]:
        """The one dialect."""
        return [self.dialect]

    @hookimpl
    def lockplane_kinds(self, dialect: str) -> Iterable[Kind]:
        """Its three kinds."""
        return [ShelfKind(), BoxKind(), ViewKind()] if dialect == FakeDialect.name else []


def _statement(text: str, command: Command, span: Span, position: int) -> Statement:
    thing = command.thing
    role = _ROLES.get(thing.sort, "other")
    own = Declared(ref=_ref(thing.key, thing.sort), span=span, role=role, detail=thing.type)
    declares = command.verb == "create" and thing.sort not in UNMODELLED
    needs = [Declared(ref=_ref(key), span=span) for key in thing.needs]
    return Statement(
        verb=_VERBS[command.verb],
        sql=text,
        span=span,
        role=role,
        declares=(own,) if declares else (),
        requires=tuple(needs) if command.verb == "create" else (own, *needs),
        drops=(own,) if command.verb == "drop" else (),
        unsupported=thing.sort if thing.sort in UNMODELLED else "",
        position=position,
    )


def _ref(key: Key, sort: str = "") -> Ref:
    kind = BOX if key[0] == "box" else VIEW if sort == "view" else SHELF
    return Ref(kind, key[1])


def _fake(session: Session) -> FakeSession:
    if not isinstance(session, FakeSession):
        raise TypeError(f"not a session of the fake product: {session!r}")
    return session
