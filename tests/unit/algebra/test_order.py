"""Steps are ordered by what they produce, consume and destroy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockplane_core.algebra.order import ordered
from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.testing.fakes import BOX, SHELF, VIEW, fake_kinds

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

NAMES = "abcdef"
Action = tuple[str, str]  # a name, and what happens to it


def ref(name: str) -> Ref:
    """A thing of no kind."""
    return Ref("toy.thing", (name,))


def step(name: str, *, makes: str = "", needs: str = "", ends: str = "") -> Step:
    """A step by single-letter names."""
    return Step(
        description=name,
        sql=(name,),
        produces=tuple(map(ref, makes)),
        consumes=tuple(map(ref, needs)),
        destroys=tuple(map(ref, ends)),
        settles=tuple(map(ref, makes or ends)),
    )


def said(steps: Sequence[Step]) -> list[str]:
    """The descriptions, in order, of sorted steps."""
    return [step.description for step in ordered(steps, {})]


# A world: what each thing needs (only things of earlier letters), and what happens to it.
worlds = st.fixed_dictionaries(
    {
        name: st.tuples(
            st.sets(st.sampled_from(NAMES[:place])) if place else st.just(set()),
            st.sampled_from(["create", "drop", "alter", "replace", "stay", "absent"]),
        )
        for place, name in enumerate(NAMES)
    }
)


@given(worlds, st.randoms(use_true_random=False))
def test_no_step_finds_something_missing_or_in_the_way(
    world: dict[str, tuple[set[str], str]], shuffler: random.Random
) -> None:
    """What happens to a thing decides what may be needed: the rest is left out of its needs."""
    before = {n for n, (_, what) in world.items() if what in ("drop", "alter", "replace", "stay")}
    after = {n for n, (_, what) in world.items() if what in ("create", "alter", "replace", "stay")}
    firm = {n for n, (_, what) in world.items() if what in ("alter", "stay")}
    old = {n: world[n][0] & before for n in before}
    new = {
        n: world[n][0] & (after if world[n][1] in ("create", "replace") else firm) for n in after
    }
    for name in before & after - {n for n, (_, what) in world.items() if what == "replace"}:
        old[name] = new[name]  # what stays as it is, or is altered, needs the same things
    steps = [s for name, (_, what) in world.items() for s in steps_of(name, what, old, new)]
    shuffler.shuffle(steps)
    there = {name: old[name] for name in before}
    for done in ordered(steps, {}):
        verb, name = done.description.split()
        if verb == "drop":
            assert not [n for n, needs in there.items() if name in needs], done
            del there[name]
        else:
            assert new[name] <= there.keys(), done
            assert (name in there) == (verb == "alter")
            there[name] = new[name]
    assert there == new


def steps_of(
    name: str, what: str, old: dict[str, set[str]], new: dict[str, set[str]]
) -> list[Step]:
    """The steps for what happens to a thing."""
    create = step(f"create {name}", makes=name, needs="".join(new.get(name, ())))
    drop = step(f"drop {name}", ends=name, needs="".join(old.get(name, ())))
    alter = step(f"alter {name}", makes=name, ends=name, needs="".join(new.get(name, ())))
    return {"create": [create], "drop": [drop], "replace": [drop, create], "alter": [alter]}.get(
        what, []
    )


@given(st.permutations([step(f"create {n}", makes=n, needs=n2) for n, n2 in ("ba", "ca", "da")]))
def test_the_order_of_input_does_not_matter(steps: list[Step]) -> None:
    assert said(steps) == ["create b", "create c", "create d"]


def test_what_is_dropped_makes_room_for_what_is_made_again() -> None:
    assert said([step("make", makes="a"), step("end", ends="a")]) == ["end", "make"]


def test_a_name_is_free_before_another_kind_takes_it() -> None:
    path = ("books",)
    view = Step(description="drop view", sql=(), destroys=(Ref(VIEW, path),))
    shelf = Step(description="create shelf", sql=(), produces=(Ref(SHELF, path),))
    found = ordered([shelf, view], fake_kinds())
    assert [s.description for s in found] == ["drop view", "create shelf"]


def test_what_only_uses_a_thing_comes_after_it_is_made_and_before_it_ends() -> None:
    use = step("use", needs="a")
    assert said([use, step("make", makes="a")]) == ["make", "use"]
    assert said([step("end", ends="a"), use]) == ["use", "end"]
    assert said([use, step("alter", makes="a", ends="a")]) == ["alter", "use"]


def test_what_only_drops_finds_the_first_state_of_what_it_needs() -> None:
    alter = step("alter", makes="a", ends="a")
    assert said([alter, step("drop", ends="b", needs="a")]) == ["drop", "alter"]


def test_two_steps_of_one_change_keep_the_order_of_their_kind() -> None:
    first = step("first", makes="a", ends="a", needs="z")
    second = step("second", makes="a", ends="a")
    other = step("what the first one waits for", makes="z", ends="z")
    assert said([first, second, other]) == ["what the first one waits for", "first", "second"]


def test_making_comes_before_changing_and_dropping_where_nothing_else_decides() -> None:
    steps = [step("drop", ends="a"), step("alter", makes="b", ends="b"), step("make", makes="c")]
    assert said(steps) == ["make", "alter", "drop"]


def test_kinds_come_by_weight_and_go_against_it() -> None:
    shelf, box = (Ref(SHELF, ("a",)),), (Ref(BOX, ("b", "k")),)
    made = [
        Step(description=tag, sql=(), produces=p) for tag, p in (("box", box), ("shelf", shelf))
    ]
    gone = [
        Step(description=tag, sql=(), destroys=p) for tag, p in (("box", box), ("shelf", shelf))
    ]
    kinds = fake_kinds()
    assert [s.description for s in ordered(made, kinds)] == ["shelf", "box"]
    assert [s.description for s in ordered(gone[::-1], kinds)] == ["box", "shelf"]


def test_steps_that_name_nothing_can_be_compared_with_those_that_do() -> None:
    """A hand-written step names nothing, and neither weighs anything."""
    bare = Step(description="bare", sql=("x",))
    assert said([step("make", makes="a"), bare]) == ["bare", "make"]


def test_steps_that_wait_for_one_another_are_named() -> None:
    circle = [step("one", makes="a", needs="b"), step("other", makes="b", needs="a")]
    with pytest.raises(UnsupportedChange, match="wait for one another: one; other") as caught:
        ordered(circle, {})
    assert caught.value.name == "cycle"
