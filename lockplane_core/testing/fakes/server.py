"""The server of the fake product: databases, sessions, transactions, and trouble on demand."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.errors import Busy, ConnectionFailed, StatementFailed
from lockplane_core.testing.fakes.language import Key, Thing, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lockplane_core.spi.session import Row

MISSING = "missing"
"""The state of a statement that names what is not there."""

COMMIT, COMMITTED = "commit", "committed"
"""What trouble hears before the outermost transaction ends well, and when it has."""

_FRESH = {thing.key: thing for thing in [Thing(sort="shelf", path=("lobby",))]}


class FakeDatabase:
    """What is in a database. `state` is replaced, never changed."""

    def __init__(self, name: str, version: str) -> None:
        self.name = name
        self.version = version
        self.state: Mapping[Key, Thing] = _FRESH
        self.writer: FakeSession | None = None
        self.holder: FakeSession | None = None
        self.standby = False


class FakeServer:
    """Databases by name. `respelling` is how often an expression reads back differently.

    `trouble(database, statement)` is called before each statement that changes something, and
    with `commit` and `committed`; what it raises happens there.
    """

    def __init__(self, version: str = "2.0", *, respelling: int = 2) -> None:
        self.version = version
        self.respelling = respelling
        self.databases: dict[str, FakeDatabase] = {}
        self.trouble: Callable[[str, str], None] = _none
        self.shadows = 0
        self.scratches = 0
        self._number = 0

    def create(self, name: str, script: str = "", *, version: str = "") -> FakeDatabase:
        """A new database, in which the lines of a script have run."""
        database = self.databases[name] = FakeDatabase(name, version or self.version)
        for line in script.strip().splitlines():
            database.state = self.run(database.state, line.strip())
        return database

    def connect(self, name: str, *, writes: bool) -> FakeSession:
        """A session on a database. Raises `ConnectionFailed`."""
        if name not in self.databases:
            raise ConnectionFailed(
                f"there is no database {name}", hint="FakeServer.create makes it."
            )
        return FakeSession(self, self.databases[name], writes=writes)

    def run(self, state: Mapping[Key, Thing], sql: str) -> Mapping[Key, Thing]:
        """The state after a statement. Raises `StatementFailed`."""
        try:
            command = read(sql)
        except ValueError as error:
            raise StatementFailed(str(error)) from error
        self._number += 1
        thing = msgspec.structs.replace(command.thing, number=self._number)
        return _VERBS[command.verb](state, self._respelled(thing))

    def _respelled(self, thing: Thing) -> Thing:
        depth = len(thing.text) - len(thing.text.lstrip("("))
        if not thing.text or depth >= self.respelling:
            return thing
        return msgspec.structs.replace(thing, text=f"({thing.text})")


class FakeSession:
    """See `lockplane_core.spi.session.Session`."""

    dialect = "fake"

    def __init__(self, server: FakeServer, database: FakeDatabase, *, writes: bool) -> None:
        self.server = server
        self.database = database
        self.version = database.version
        self.writes = writes
        self.open: Mapping[Key, Thing] | None = None
        self._aborted = False

    @property
    def things(self) -> list[Thing]:
        """Everything that this session sees, by sort and path."""
        state = self.database.state if self.open is None else self.open
        return sorted(state.values(), key=lambda thing: thing.key)

    def query(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """`things`, or `select SHELF`, which returns a row for each row."""
        self._refuse_aborted()
        match sql.split():
            case ["things"]:
                return [(thing,) for thing in self.things]
            case ["select", name]:
                found = [t for t in self.things if t.sort == "shelf" and t.name == name]
                if found:
                    return [(number,) for number in range(found[0].rows)]
                raise StatementFailed(f"there is no shelf {name}", state=MISSING)
        raise StatementFailed(f"not understood: {sql}")

    def execute(self, sql: str) -> None:
        self._refuse_aborted()
        try:
            self._execute(sql)
        except StatementFailed:
            self._aborted = self.open is not None
            raise

    def script(self, statements: Sequence[str]) -> None:
        for sql in statements:
            self.execute(sql)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        saved = self.open
        self.open = self.database.state if saved is None else saved
        try:
            yield
            self._refuse_aborted()
            if saved is None:
                self._commit(self.open)
        except BaseException:
            self.open = saved
            raise
        finally:
            self._aborted = False
            if saved is None:
                self.open = None
                self._leave()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        writes, self.writes = self.writes, False
        try:
            yield
        finally:
            self.writes = writes

    def close(self) -> None:
        self.open = None
        self._leave()

    def _execute(self, sql: str) -> None:
        if not self.writes:
            raise StatementFailed("this session only reads")
        if self.database.writer not in (None, self):
            raise Busy(f"{self.database.name} is being written to", hint="Try again.")
        self.server.trouble(self.database.name, sql)
        if self.open is None:
            self.database.state = self.server.run(self.database.state, sql)
        else:
            self.database.writer = self
            self.open = self.server.run(self.open, sql)

    def _commit(self, state: Mapping[Key, Thing]) -> None:
        if self.database.writer is self:
            self.server.trouble(self.database.name, COMMIT)
            self.database.state = state
            self.server.trouble(self.database.name, COMMITTED)

    def _leave(self) -> None:
        if self.database.writer is self:
            self.database.writer = None

    def _refuse_aborted(self) -> None:
        if self._aborted:
            raise StatementFailed("the transaction failed before; nothing is heard until it ends")


class Trouble:
    """Trouble that raises an error at the n-th statement for a database, or at one by its text.

    server.trouble = Trouble(KeyboardInterrupt(), at=2)
    server.trouble = Trouble(ConnectionFailed("gone"), at="commit")
    """

    def __init__(self, error: BaseException, at: int | str, database: str = "main") -> None:
        self.error, self.at, self.database = error, at, database
        self.count = 0

    def __call__(self, database: str, sql: str) -> None:
        if database == self.database:
            self.count += 1
            if self.at in (self.count, sql):
                raise self.error


def _none(database: str, sql: str) -> None:
    """No trouble."""


def _found(state: Mapping[Key, Thing], thing: Thing) -> Thing:
    found = state.get(thing.key)
    if found is None or found.sort != thing.sort:
        raise StatementFailed(f"there is no {thing.sort} {thing.name}", state=MISSING)
    return found


def _create(state: Mapping[Key, Thing], thing: Thing) -> Mapping[Key, Thing]:
    if thing.key in state:
        raise StatementFailed(f"there is a {state[thing.key].sort} {thing.name} already")
    for sort, path in thing.needs:
        if (sort, path) not in state:
            what = "/".join(path)
            raise StatementFailed(f"{thing.name} needs the {sort} {what}", state=MISSING)
    return {**state, thing.key: thing}


def _drop(state: Mapping[Key, Thing], thing: Thing) -> Mapping[Key, Thing]:
    gone = {_found(state, thing).key}
    gone |= {key for key, other in state.items() if _goes_along(other, thing)}
    for other in state.values():
        if other.key not in gone and gone.intersection(other.needs):
            raise StatementFailed(f"{other.sort} {other.name} needs the {thing.sort} {thing.name}")
    return {key: other for key, other in state.items() if key not in gone}


def _goes_along(other: Thing, thing: Thing) -> bool:
    """Whether a thing is a part or an aspect of another, and goes with it."""
    is_part = other.sort == "box" and other.path[:-1] == thing.path
    is_aspect = other.sort == "grant" and other.of == thing.path
    return thing.sort == "shelf" and (is_part or is_aspect)


def _label(state: Mapping[Key, Thing], thing: Thing) -> Mapping[Key, Thing]:
    found = msgspec.structs.replace(_found(state, thing), label=thing.label)
    return {**state, thing.key: found}


def _change(state: Mapping[Key, Thing], thing: Thing) -> Mapping[Key, Thing]:
    for other in state.values():
        if other.sort == "view" and thing.key in other.needs:
            raise StatementFailed(f"view {other.name} needs the type of box {thing.name}")
    found = msgspec.structs.replace(_found(state, thing), type=thing.type)
    return {**state, thing.key: found}


def _check(state: Mapping[Key, Thing], thing: Thing) -> Mapping[Key, Thing]:
    found = msgspec.structs.replace(_found(state, thing), text=thing.text)
    return {**state, thing.key: found}


def _put(state: Mapping[Key, Thing], thing: Thing) -> Mapping[Key, Thing]:
    found = _found(state, thing)
    return {**state, thing.key: msgspec.structs.replace(found, rows=found.rows + thing.rows)}


_VERBS: dict[str, Callable[[Mapping[Key, Thing], Thing], Mapping[Key, Thing]]] = {
    "create": _create,
    "install": _create,
    "drop": _drop,
    "label": _label,
    "change": _change,
    "check": _check,
    "put": _put,
}
