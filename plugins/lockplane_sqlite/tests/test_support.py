"""What the kinds say they can do, some case shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lockplane_core.testing.cases import read_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lockplane_core.app import Lockplane
    from lockplane_core.spi.kind import Kind

    Schema = Callable[[str, str], str]

ACTIONS = ("create", "alter", "replace", "drop")


def test_every_claim_is_shown_by_a_case(
    kinds: Mapping[str, Kind], lockplane: Lockplane, schema: Schema
) -> None:
    """The table of the documentation promises nothing that no law was checked on."""
    claimed = {
        (tag, action)
        for tag, kind in kinds.items()
        for action in ACTIONS
        if getattr(kind.support(), action)
    }
    shown = set()
    for case in read_cases(Path(__file__).parent / "cases"):
        for way in (case, case.reversed()):
            if not way.refused and not way.needs:
                before, after = schema("before", way.before), schema("after", way.after)
                changes = lockplane.plan(before, after).changes
                shown |= {(change.ref.kind, change.action) for change in changes}
    assert claimed - shown == set()
    assert {pair for pair in shown - claimed if pair[1] != "rename"} == set()
