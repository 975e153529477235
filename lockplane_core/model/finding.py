"""Finding: what a check reports."""

from __future__ import annotations

from typing import Literal

import msgspec

from lockplane_core.model.node import Span
from lockplane_core.model.ref import Ref

Severity = Literal["error", "warning", "info", "off"]


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`id` is the stable name in words (`no_primary_key`), `code` the short one (`LP105`).

    `span` is where it begins, `end` the line and column just behind it, where that is known.
    `step` counts from 1 where the finding is about a step of a plan.
    """

    id: str
    severity: Severity
    message: str
    code: str = ""
    ref: Ref | None = None
    span: Span | None = None
    end: tuple[int, int] | None = None
    step: int | None = None
    suggestion: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it makes its subject invalid."""
        return self.severity == "error"


def ordered(findings: list[Finding]) -> list[Finding]:
    """By place, then step, then id: the order in which a person reads them."""
    nowhere = Span("", 0, 0)
    return sorted(findings, key=lambda f: (f.span or nowhere, f.step or 0, f.id, f.message))
