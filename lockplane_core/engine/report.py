"""The report of a validated plan, as people read it.

What checks and guards found about a step stands under its name, which goes without saying where
there is but one: errors, warnings, then
reasons. Reasons are what they said in passing (findings of severity `info`) and the way out of
errors and warnings, then what the step itself states: its effects, whom it keeps waiting for
long, and whether the plan knows how to take it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.undo import PREFIX
from lockplane_core.engine.inverse import inverses
from lockplane_core.model.finding import Finding
from lockplane_core.model.step import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lockplane_core.model.plan import Plan
    from lockplane_core.model.step import Effect, Lock
    from lockplane_core.spi.kind import Kind

HEADING = "=== Validation Results ==="
_NOTHING = "✓ Nothing to do: the two sides are the same\n"
_FAILED = "❌ Validation FAILED: Some operations are not safe"

_REASONS: Mapping[Effect, str] = {
    "rewrite": "Rewrites every row of the table",
    "scan": "Reads every row of the table",
    "backfill": "Fills the rows that are there",
}
_WARNINGS: Mapping[Effect, str] = {
    "breaking": "Programs that run against the schema as it was may break",
    "security": "Changes who may read or write what",
    "irreversible": "Nothing takes this back",
}


class _Entry(msgspec.Struct, frozen=True):
    """One step with what was found about it; `number` is that of the step."""

    number: int
    step: Step
    findings: tuple[Finding, ...]
    undone_by: tuple[str, ...]
    """The descriptions of the undo steps that take it back."""
    passing: bool
    """Whether it only makes way for others: what it drops or makes is there before and after."""

    @property
    def reversible(self) -> bool:
        return bool(self.undone_by) or self.passing

    @property
    def failed(self) -> bool:
        return any(finding.is_error for finding in self.findings)


def report(plan: Plan, findings: Sequence[Finding], kinds: Mapping[str, Kind]) -> str:
    """The whole text, ending in a newline; what fails comes first."""
    if not (plan.steps or findings):
        return _NOTHING
    entries = sorted(_entries(plan, findings), key=lambda entry: not entry.failed)
    lines = [HEADING, ""]
    for place, entry in enumerate(entries, 1):
        if len(entries) > 1:
            lines.append(f"Step {entry.number}: {entry.step.description}")
        lines += [*_paragraph(place, entry, kinds), ""]
    loose = [line for f in findings if f.step is None for line in _judgement(f)]
    lines += [*loose, ""] if loose else []
    return "\n".join([*lines, *_footer(entries, findings)]) + "\n"


def _entries(plan: Plan, findings: Sequence[Finding]) -> list[_Entry]:
    undone: dict[int, list[str]] = {}
    for undo in plan.undo:
        for number in undo.undoes:
            undone.setdefault(number, []).append(undo.step.description.removeprefix(PREFIX))
    passing = _passing(plan)
    return [
        _Entry(
            number,
            step,
            tuple(f for f in findings if f.step == number),
            tuple(undone.get(number, ())),
            number in passing,
        )
        for number, step in enumerate(plan.steps, 1)
    ]


def _passing(plan: Plan) -> set[int]:
    """The steps about nothing but what one of them drops, another makes, and no undo touches."""
    if not plan.undo:
        return set()
    dropped = {ref for step in plan.steps for ref in step.destroys if ref not in step.produces}
    made = {ref for step in plan.steps for ref in step.produces if ref not in step.destroys}
    about = {n: {*s.destroys, *s.produces, *s.settles} for n, s in enumerate(plan.steps, 1)}
    return {number for number, refs in about.items() if refs and refs <= dropped & made}


def _paragraph(place: int, entry: _Entry, kinds: Mapping[str, Kind]) -> Iterator[str]:
    mark, word = ("✗", "FAIL") if entry.failed else ("✓", "PASS")
    yield f"{mark} Validation {place}: {word}"
    for line in (*_judgements(entry), *_reasons(entry, kinds)):
        yield f"  {line}"


def _judgements(entry: _Entry) -> Iterator[str]:
    for severity in ("error", "warning"):
        for finding in entry.findings:
            if finding.severity == severity:
                yield from _judgement(finding)
    for effect in entry.step.effects:
        if effect in _WARNINGS:
            yield f"Warning: {_WARNINGS[effect]}"


def _judgement(finding: Finding) -> Iterator[str]:
    if finding.severity in ("error", "warning"):
        yield f"{finding.severity.capitalize()}: {finding.message}"


def _reasons(entry: _Entry, kinds: Mapping[str, Kind]) -> Iterator[str]:
    judged = [finding for finding in entry.findings if finding.severity != "info"]
    said = [finding.suggestion.rstrip(".") for finding in judged if finding.suggestion]
    said += [f.message for f in entry.findings if f.severity == "info"]
    said += [_REASONS[effect] for effect in entry.step.effects if effect in _REASONS]
    if any(effect in _REASONS for effect in entry.step.effects):
        said += [_lock(lock, kinds) for lock in entry.step.locks if _blocked(lock)]
    if not (said or entry.step.effects):
        said = [_nothing_said(entry)]
    for reason in dict.fromkeys(said):
        yield f"- {reason}"
    for reason in _reversal(entry, kinds):
        yield f"- {reason}"


def _nothing_said(entry: _Entry) -> str:
    if entry.step.produces or entry.step.destroys or entry.step.settles:
        return "Changes no rows"
    return "Written by hand, so nothing is known of its effects but what the proof shows"


def _blocked(lock: Lock) -> str:
    return " and ".join(what for what in ("reads", "writes") if what in lock.blocks)


def _lock(lock: Lock, kinds: Mapping[str, Kind]) -> str:
    kind = kinds.get(lock.ref.kind)
    name = kind.spoken(lock.ref) if kind else ".".join(lock.ref.path)
    return f"Blocks {_blocked(lock)} of {name} meanwhile ({lock.mode})"


def _reversal(entry: _Entry, kinds: Mapping[str, Kind]) -> Iterator[str]:
    if not entry.reversible:
        yield "Not reversible: the plan holds no step that takes it back"
        return
    if not entry.undone_by:
        yield "Reversible: only makes way for other steps, and leaves nothing to take back"
        return
    for inverse in _inverses(entry, kinds):
        yield f"Reversible: {inverse}"


def _inverses(entry: _Entry, kinds: Mapping[str, Kind]) -> Sequence[str]:
    """Who may do what is given and taken, so nothing is dropped: the undo says it better."""
    touched = [kinds[ref.kind] for ref in entry.step.settles if ref.kind in kinds]
    if touched and all(kind.managed for kind in touched):
        return entry.undone_by
    return inverses(entry.step, kinds) or [entry.step.description]


def _footer(entries: Sequence[_Entry], findings: Sequence[Finding]) -> Iterator[str]:
    if any(finding.is_error for finding in findings):
        yield _FAILED
        return
    stuck = [e for e in entries if not e.reversible or "irreversible" in e.step.effects]
    losing = [e for e in entries if "data_loss" in e.step.effects]
    if losing:
        yield f"⚠ Data is lost, and no rollback brings it back: {_numbers(losing)}"
    if stuck:
        yield f"⚠ Not every operation is reversible: {_numbers(stuck)}"
    elif not losing:
        yield "✓ All operations are reversible"
    yield "✓ All validations passed"


def _numbers(entries: Sequence[_Entry]) -> str:
    word = "step" if len(entries) == 1 else "steps"
    return f"{word} {', '.join(str(entry.number) for entry in entries)}"
