"""Each hook, as a stranger's plugin uses it, through the API."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from lockplane_core.config import Settings
from lockplane_core.errors import Refused
from lockplane_core.model.consent import Consent
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Node
from lockplane_core.model.record import Outcome
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Document, Parsed
from lockplane_core.spi import hookspecs
from lockplane_core.spi.check import Check, CheckScope, Subject
from lockplane_core.spi.command import CommandSpec, Setting
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.spi.init_target import Answers, InitTarget, Prospect
from lockplane_core.spi.kind import Kind
from lockplane_core.spi.loader import Loaded
from lockplane_core.spi.profile import Profile
from lockplane_core.testing.fakes import (
    SHELF,
    FakeDialect,
    FakeServer,
    ShelfBody,
    fake_lockplane,
    fake_registry,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.finding import Severity
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.record import RunResult
    from lockplane_core.model.scope import Scope
    from lockplane_core.model.step import Step
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.reader import Reader
    from lockplane_core.spi.session import Session

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("lockplane_"))
PAGE = Path(__file__).parents[3] / "docs/hooks.md"


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_test_that_is_named_after_it(hook: str) -> None:
    assert f"test_hook_{hook}" in globals()


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_typed_and_says_what_it_is_for(hook: str) -> None:
    function = getattr(hookspecs, hook)
    signature = inspect.signature(function)
    assert (inspect.getdoc(function) or "").partition("\n")[0].endswith((".", ":"))
    assert signature.return_annotation is not signature.empty
    assert all(p.annotation is not p.empty for p in signature.parameters.values())


@pytest.mark.skipif(not PAGE.exists(), reason="the docs are no part of the source distribution")
@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_heading_with_its_signature_in_the_docs(hook: str) -> None:
    signature = str(inspect.signature(getattr(hookspecs, hook))).replace("'", "")
    assert f"\n### `{hook}{signature}`\n" in PAGE.read_text("utf-8")


# -- stages ----------------------------------------------------------------------------------


@pytest.fixture
def main(server: FakeServer) -> FakeServer:
    """A server with one database that holds one shelf."""
    server.create("main", "create shelf old")
    return server


def with_plugin(server: FakeServer, plugin: object) -> Lockplane:
    """The API with the fake product and one stranger."""
    return fake_lockplane(server, stranger=plugin)


def test_hook_lockplane_parse(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_parse(self, dialect: Dialect, document: Document) -> Parsed | None:
            """Read SHOUTED files; leave others to the dialect."""
            if document.text.isupper():
                return dialect.parse(Document(document.name, document.text.lower()))
            return None

    with with_plugin(main, Plugin()) as lockplane:
        shouted = lockplane.plan("fake:main", schema("CREATE SHELF OLD", "CREATE SHELF NEW"))
        assert [s.description for s in shouted.plan.steps] == ["Create shelf new"]
        assert lockplane.plan("fake:main", schema("create shelf old")).plan.steps == ()


def test_hook_lockplane_introspect(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_introspect(
            self, dialect: Dialect, session: Session, scope: Scope
        ) -> Catalog | None:
            """Read nothing but shelves."""
            return dialect.introspect(session, [ShelvesAlone()])

    class ShelvesAlone(Kind):
        def introspect(self, reader: Reader) -> Iterable[Node]:
            return list(fake_registry(main).kinds("fake")[SHELF].introspect(reader))

    with with_plugin(main, Plugin()) as lockplane:
        path = schema("create shelf old", "create box old.unseen text")
        assert lockplane.plan("fake:main", path).plan.steps == ()


def test_hook_lockplane_diff(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_diff(
            self, dialect: Dialect, before: Catalog, after: Catalog
        ) -> list[Change] | None:
            """See no difference between two states that both hold something."""
            return [] if len(before) and len(after) else None

    with with_plugin(main, Plugin()) as lockplane:
        assert lockplane.diff("fake:main", schema("create shelf new")) == {}


def test_hook_lockplane_render(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_render(
            self, dialect: Dialect, changes: list[Change], before: Catalog, after: Catalog
        ) -> list[Step] | None:
            """Write nothing."""
            return []

    with with_plugin(main, Plugin()) as lockplane:
        assert lockplane.plan("fake:main", schema("create shelf new")).plan.steps == ()


def test_hook_lockplane_validate(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_validate(self, dialect: Dialect, subject: Subject) -> list[Finding]:
            """Adapt a foreign linter."""
            return [Finding(id="foreign", severity="warning", message=dialect.title)]

    with with_plugin(main, Plugin()) as lockplane:
        found = lockplane.validate_sql(schema("create shelf new"))
        assert [(f.id, f.message) for f in found] == [("foreign", "Fake")]


def test_hook_lockplane_execute(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_execute(
            self, dialect: Dialect, plan: Plan, step: Step, session: Session
        ) -> Outcome | None:
            """Take over steps that make a shelf."""
            if step.description != "Create shelf new":
                return None
            session.script(step.sql)
            return Outcome(state="adopted")

    listener = Hears()
    with fake_lockplane(main, stranger=Plugin(), listener=listener) as lockplane:
        path = schema("create shelf old label x", "create shelf new")
        assert lockplane.apply("fake:main", lockplane.plan("fake:main", path).plan).success
    assert listener.heard[1:3] == ["Create shelf new: adopted", "Label shelf old: executed"]


# -- registration ----------------------------------------------------------------------------


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
    with with_plugin(server, Plugin()) as lockplane:
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

    with with_plugin(main, Plugin()) as lockplane:
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

    with with_plugin(main, Plugin()) as lockplane:
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


# -- lifecycle -------------------------------------------------------------------------------


class Hears:
    """Remembers what happened during a run."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    @hookimpl
    def lockplane_before_apply(self, plan: Plan, session: Session) -> None:
        """Remember the beginning."""
        self.heard.append(f"before {len(plan.steps)} steps")

    @hookimpl
    def lockplane_after_step(self, plan: Plan, step: Step, outcome: Outcome) -> None:
        """Remember a step."""
        self.heard.append(f"{step.description}: {outcome.state}")

    @hookimpl
    def lockplane_after_apply(self, plan: Plan, result: RunResult) -> None:
        """Remember the end."""
        self.heard.append(result.state)


def test_hook_lockplane_ignore(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_ignore(self, dialect: Dialect, catalog: Catalog) -> list[Ref]:
            """Leave alone what is called old."""
            return [node.ref for node in catalog if node.ref.name == "old"]

    with with_plugin(main, Plugin()) as lockplane:
        assert lockplane.diff("fake:main", schema("")) == {}
        assert lockplane.tree(lockplane.read("fake:main")) == {
            "dialect": "fake",
            "shelves": [],
        }


def test_hook_lockplane_before_apply(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_before_apply(self, plan: Plan, session: Session) -> None:
            """Refuse on Fridays."""
            raise Refused("not on a Friday", hint="Wait for Monday.")

    with with_plugin(main, Plugin()) as lockplane:
        plan = lockplane.plan("fake:main", schema("create shelf old", "create shelf new")).plan
        with pytest.raises(Refused, match="not on a Friday"):
            lockplane.apply("fake:main", plan)
    assert "new" not in [key[1][0] for key in main.databases["main"].state]


def test_hook_lockplane_after_step(main: FakeServer, schema: Callable[..., str]) -> None:
    listener = Hears()
    with with_plugin(main, listener) as lockplane:
        path = schema("create shelf old label x", "create shelf new")
        lockplane.apply("fake:main", lockplane.plan("fake:main", path).plan)
    assert listener.heard == [
        "before 2 steps",
        "Create shelf new: executed",
        "Label shelf old: executed",
        "committed",
    ]


def test_hook_lockplane_after_apply(main: FakeServer, schema: Callable[..., str]) -> None:
    """What it raises changes nothing about the run, and becomes a notice."""

    class Plugin(Hears):
        @hookimpl
        def lockplane_after_apply(self, plan: Plan, result: RunResult) -> None:
            """Remember, and break."""
            super().lockplane_after_apply(plan, result)
            raise OSError("no paper")

    listener = Plugin()
    with with_plugin(main, listener) as lockplane:
        planned = lockplane.plan("fake:main", schema(""))
        consent = Consent(allow_data_loss=True)
        result = lockplane.apply("fake:main", planned.plan, consent=consent)
    assert result.success
    assert "no paper" in result.notices[-1]
    assert listener.heard[-1] == "committed"
