"""What takes a step back, in the few words of a report: `DROP COLUMN users.age`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_core.spi.kind import Kind

_SHOWN = 10
_PARTS = ("column", "constraint")
"""Roles of what is added to an object that stands, not created."""
_LOST = " (what it held is gone)"


def inverses(step: Step, kinds: Mapping[str, Kind]) -> list[str]:
    """The reverse of what a step does to each object that it is about."""
    about = _about(step, kinds)
    found = _renamed(about, step, kinds) or [_inverse(ref, about, step, kinds) for ref in about]
    more = len(found) - _SHOWN
    return [*found[:_SHOWN], f"and {more} more"] if more > 0 else found


def _about(step: Step, kinds: Mapping[str, Kind]) -> list[Ref]:
    """The objects of a step without their parts: a table, and not each of its columns."""
    refs = dict.fromkeys(step.settles or (*step.produces, *step.destroys))
    known: Sequence[Ref] = [ref for ref in refs if ref.kind in kinds]
    tags = {ref.kind for ref in known}
    roots = [ref for ref in known if not tags.intersection(_above(ref.kind, kinds))]
    spoken = [ref for ref in roots if kinds[ref.kind].role != "comment"]
    return spoken or roots


def _above(tag: str, kinds: Mapping[str, Kind]) -> Iterator[str]:
    while tag in kinds and (tag := kinds[tag].parent):
        yield tag


def _renamed(about: Sequence[Ref], step: Step, kinds: Mapping[str, Kind]) -> list[str]:
    """One object that goes and one of its kind that comes, without loss, are one object."""
    old = [ref for ref in about if _goes(ref, step)]
    new = [ref for ref in about if _comes(ref, step)]
    if len(about) != len(old) + len(new) or not len(old) == len(new) == 1:
        return []
    if "data_loss" in step.effects or old[0].kind != new[0].kind:
        return []
    return [f"RENAME {_named(new[0], kinds)} TO {old[0].name}"]


def _inverse(ref: Ref, about: Sequence[Ref], step: Step, kinds: Mapping[str, Kind]) -> str:
    if _comes(ref, step):
        return f"DROP {_named(ref, kinds)}"
    if _goes(ref, step):
        verb = "ADD" if kinds[ref.kind].role in _PARTS else "CREATE"
        lost = _LOST if "data_loss" in step.effects else ""
    else:
        verb = "ALTER"
        lost = _LOST if _loses_values(about, step) else ""
    return f"{verb} {_named(ref, kinds)}{lost}"


def _comes(ref: Ref, step: Step) -> bool:
    return ref in step.produces and ref not in step.destroys


def _goes(ref: Ref, step: Step) -> bool:
    return ref in step.destroys and ref not in step.produces


def _loses_values(about: Sequence[Ref], step: Step) -> bool:
    """Whether a loss can only be that of an object that stays."""
    return "data_loss" in step.effects and not any(_goes(ref, step) for ref in about)


def _named(ref: Ref, kinds: Mapping[str, Kind]) -> str:
    return f"{ref.noun.upper()} {kinds[ref.kind].spoken(ref)}"
