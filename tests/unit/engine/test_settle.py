"""Two spellings of one expression are no difference, and two expressions are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.algebra.diff import compare
from lockplane_core.engine.bench import Bench
from lockplane_core.engine.settle import settled
from lockplane_core.model.scope import Scope
from lockplane_core.testing.fakes import FakeDialect, FakeServer, fake_lockplane, fake_registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.catalog import Catalog

SCRIPT = "create shelf a\ncreate box a.k text check {0}\ncreate view v as {1}\n"


def catalog(server: FakeServer, check: str, text: str) -> Catalog:
    """What a database with these expressions reads like on a server."""
    server.create("main", SCRIPT.format(check, text))
    with fake_lockplane(server) as lockplane:
        found: Catalog = lockplane.read("fake:main").catalog
    return found


def bench(server: FakeServer) -> Bench:
    """The fake dialect at work."""
    return Bench(fake_registry(server), FakeDialect(server), scope=Scope())


def differences(server: FakeServer, one: tuple[str, str], other: tuple[str, str]) -> list[str]:
    """What is left of the difference between two pairs of expressions."""
    before, after = catalog(server, *one), catalog(server, *other)
    return [str(change.ref) for change in compare(before, settled(bench(server), before, after))]


@pytest.mark.parametrize("respelling", [0, 1, 2, 3])
def test_spellings_that_meet_after_some_rounds_are_equal(respelling: int) -> None:
    server = FakeServer(respelling=respelling)
    depth = "(" * max(respelling - 1, 0), ")" * max(respelling - 1, 0)
    one = ("k > 0", "a.k + 1")
    other = tuple(depth[0] + text + depth[1] for text in one)
    assert differences(server, one, (other[0], other[1])) == []


def test_two_meanings_stay_different() -> None:
    assert differences(FakeServer(), ("k > 0", "a.k"), ("k > 1", "a.k + 1")) == [
        "box a.k",
        "view v",
    ]


def test_of_two_one_may_be_settled_and_the_other_not() -> None:
    found = differences(FakeServer(), ("k > 0", "a.k"), ("(k > 0)", "a.k + 1"))
    assert found == ["view v"]


def test_spellings_that_never_meet_end_as_a_difference() -> None:
    server = FakeServer(respelling=9)
    assert differences(server, ("k > 0", "a.k"), ("(k > 0)", "a.k")) == ["box a.k"]


def test_where_no_text_differs_no_scratch_is_made() -> None:
    server = FakeServer()
    one, other = catalog(server, "k > 0", "a.k"), catalog(server, "k > 0", "a.k")
    more = other.replace(n for n in other if n.ref.name != "v")
    assert list(settled(bench(server), one, more)) == list(more)
    assert server.scratches == 0


def test_what_reads_back_as_it_was_made_is_not_made_a_third_time() -> None:
    """Two scratches a round; both sides are stable in the second, so there is no third."""
    server = FakeServer(respelling=1)
    one, other = catalog(server, "k > 0", "a.k"), catalog(server, "k > 1", "a.k")
    settled(bench(server), one, other)
    assert server.scratches == 2


def test_only_what_is_needed_is_made_on_the_scratch() -> None:
    server = FakeServer()
    server.create("main", SCRIPT.format("k > 0", "a.k") + "create shelf far")
    with fake_lockplane(server) as lockplane:
        one = lockplane.read("fake:main").catalog
    other = catalog(server, "(k > 0)", "a.k")
    made: list[str] = []
    server.trouble = lambda _, sql: made.append(sql)
    settled(bench(server), one, other)
    assert any(sql.startswith("create box a.k") for sql in made)
    assert "create shelf far" not in made
    assert not any("view" in sql for sql in made)


def test_the_words_of_the_first_side_are_kept() -> None:
    server = FakeServer()
    before, after = catalog(server, "(k > 0)", "a.k"), catalog(server, "k > 0", "a.k")
    assert list(settled(bench(server), before, after)) == list(before)


@pytest.mark.parametrize("respelling", [1, 2, 3])
def test_a_schema_that_was_applied_needs_no_step(
    schema: Callable[..., str], respelling: int
) -> None:
    server = FakeServer(respelling=respelling)
    server.create("main")
    path = schema(*SCRIPT.format("k > 0", "a.k + a.k").splitlines())
    with fake_lockplane(server) as lockplane:
        assert lockplane.apply("fake:main", lockplane.plan("fake:main", path).plan).success
        assert lockplane.plan("fake:main", path).plan.steps == ()
