"""The hooks of the stages, as a stranger's plugin uses them, through the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.finding import Finding
from lockplane_core.model.record import Outcome
from lockplane_core.model.statement import Document, Parsed
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.spi.kind import Kind
from lockplane_core.testing.fakes import (
    SHELF,
    FakeServer,
    fake_lockplane,
    fake_registry,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.scope import Scope
    from lockplane_core.model.step import Step
    from lockplane_core.spi.check import Subject
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.reader import Reader
    from lockplane_core.spi.session import Session


def test_hook_lockplane_parse(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_parse(self, dialect: Dialect, document: Document) -> Parsed | None:
            """Read SHOUTED files; leave others to the dialect."""
            if document.text.isupper():
                return dialect.parse(Document(document.name, document.text.lower()))
            return None

    with fake_lockplane(main, stranger=Plugin()) as lockplane:
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

    with fake_lockplane(main, stranger=Plugin()) as lockplane:
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

    with fake_lockplane(main, stranger=Plugin()) as lockplane:
        assert lockplane.diff("fake:main", schema("create shelf new")) == {}


def test_hook_lockplane_render(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_render(
            self, dialect: Dialect, changes: list[Change], before: Catalog, after: Catalog
        ) -> list[Step] | None:
            """Write nothing."""
            return []

    with fake_lockplane(main, stranger=Plugin()) as lockplane:
        assert lockplane.plan("fake:main", schema("create shelf new")).plan.steps == ()


def test_hook_lockplane_validate(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_validate(self, dialect: Dialect, subject: Subject) -> list[Finding]:
            """Adapt a foreign linter."""
            return [Finding(id="foreign", severity="warning", message=dialect.title)]

    with fake_lockplane(main, stranger=Plugin()) as lockplane:
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

        @hookimpl
        def lockplane_after_step(self, step: Step, outcome: Outcome) -> None:
            """Remember what became of a step."""
            heard.append(f"{step.description}: {outcome.state}")

    heard: list[str] = []
    with fake_lockplane(main, stranger=Plugin()) as lockplane:
        path = schema("create shelf old label x", "create shelf new")
        assert lockplane.apply("fake:main", lockplane.plan("fake:main", path).plan).success
    assert heard == ["Create shelf new: adopted", "Label shelf old: executed"]
