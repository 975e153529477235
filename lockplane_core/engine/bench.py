"""Bench: what every use case works with: one dialect, its stages, and a shadow when needed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from msgspec import structs

from lockplane_core.algebra.fingerprint import fingerprint
from lockplane_core.engine.memo import Memo
from lockplane_core.engine.scoping import Scoped
from lockplane_core.errors import Refused
from lockplane_core.model.statement import Document
from lockplane_core.plugins.stages import Stages
from lockplane_core.spi.shadow import ScratchRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.scope import Scope
    from lockplane_core.model.step import Step
    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.dialect import Dialect, Purpose
    from lockplane_core.spi.kind import Kind
    from lockplane_core.spi.session import Session
    from lockplane_core.spi.shadow import Shadow


Busy = Callable[[str], AbstractContextManager[object]]
"""Hears, for people, what is being done inside of it; it may take long."""


class Bench:
    """One dialect at work. The shadow is found when the first scratch is wanted."""

    def __init__(  # noqa: PLR0913 - all but the dialect are named settings
        self,
        registry: Registry,
        dialect: Dialect,
        *,
        scope: Scope,
        shadow_url: str = "",
        target_url: str = "",
        trust_sql: bool = False,
        protected: bool = False,
        strict: bool = False,
        settings: Mapping[str, object] | None = None,
        busy: Busy = nullcontext,
    ) -> None:
        self.registry = registry
        self.dialect = dialect
        self.scope = scope
        self.trust_sql = trust_sql
        self.strict = strict
        self.busy = busy
        self.stages = Stages(registry, dialect)
        self.extensions: frozenset[str] = frozenset()
        self.version = ""
        self._shadow_url, self._target_url = shadow_url, target_url
        self._protected = protected
        # A catalog never changes, and is asked about by one guard after the other.
        self._managed: WeakKeyDictionary[Catalog, dict[Scope, Sequence[Node]]]
        self._managed = WeakKeyDictionary()
        self._fingerprints: WeakKeyDictionary[Catalog, dict[Scope, str]] = WeakKeyDictionary()
        self._scoped: tuple[Catalog, Scope, Scoped] | None = None
        self._settings = settings or {}

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of the dialect, parents first."""
        return self.registry.kinds(self.dialect.name)

    @cached_property
    def shadow(self) -> Shadow:
        """The server on which scratches are made, of the live server's version where possible.

        Raises `Refused` where it is the server of a protected target.
        """
        request = ScratchRequest(
            shadow_url=self._shadow_url,
            target_url=self._target_url,
            version=self.version,
            extensions=tuple(sorted(self.extensions)),
            settings=self._settings,
        )
        with self.busy("Getting a server for scratches ready"):
            shadow = self.dialect.shadow(request)
        if self._protected and shadow.beside_target:
            shadow.close()
            raise Refused(
                "the environment is protected, and the shadow is the server that its database "
                f"is on ({shadow.judge}): no scratch is made there",
                hint="Name another server with --shadow-db or SHADOW_DATABASE_URL, or none: "
                "then scratches are made elsewhere.",
            )
        return shadow

    def want(self, extensions: Iterable[str]) -> None:
        """Have the next scratch on a server that has these extensions, too."""
        wanted = self.extensions.union(extensions)
        if wanted != self.extensions:
            self.close()
        self.extensions = wanted

    def speak_like(self, plan: Plan) -> None:
        """Read on as a plan was made: on servers of its version, and what it manages."""
        if plan.version and plan.version != self.version:
            self.close()
            self.version = plan.version
        if plan.bound:
            self.scope = structs.replace(self.scope, manage=plan.scope.manage)

    @cached_property
    def memo(self) -> Memo | None:
        """Where resolved schemas are kept for the next run; None where they are not."""
        return Memo.of_user()

    @contextmanager
    def session(self, url: str, purpose: Purpose) -> Iterator[Session]:
        """A session on a database that is not ours; its version is what scratches should have."""
        session = self.dialect.connect(url, purpose)
        self.version = self.version or session.version
        try:
            yield session
        finally:
            session.close()

    def scratch(self) -> AbstractContextManager[Session]:
        """A session on a new, empty database."""
        return self.shadow.scratch()

    def provide(self, steps: Iterable[Step]) -> None:
        """Have on the shadow what steps need and no database holds.

        A step that was written by hand does not say what it needs; its SQL does.
        """
        refs: set[Ref] = set()
        steps = list(steps)
        for step in steps:
            refs.update(step.consumes)
            if not (step.produces or step.destroys or step.settles):
                refs.update(self._named(step))
        self.shadow.provide(refs - {ref for step in steps for ref in step.produces})

    def _named(self, step: Step) -> Iterator[Ref]:
        for sql in step.sql:
            for statement in self.dialect.script(Document(step.description, sql)).statements:
                yield from (item.ref for item in statement.requires)

    def introspect(self, session: Session) -> Catalog:
        """Everything in the database of the session."""
        return self.stages.introspect(session, self.scope)

    def fingerprint(self, catalog: Catalog, scope: Scope) -> str:
        """The fingerprint of what is managed."""
        known = self._fingerprints.setdefault(catalog, {})
        if scope not in known:
            known[scope] = fingerprint(self.managed(catalog, scope), self.dialect.canonical)
        return known[scope]

    def managed(self, catalog: Catalog, scope: Scope) -> Sequence[Node]:
        """The nodes in scope that no plugin ignores and no fresh database holds.

        What a fresh database holds is there for the sake of what is below it and is not in one.
        """
        known = self._managed.setdefault(catalog, {})
        if scope not in known:
            known[scope] = self._found(catalog, scope)
        return known[scope]

    def _found(self, catalog: Catalog, scope: Scope) -> Sequence[Node]:
        ignored = self.stages.ignored(catalog)
        baseline = self.dialect.is_baseline
        scoped = self.scoped(catalog, scope)

        def is_mine(node: Node) -> bool:
            if node.external or (ignored and node.ref in ignored):
                return False
            return scope.is_everything or node in scoped

        def is_wanted(node: Node) -> bool:
            return is_mine(node) and not baseline(node)

        return [
            node
            for node in catalog
            if is_mine(node)
            and (not baseline(node) or any(map(is_wanted, catalog.subtree(node.ref))))
        ]

    def scoped(self, catalog: Catalog, scope: Scope) -> Scoped:
        """Which objects of a catalog a scope manages; the last answer is remembered."""
        known = self._scoped
        if known is None or known[0] is not catalog or known[1] != scope:
            scoped = Scoped(catalog, scope, self.dialect, self.kinds)
            known = self._scoped = catalog, scope, scoped
        return known[2]

    def close(self) -> None:
        """Stop the shadow, if one was started."""
        if "shadow" in self.__dict__:
            self.shadow.close()
            del self.__dict__["shadow"]
