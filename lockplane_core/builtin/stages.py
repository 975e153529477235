"""The default implementation of each stage hook."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.diff import compare, with_replacements
from lockplane_core.algebra.keeping import keeping
from lockplane_core.errors import PluginError, UnsupportedChange
from lockplane_core.log import log
from lockplane_core.model.record import Outcome
from lockplane_core.spi.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.scope import Scope
    from lockplane_core.model.statement import Document, Parsed
    from lockplane_core.model.step import Step
    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.check import Subject
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.kind import Kind
    from lockplane_core.spi.session import Session

_LOGGED = 200
"""Characters of a statement that go to the log."""


class DefaultStages:
    """A plugin whose stages dispatch to the dialect, its kinds and the registered checks."""

    def __init__(self, registry: Callable[[], Registry]) -> None:
        self._registry = registry

    def _kinds(self, dialect: Dialect) -> Mapping[str, Kind]:
        return self._registry().kinds(dialect.name)

    @hookimpl(trylast=True)
    def lockplane_parse(self, dialect: Dialect, document: Document) -> Parsed:
        """Ask the dialect's parser."""
        return dialect.parse(document)

    @hookimpl(trylast=True)
    def lockplane_introspect(self, dialect: Dialect, session: Session, scope: Scope) -> Catalog:
        """Ask each kind, in one snapshot."""
        kinds = self._kinds(dialect).values()
        wanted = [kind for kind in kinds if not kind.managed or kind.managed in scope.manage]
        return dialect.introspect(session, wanted)

    @hookimpl(trylast=True)
    def lockplane_diff(self, dialect: Dialect, before: Catalog, after: Catalog) -> list[Change]:
        """Compare node by node, then replace what stands in the way."""
        changes = [c for c in compare(before, after) if not _is_baseline(dialect, c)]
        return with_replacements(changes, before, after, self._kinds(dialect))

    @hookimpl(trylast=True)
    def lockplane_render(
        self, dialect: Dialect, changes: Sequence[Change], before: Catalog, after: Catalog
    ) -> list[Step]:
        """Hand each kind the changes of its subtree, parents first; then see to what is kept."""
        kinds = self._kinds(dialect)
        return _asking(keeping(_Rendering(kinds, changes, before, after).run(), changes, kinds))

    @hookimpl(trylast=True)
    def lockplane_validate(self, dialect: Dialect, subject: Subject) -> list[Finding]:
        """Run every registered check, each guarded."""
        from lockplane_core.engine import checking

        checks = self._registry().checks.values()
        return checking.run(
            [c for c in checks if not c.dialects or dialect.name in c.dialects], subject
        )

    @hookimpl(trylast=True)
    def lockplane_execute(
        self,
        dialect: Dialect,
        plan: Plan,
        step: Step,
        session: Session,
    ) -> Outcome:
        """Run the statements of the step one by one."""
        start = time.monotonic()
        for sql in step.sql:
            log.debug("execute", step=step.description, sql=sql[:_LOGGED])
            session.execute(sql)
        return Outcome(seconds=time.monotonic() - start)


def _asking(steps: Sequence[Step]) -> list[Step]:
    """The steps, with no question to the target about what one of them makes."""
    made = {ref for step in steps for ref in step.produces}
    return [
        msgspec.structs.replace(step, guards=tuple(g for g in step.guards if g.needs not in made))
        if any(guard.needs in made for guard in step.guards)
        else step
        for step in steps
    ]


def _is_baseline(dialect: Dialect, change: Change) -> bool:
    """Whether the change would make or drop what every fresh database holds."""
    if change.action not in ("create", "drop"):
        return False
    return dialect.is_baseline(change.after or change.old)


class _Rendering:
    """Changes handed from kind to kind until each is settled by exactly one of them."""

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        changes: Sequence[Change],
        before: Catalog,
        after: Catalog,
    ) -> None:
        self.kinds, self.before, self.after = kinds, before, after
        self.open = {change.ref: change for change in changes}
        self.owners: dict[Ref, str] = {}
        self.tags = {change.ref: self._tags_above(change) for change in changes}

    def run(self) -> list[Step]:
        steps = [step for kind in self.kinds.values() for step in self._ask(kind)]
        if self.open:
            names = ", ".join(str(ref) for ref in self.open)
            raise UnsupportedChange(f"no installed kind makes this change: {names}")
        return steps

    def _ask(self, kind: Kind) -> tuple[Step, ...]:
        mine = [change for ref, change in self.open.items() if kind.tag in self.tags[ref]]
        if not mine:
            return ()
        rendered = kind.render(mine, self.before, self.after)
        for ref in dict.fromkeys(rendered.settled):
            self._settle(ref, kind.tag)
        return rendered.steps

    def _settle(self, ref: Ref, tag: str) -> None:
        if self.owners.setdefault(ref, tag) != tag:
            raise PluginError(f"both {self.owners[ref]} and {tag} settle the change of {ref}")
        self.open.pop(ref, None)

    def _tags_above(self, change: Change) -> set[str]:
        """The kind tags of a change's own ref and of all above it, on either side."""
        refs = {change.ref}
        for catalog in (self.before, self.after):
            refs.update(catalog.ancestors(change.ref))
        return {ref.kind for ref in refs}
