"""Stages: the one typed façade through which the engine calls the stage hooks."""

from __future__ import annotations

import inspect
import traceback
from typing import TYPE_CHECKING, Any, TypeVar

from lockplane_core.errors import LockplaneError, PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pluggy import HookCaller

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.record import Outcome, RunResult
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.scope import Scope
    from lockplane_core.model.statement import Document, Parsed
    from lockplane_core.model.step import Step
    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.check import Subject
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.session import Session

_T = TypeVar("_T")


class Stages:
    """Each stage for one dialect.

    Raises `PluginError` where no plugin takes a stage, or one breaks in it.
    """

    def __init__(self, registry: Registry, dialect: Dialect) -> None:
        self.registry = registry
        self.dialect = dialect

    def parse(self, document: Document) -> Parsed:
        """The statements of a document, and its syntax errors."""
        parsed: Parsed = self._first("lockplane_parse", _same, document=document)
        return parsed

    def introspect(self, session: Session, scope: Scope) -> Catalog:
        """The whole catalog of the database that `session` is on."""
        catalog: Catalog
        catalog = self._first("lockplane_introspect", _same, session=session, scope=scope)
        return catalog

    def diff(self, before: Catalog, after: Catalog) -> list[Change]:
        """What changes from one catalog to the other."""
        return self._first("lockplane_diff", _listed, before=before, after=after)

    def render(self, changes: Sequence[Change], before: Catalog, after: Catalog) -> list[Step]:
        """The steps for changes, in no particular order."""
        sides = {"before": before, "after": after}
        return self._first("lockplane_render", _listed, changes=changes, **sides)

    def validate(self, subject: Subject) -> list[Finding]:
        """The findings of everybody."""
        return self._call("lockplane_validate", _joined, dialect=self.dialect, subject=subject)

    def execute(self, plan: Plan, step: Step, session: Session) -> Outcome:
        """Run one step inside an open segment."""
        outcome: Outcome
        outcome = self._first("lockplane_execute", _same, plan=plan, step=step, session=session)
        return outcome

    def ignored(self, catalog: Catalog) -> set[Ref]:
        """The refs that plugins leave out of management, and all below them."""
        named: list[Ref]
        named = self._call("lockplane_ignore", _joined, dialect=self.dialect, catalog=catalog)
        return {node.ref for ref in named if ref in catalog for node in catalog.subtree(ref)}

    def before_apply(self, plan: Plan, session: Session) -> None:
        """Tell plugins that a plan is about to run; they may refuse."""
        self._call("lockplane_before_apply", _same, plan=plan, session=session)

    def after_step(self, plan: Plan, step: Step, outcome: Outcome) -> None:
        """Tell plugins that a step ran."""
        self._call("lockplane_after_step", _same, plan=plan, step=step, outcome=outcome)

    def after_apply(self, plan: Plan, result: RunResult) -> None:
        """Tell plugins how a run ended."""
        self._call("lockplane_after_apply", _same, plan=plan, result=result)

    def _first(self, hook: str, read: Callable[[Any], _T], **kwargs: Any) -> _T:
        """What the one plugin that takes a stage returns."""

        def taken(result: Any) -> _T:
            if result is None:
                raise PluginError(f"no plugin implements {hook} for {self.dialect.name}")
            return read(result)

        return self._call(hook, taken, dialect=self.dialect, **kwargs)

    def _call(self, hook: str, read: Callable[[Any], _T], **kwargs: Any) -> _T:
        """What a hook returns, read to its end: a generator breaks no earlier."""
        caller = getattr(self.registry.manager.hook, hook)
        try:
            return read(caller(**kwargs))
        except LockplaneError:
            raise
        except Exception as problem:
            said = f"{type(problem).__name__}: {problem}"
            raise PluginError(f"{hook} failed in {_culprit(caller, problem)}: {said}") from problem


def _culprit(caller: HookCaller, problem: Exception) -> str:
    """The innermost plugin that an exception came through, and the module that it arose in."""
    owners = {
        getattr(inspect.unwrap(impl.function), "__code__", None): impl.plugin_name
        for impl in caller.get_hookimpls()
    }
    frames = [frame for frame, _ in traceback.walk_tb(problem.__traceback__)]
    names = [owners[frame.f_code] for frame in frames if frame.f_code in owners]
    module = frames[-1].f_globals.get("__name__", "?")
    return f"the plugin {names[-1]!r} ({module})" if names else str(module)


def _same(result: Any) -> Any:
    return result


def _listed(result: Iterable[_T]) -> list[_T]:
    return list(result)


def _joined(results: Iterable[Iterable[_T] | None]) -> list[_T]:
    return [item for items in results for item in items or ()]
