"""The façade: every stage can be wrapped, and whoever breaks in one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_core.errors import PluginError, Refused
from lockplane_core.model.finding import Finding
from lockplane_core.model.scope import Scope
from lockplane_core.model.statement import Document
from lockplane_core.plugins.discovery import Found
from lockplane_core.plugins.registry import Registry
from lockplane_core.plugins.stages import Stages
from lockplane_core.spi.check import Subject
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.testing.fakes import FakeDialect, FakeServer, fake_catalog, fake_lockplane

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.record import Outcome
    from lockplane_core.model.statement import Parsed
    from lockplane_core.model.step import Step
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.session import Session


class WrapsEverything:
    """New-style wrappers: each one sees the result of a stage and hands on another one."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    @hookimpl(wrapper=True)
    def lockplane_parse(
        self, dialect: Dialect, document: Document
    ) -> Generator[None, Parsed, Parsed]:
        """Leave out the last statement."""
        parsed = yield
        self.seen.append("parse")
        return msgspec.structs.replace(parsed, statements=parsed.statements[:-1])

    @hookimpl(wrapper=True)
    def lockplane_introspect(
        self, dialect: Dialect, session: Session, scope: Scope
    ) -> Generator[None, Catalog, Catalog]:
        """Hide what is called hidden."""
        catalog = yield
        self.seen.append("introspect")
        return catalog.replace(node for node in catalog if node.ref.name != "hidden")

    @hookimpl(wrapper=True)
    def lockplane_diff(
        self, dialect: Dialect, before: Catalog, after: Catalog
    ) -> Generator[None, list[Change], list[Change]]:
        """Count the changes."""
        changes = yield
        self.seen.append("diff")
        return changes

    @hookimpl(wrapper=True)
    def lockplane_render(
        self, dialect: Dialect, changes: list[Change], before: Catalog, after: Catalog
    ) -> Generator[None, list[Step], list[Step]]:
        """Put other words on every step."""
        steps = yield
        self.seen.append("render")
        return [msgspec.structs.replace(s, description=s.description.upper()) for s in steps]

    @hookimpl(wrapper=True)
    def lockplane_validate(
        self, dialect: Dialect, subject: Subject
    ) -> Generator[None, list[list[Finding]], list[list[Finding]]]:
        """Add a finding to those of everybody."""
        results = yield
        self.seen.append("validate")
        return [*results, [Finding(id="wrapped", severity="info", message="m")]]

    @hookimpl(wrapper=True)
    def lockplane_execute(
        self, dialect: Dialect, plan: Plan, step: Step, session: Session
    ) -> Generator[None, Outcome, Outcome]:
        """Say that nothing had to be done."""
        outcome = yield
        self.seen.append("execute")
        return msgspec.structs.replace(outcome, state="satisfied")


def test_a_wrapper_of_each_stage_is_heard(schema: Callable[..., str]) -> None:
    server, wrapper, outcomes = FakeServer(), WrapsEverything(), Outcomes()
    server.create("main", "create shelf hidden")
    with fake_lockplane(server, wrapper=wrapper, outcomes=outcomes) as lockplane:
        planned = lockplane.plan("fake:main", schema("create shelf a", "create shelf b"))
        assert [step.description for step in planned.plan.steps] == ["CREATE SHELF A"]
        assert [finding.id for finding in planned.findings] == ["wrapped"]
        assert lockplane.apply("fake:main", planned.plan).success
    stages = {"parse", "introspect", "diff", "render", "validate", "execute"}
    assert set(wrapper.seen) == stages
    assert outcomes.states == ["satisfied"]


class Outcomes:
    """Listens to what came of steps."""

    def __init__(self) -> None:
        self.states: list[str] = []

    @hookimpl
    def lockplane_after_step(self, plan: Plan, step: Step, outcome: Outcome) -> None:
        """Remember."""
        self.states.append(outcome.state)


# -- plugins that break ----------------------------------------------------------------------


def stages(**plugins: object) -> Stages:
    """The stages of the fake dialect with these plugins and no default."""
    found = [Found(name=n, distribution=n, version="1", plugin=p) for n, p in plugins.items()]
    return Stages(Registry(found, {}), FakeDialect(FakeServer()))


def called(stages: Stages, stage: str) -> Any:
    """What a stage returns for the simplest arguments."""
    catalog = fake_catalog()
    arguments: dict[str, tuple[Any, ...]] = {
        "parse": (Document("a.lp.sql", ""),),
        "introspect": (None, Scope()),
        "diff": (catalog, catalog),
        "render": ([], catalog, catalog),
        "validate": (Subject(dialect="fake"),),
        "execute": (None, None, None),
        "ignored": (catalog,),
        "before_apply": (None, None),
        "after_step": (None, None, None),
        "after_apply": (None, None),
    }
    return getattr(stages, stage)(*arguments[stage])


STAGES = ["parse", "introspect", "diff", "render", "execute"]
JOINED = ["validate", "ignored", "before_apply", "after_step", "after_apply"]


def hook(stage: str) -> str:
    """The hook behind a method of the façade."""
    return f"lockplane_{'ignore' if stage == 'ignored' else stage}"


def implementing(stage: str, body: Callable[[], Any]) -> object:
    """A plugin that implements one hook without looking at its arguments."""
    return type("Plugin", (), {hook(stage): staticmethod(hookimpl(body))})()


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_nobody_takes_is_an_error_that_names_the_dialect(stage: str) -> None:
    with pytest.raises(PluginError, match=f"no plugin implements {hook(stage)} for fake"):
        called(stages(), stage)


@pytest.mark.parametrize("stage", JOINED)
def test_a_hook_that_is_joined_needs_nobody(stage: str) -> None:
    assert not called(stages(), stage)


@pytest.mark.parametrize("stage", [*STAGES, *JOINED])
def test_a_plugin_that_breaks_is_named_with_the_hook(stage: str) -> None:
    def breaks() -> None:
        raise ZeroDivisionError("oh no")

    with pytest.raises(PluginError) as caught:
        called(stages(clumsy=implementing(stage, breaks)), stage)
    said = f"{hook(stage)} failed in the plugin 'clumsy' ({__name__}): ZeroDivisionError: oh no"
    assert caught.value.message == said


@pytest.mark.parametrize("stage", ["diff", "render", "validate", "ignored"])
def test_a_generator_that_breaks_late_is_named_all_the_same(stage: str) -> None:
    def breaks() -> Iterator[Any]:
        yield from ([],) if stage == "validate" else ()
        raise ZeroDivisionError("late")

    with pytest.raises(PluginError, match=r"'clumsy'.*ZeroDivisionError: late"):
        called(stages(clumsy=implementing(stage, breaks)), stage)


@pytest.mark.parametrize("stage", [*STAGES, *JOINED])
def test_an_error_with_a_way_out_stays_what_it_is(stage: str) -> None:
    def refuses() -> None:
        raise Refused("not here", hint="Go there.")

    with pytest.raises(Refused, match="not here"):
        called(stages(strict=implementing(stage, refuses)), stage)


def test_what_is_ignored_is_ignored_with_all_below_it() -> None:
    catalog = fake_catalog("create shelf a\ncreate box a.k text\ncreate shelf b")
    (shelf,) = (node.ref for node in catalog if node.ref.path == ("a",))
    ignored = stages(p=implementing("ignored", lambda: [shelf])).ignored(catalog)
    assert {ref.path for ref in ignored} == {("a",), ("a", "k")}
