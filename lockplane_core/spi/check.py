"""Check: a rule that advises; what guards belongs to the core and the dialects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import msgspec

from lockplane_core.model.catalog import Catalog
from lockplane_core.model.change import Change
from lockplane_core.model.finding import Finding, Severity
from lockplane_core.model.node import Role
from lockplane_core.model.plan import Plan
from lockplane_core.model.statement import Statement
from lockplane_core.spi.facts import Facts
from lockplane_core.spi.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lockplane_core.model.node import Node, Span
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step

_Found = TypeVar("_Found")
CheckScope = Literal["schema", "plan"]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What checks look at.

    Schema checks read `statements` (of all files together, in order); plan checks read
    `plan`, `changes` and both catalogs. `roles` tells the role of every kind tag, `kinds` the
    kinds themselves, and `off` the ids of checks that the project wants nothing of.
    """

    dialect: str
    statements: tuple[Statement, ...] = ()
    plan: Plan | None = None
    changes: tuple[Change, ...] = ()
    before: Catalog | None = None
    after: Catalog | None = None
    roles: Mapping[str, Role] = msgspec.field(default_factory=dict)
    kinds: Mapping[str, Kind] = msgspec.field(default_factory=dict)
    off: frozenset[str] = frozenset()
    found: dict[Any, tuple[object, Any]] = msgspec.field(default_factory=dict)
    """What `shared` remembers."""

    def shared(self, read: Callable[[Sequence[Statement]], _Found]) -> _Found:
        """What a function reads off the statements, worked out once for all checks that ask."""
        known = self.found.get(read)
        if known is None or known[0] is not self.statements:
            known = self.found[read] = (self.statements, read(self.statements))
        answer: _Found = known[1]
        return answer

    def role(self, ref: Ref) -> Role:
        """The role of the kind of `ref`; `other` where nobody models it."""
        return self.roles.get(ref.kind, "other")

    def facts(self, node: Node, catalog: Catalog) -> Facts:
        """What is known of a node of `catalog`; nothing where nobody models its kind."""
        kind = self.kinds.get(node.ref.kind)
        return kind.facts(node, catalog) if kind else Facts()

    def name(self, ref: Ref) -> str:
        """The name as a description says it."""
        kind = self.kinds.get(ref.kind)
        return kind.spoken(ref) if kind else ".".join(ref.path)


class Check:
    """Subclass it once for each rule; its docstring is its documentation.

    `id` is the name in words, `code` the short one; either switches it in `[checks]` of
    lockplane.toml. `bad` and `good` hold schema SQL that must and must not be reported (for a
    plan check, pairs of before and after): they are tests and examples of the docs.
    `dialects` limits it; empty means every one.
    """

    id: ClassVar[str]
    code: ClassVar[str]
    scope: ClassVar[CheckScope]
    severity: ClassVar[Severity]
    dialects: ClassVar[frozenset[str]] = frozenset()
    bad: ClassVar[tuple[str | tuple[str, str], ...]] = ()
    good: ClassVar[tuple[str | tuple[str, str], ...]] = ()

    def run(self, subject: Subject) -> Iterable[Finding]:
        """Report what is wrong with the subject."""
        raise NotImplementedError

    def finding(  # noqa: PLR0913 - all but the message are optional and named
        self,
        message: str,
        *,
        ref: Ref | None = None,
        span: Span | None = None,
        step: int | None = None,
        suggestion: str = "",
        severity: Severity | None = None,
    ) -> Finding:
        """A finding of this check."""
        return Finding(
            id=self.id,
            code=self.code,
            severity=severity or self.severity,
            message=message,
            ref=ref,
            span=span,
            step=step,
            suggestion=suggestion,
        )


def numbered(subject: Subject) -> Iterable[tuple[int, Step]]:
    """The steps of the subject's plan with their numbers from 1; none without a plan."""
    return enumerate(subject.plan.steps, 1) if subject.plan else ()
