"""The undo of a plan takes its steps back, the last one first."""

from __future__ import annotations

from lockplane_core.algebra.undo import undo, undo_of_renames
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Renamed, Step


def step(name: str, *, makes: str = "", needs: str = "", ends: str = "", back: str = "") -> Step:
    """A step by single-letter names."""
    letters = [tuple(Ref("toy.thing", (letter,)) for letter in word) for word in (makes, ends)]
    return Step(
        description=name,
        sql=(name,),
        produces=letters[0],
        destroys=letters[1],
        consumes=tuple(Ref("toy.thing", (letter,)) for letter in needs),
        undo_description=back,
    )


def test_what_was_done_last_is_taken_back_first() -> None:
    forward = [step("make b", makes="b"), step("make a", makes="a"), step("make c", makes="c")]
    backward = [step("drop a", ends="a"), step("drop b", ends="b"), step("drop c", ends="c")]
    found = undo(forward, backward, {})
    assert [(u.step.description, u.undoes) for u in found] == [
        ("Rollback: drop c", (3,)),
        ("Rollback: drop a", (2,)),
        ("Rollback: drop b", (1,)),
    ]


def test_needs_are_stronger_than_the_order_of_the_plan() -> None:
    forward = [step("drop b", ends="b"), step("drop a", ends="a")]
    backward = [step("make b", makes="b"), step("make a", makes="a", needs="b")]
    found = undo(forward, backward, {})
    assert [u.step.description for u in found] == ["Rollback: make b", "Rollback: make a"]


def test_one_step_may_take_back_several() -> None:
    forward = [step("make a", makes="a"), step("make part", makes="b", needs="a")]
    (found,) = undo(forward, [step("drop a with its parts", ends="ab")], {})
    assert found.undoes == (1, 2)


def test_the_words_of_a_person_are_preferred() -> None:
    backward = [step("Make table a again", makes="a", back="Restore table a")]
    (found,) = undo([step("drop a", ends="a")], backward, {})
    assert found.step.description == "Rollback: Restore table a"
    assert found.step.undo_description == ""


def test_a_step_that_takes_nothing_back_is_kept_and_comes_last() -> None:
    backward = [step("tidy up", makes="z"), step("drop a", ends="a")]
    found = undo([step("make a", makes="a")], backward, {})
    assert [u.undoes for u in found] == [(1,), ()]


def test_a_rename_inside_of_something_is_taken_back_by_its_reverse() -> None:
    """It settles the whole as well as the two names, so names tell which step it was."""

    def renamed(old: str, new: str, whole: str) -> Step:
        before, after, outer = (Ref("toy.thing", (name,)) for name in (old, new, whole))
        return Step(
            description=f"{old} to {new}",
            sql=("rename",),
            settles=(after, before, outer),
            renames=(Renamed(old=before, new=after),),
        )

    forward = [renamed("a", "b", "whole"), renamed("c", "d", "whole")]
    found = undo_of_renames(forward, [renamed("d", "c", "whole"), renamed("b", "a", "whole")])
    assert [entry.undoes for entry in found] == [(2,), (1,)]
