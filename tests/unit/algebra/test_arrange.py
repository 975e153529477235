"""Statements of schema files are arranged so that each finds what it requires."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lockplane_core.algebra.arrange import arranged
from lockplane_core.model.node import Span
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Declared, Statement

NAMES = "abcdef"


def statement(name: str, requires: frozenset[str] = frozenset()) -> Statement:
    """A statement that declares one thing."""
    span = Span("f", 1)
    return Statement(
        verb="create",
        sql=name,
        span=span,
        declares=(Declared(ref=Ref("toy.thing", (name,)), span=span),),
        requires=tuple(Declared(ref=Ref("toy.thing", (r,)), span=span) for r in sorted(requires)),
    )


def requiring(name: str, names: str) -> st.SearchStrategy[Statement]:
    """A statement that declares a name and requires some of the names."""
    some: st.SearchStrategy[frozenset[str]] = st.just(frozenset())
    some = st.frozensets(st.sampled_from(names)) if names else some
    return st.builds(statement, st.just(name), some)


without_circles = st.tuples(
    *(requiring(name, NAMES[:place]) for place, name in enumerate(NAMES))
).flatmap(st.permutations)
any_at_all = st.tuples(*(requiring(name, f"{NAMES}x") for name in NAMES)).flatmap(st.permutations)


def required(one: Statement) -> set[str]:
    """The names that a statement requires of others."""
    return {item.ref.name for item in one.requires} & set(NAMES) - {one.sql}


@given(any_at_all)
def test_no_statement_is_lost_or_made_up(statements: list[Statement]) -> None:
    assert sorted(s.sql for s in arranged(statements)) == list(NAMES)


@given(without_circles)
def test_each_finds_what_it_requires(statements: list[Statement]) -> None:
    seen: set[str] = set()
    for one in arranged(statements):
        assert required(one) <= seen
        seen.add(one.sql)


@given(without_circles)
def test_what_is_in_order_stays_as_it_is(statements: list[Statement]) -> None:
    once = arranged(statements)
    assert arranged(once) == once


@given(any_at_all)
def test_those_that_wait_for_one_another_come_last_as_they_were_given(
    statements: list[Statement],
) -> None:
    found = arranged(statements)
    done: set[str] = set()
    free = [one for one in found if required(one) <= done and not done.add(one.sql)]  # type: ignore[func-returns-value]
    rest = found[len(free) :]
    assert found[: len(free)] == free
    assert rest == [one for one in statements if one in rest]


def test_a_statement_may_require_what_it_declares_itself() -> None:
    own = statement("a", frozenset("a"))
    assert arranged([own]) == [own]


def test_all_that_declare_a_thing_are_waited_for() -> None:
    first, second, user = statement("a"), statement("a"), statement("b", frozenset("a"))
    assert arranged([user, first, second]) == [first, second, user]


def test_of_two_that_declare_and_require_a_thing_the_first_goes_first() -> None:
    first, second = statement("a", frozenset("a")), statement("a", frozenset("ac"))
    assert arranged([second, first, statement("c")]) == [statement("c"), second, first]
    assert arranged([first, second, statement("c")]) == [first, statement("c"), second]


def test_what_acts_on_all_behind_it_is_last_but_for_what_requires_it() -> None:
    first = msgspec.structs.replace(statement("a"), modifiers=frozenset({"last"}))
    rest = [statement("b", frozenset("c")), statement("c"), statement("d", frozenset("a"))]

    found = [one.sql for one in arranged([first, *rest])]

    assert found == ["c", "b", "a", "d"]
