"""The hooks by which a stranger's plugin brings something."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lockplane_core.config import Settings
from lockplane_core.model.node import Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Document
from lockplane_core.spi.check import Check, CheckScope, Subject
from lockplane_core.spi.command import CommandSpec, Setting
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.spi.init_target import Answers, InitTarget, Prospect
from lockplane_core.spi.kind import Kind
from lockplane_core.spi.loader import Loaded
from lockplane_core.spi.profile import Profile
from lockplane_core.testing.fakes import (
    FakeDialect,
    FakeServer,
    ShelfBody,
    fake_lockplane,
    fake_registry,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from lockplane_core.model.finding import Finding, Severity
    from lockplane_core.model.plan import Plan
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.reader import Reader


def test_hook_lockplane_dialects() -> None:
    class Second(FakeDialect):
        name, title = "second", "Second"

        def claims(self, url: str) -> bool:
            return url.startswith("second:")

    class Plugin:
        @hookimpl
        def lockplane_dialects(self) -> list[Dialect]:
            """Return a dialect."""
            return [Second(FakeServer())]

    registry = fake_registry(FakeServer(), second=Plugin())
    assert list(registry.dialects) == ["fake", "second"]
    claiming = registry.claiming("second:x")
    assert claiming is registry.dialect("second")


def test_hook_lockplane_kinds(server: FakeServer) -> None:
    """A package may bring kinds for a dialect that is not its own."""

    class Rooms(Kind):
        tag, plural, role, body = "rooms.room", "rooms", "schema", ShelfBody

        def introspect(self, reader: Reader) -> Iterable[Node]:
            return [Node(ref=Ref(self.tag, ("all",)), body=ShelfBody())]

    class Plugin:
        @hookimpl
        def lockplane_kinds(self, dialect: str) -> list[Kind]:
            """Return a kind for the fake product."""
            return [Rooms()] if dialect == "fake" else []

    server.create("main")
    with fake_lockplane(server, stranger=Plugin()) as lockplane:
        state = lockplane.read("fake:main")
        assert Ref("rooms.room", ("all",)) in state.catalog
        assert lockplane.tree(state)["rooms"] == [{"name": "all"}]


class NoLobby(Check):
    """A check of a stranger."""

    id = "no_lobby"
    code = "XX001"
    scope: ClassVar[CheckScope] = "schema"
    severity: ClassVar[Severity] = "error"

    def run(self, subject: Subject) -> Iterable[Finding]:
        """Report every shelf that is called lobby2."""
        for statement in subject.statements:
            for item in statement.declares:
                if item.ref.name == "lobby2":
                    yield self.finding("no second lobby", ref=item.ref, span=item.span)


def test_hook_lockplane_checks(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_checks(self) -> list[Check]:
            """Return a check."""
            return [NoLobby()]

    with fake_lockplane(main, stranger=Plugin()) as lockplane:
        path = schema("create shelf ok", "create shelf lobby2")
        (found,) = lockplane.validate_sql(path)
    assert (found.id, found.code, str(found.span)) == ("no_lobby", "XX001", f"{path}:2:1")


def test_hook_lockplane_loaders(main: FakeServer) -> None:
    class Names:
        prefix: ClassVar[str] = "names"

        def load(self, value: str, dialect: Dialect, folder: Path) -> Loaded:
            text = "".join(f"create shelf {name}\n" for name in value.split(","))
            return Loaded(documents=(Document("names", text),), declarative=True)

    class Plugin:
        @hookimpl
        def lockplane_loaders(self) -> list[Names]:
            """Return a loader."""
            return [Names()]

    with fake_lockplane(main, stranger=Plugin()) as lockplane:
        steps = lockplane.plan("fake:main", "names:old,new").plan.steps
        assert [step.description for step in steps] == ["Create shelf new"]


def test_hook_lockplane_formats() -> None:
    class Count:
        name: ClassVar[str] = "count"
        writes: ClassVar[str] = "plan"

        def render(self, plan: Plan) -> str:
            return f"{len(plan.steps)}\n"

    class Plugin:
        @hookimpl
        def lockplane_formats(self) -> list[Count]:
            """Return a format."""
            return [Count()]

    registry = fake_registry(FakeServer(), stranger=Plugin())
    assert registry.formats["plan", "count"].name == "count"


def test_hook_lockplane_commands() -> None:
    class Plugin:
        @hookimpl
        def lockplane_commands(self) -> list[CommandSpec]:
            """Return a command."""
            return [CommandSpec("greet", "nowhere:main", "Say hello.")]

    registry = fake_registry(FakeServer(), stranger=Plugin())
    assert registry.commands["greet"].module == "nowhere:main"


def test_hook_lockplane_init_targets() -> None:
    class Cupboard(InitTarget):
        """Begin with a cupboard."""

        name, help, dialect = "cupboard", "A cupboard", "fake"

        def look(self, answers: Answers, folder: Path) -> Prospect:
            return Prospect(url="fake:cupboard", is_new=True)

        def make(self, answers: Answers, folder: Path) -> list[str]:
            return ["Made a cupboard"]

    class Plugin:
        @hookimpl
        def lockplane_init_targets(self) -> list[InitTarget]:
            """Return a target."""
            return [Cupboard()]

    registry = fake_registry(FakeServer(), stranger=Plugin())
    assert registry.init_targets["cupboard"].help == "A cupboard"


def test_hook_lockplane_profiles(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_profiles(self) -> list[Profile]:
            """Return a profile."""
            return [Profile(name="ours", dialect="fake", title="Ours", exclude=("shelf:ol*",))]

    settings = Settings(dialect="fake", profiles=("ours",))
    with fake_lockplane(main, settings=settings, stranger=Plugin()) as lockplane:
        assert lockplane.diff("fake:main", schema("")) == {}


def test_hook_lockplane_settings() -> None:
    class Plugin:
        @hookimpl
        def lockplane_settings(self) -> list[Setting]:
            """Return a setting."""
            return [Setting("greet", "name", "Whom to greet.")]

    registry = fake_registry(FakeServer(), stranger=Plugin())
    assert registry.settings["greet.name"].key == "name"
