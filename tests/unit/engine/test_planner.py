"""A plan says what it was made from, what it leaves alone, and how it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_core.config import Settings
from lockplane_core.errors import Refused, UnsupportedChange
from lockplane_core.model.ref import Ref
from lockplane_core.model.scope import Scope
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.testing.fakes import SHELF, FakeServer, fake_lockplane

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from lockplane_core.app import Lockplane
    from lockplane_core.model.catalog import Catalog


def described(lockplane: Lockplane, before: str, after: str) -> list[str]:
    """The steps between two sources."""
    return [step.description for step in lockplane.plan(before, after).plan.steps]


def test_a_plan_names_both_states_the_judge_and_the_plugins(
    lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]
) -> None:
    plan = lockplane.plan("fake:main", schema("create shelf books")).plan
    assert (plan.dialect, plan.judge, plan.version) == ("fake", "Fake 2.0, in memory", "2.0")
    assert plan.plugins == ("dist-fake 1",)
    assert len(plan.source_hash) == len(plan.target_hash) == 64
    assert plan.source_hash != plan.target_hash
    assert plan.bound


def test_two_databases_can_be_compared(lockplane: Lockplane, server: FakeServer) -> None:
    server.create("main", "create shelf a")
    server.create("other", "create shelf a label x")
    assert described(lockplane, "fake:main", "fake:other") == ["Label shelf a"]
    assert list(lockplane.diff("fake:main", "fake:other")) == ["modified_shelves"]


def test_two_files_can_be_compared(lockplane: Lockplane, schema: Callable[..., str]) -> None:
    one = schema("create shelf a", name="one")
    other = schema("create shelf a", "create shelf b", name="other")
    assert described(lockplane, one, other) == ["Create shelf b"]


class OneWay:
    """Knows no way to more shelves than there are."""

    @hookimpl(wrapper=True)
    def lockplane_render(self, before: Catalog, after: Catalog) -> Generator[None, Any, Any]:
        """Refuse to make shelves in a database that holds any."""
        steps = yield
        shelves = [len(side.of_kind(SHELF)) for side in (before, after)]
        if 0 < shelves[0] < shelves[1]:
            raise UnsupportedChange("no shelf can be made")
        return steps


def test_a_plan_without_undo_says_why(server: FakeServer, schema: Callable[..., str]) -> None:
    server.create("main", "create shelf a\ncreate shelf b")
    with fake_lockplane(server, oneway=OneWay()) as lockplane:
        planned = lockplane.plan("fake:main", schema("create shelf a"))
    assert [step.description for step in planned.plan.steps] == ["Drop shelf b"]
    assert planned.plan.undo == ()
    assert planned.notices == ("this plan has no undo: no shelf can be made",)


class Circle:
    """Makes the steps of the way back wait for one another."""

    @hookimpl(wrapper=True)
    def lockplane_render(self, before: Catalog, after: Catalog) -> Generator[None, Any, Any]:
        """Have each step consume what all of them make."""
        steps = yield
        made = tuple(ref for step in steps for ref in step.produces)
        if Ref(SHELF, ("c",)) in before:
            return [msgspec.structs.replace(step, consumes=made) for step in steps]
        return steps


def test_an_undo_that_can_not_be_ordered_is_no_undo(
    server: FakeServer, schema: Callable[..., str]
) -> None:
    server.create("main", "create shelf a\ncreate shelf b")
    with fake_lockplane(server, circle=Circle()) as lockplane:
        planned = lockplane.plan("fake:main", schema("create shelf c"))
    assert len(planned.plan.steps) == 3
    assert "this plan has no undo: these steps wait for one another" in planned.notices[0]


def test_an_unsupported_change_names_the_object_and_its_place(
    lockplane: Lockplane, server: FakeServer, schema: Callable[..., str]
) -> None:
    server.create("main", "create shelf a\ncreate box a.k text\ncreate box a.m text")
    path = schema("create shelf a", "create box a.k text", "create box a.m text of a.k")
    with pytest.raises(UnsupportedChange, match=rf"box a.m can not be .* \({path}:3:1\)"):
        lockplane.plan("fake:main", path)


# -- scope -----------------------------------------------------------------------------------


@pytest.fixture
def rooms(server: FakeServer) -> FakeServer:
    """A database with shelves in two rooms and in none."""
    server.create(
        "main",
        """create shelf attic/a
        create box attic/a.k text
        create shelf cellar/c
        create shelf cellar/d""",
    )
    return server


def test_the_scope_is_what_the_desired_side_names(
    lockplane: Lockplane, rooms: FakeServer, schema: Callable[..., str]
) -> None:
    planned = lockplane.plan("fake:main", schema("create shelf attic/b"))
    assert [s.description for s in planned.plan.steps] == [
        "Create shelf attic/b",
        "Drop shelf attic/a",
    ]
    assert planned.plan.scope == Scope(schemas=("attic",))
    assert "2 objects in other schemas are not managed" in planned.notices


def test_a_scope_that_is_asked_for_is_taken(rooms: FakeServer, schema: Callable[..., str]) -> None:
    settings = Settings(dialect="fake", schemas=("*",))
    with fake_lockplane(rooms, settings=settings) as lockplane:
        found = described(lockplane, "fake:main", schema("create shelf attic/a"))
    assert found == ["Drop box attic/a.k", "Drop shelf cellar/c", "Drop shelf cellar/d"]


def test_what_is_excluded_is_left_alone_with_its_parts(
    server: FakeServer, schema: Callable[..., str]
) -> None:
    """Without rooms a name is qualified by nothing."""
    server.create("main", "create shelf tmp\ncreate box tmp.k text\ncreate shelf a")
    settings = Settings(dialect="fake", exclude=("tmp",))
    with fake_lockplane(server, settings=settings) as lockplane:
        assert described(lockplane, "fake:main", schema("create shelf a")) == []
        assert "tmp" not in str(lockplane.tree(lockplane.read("fake:main")))


def test_a_room_with_a_star_in_its_name_is_one_room(
    lockplane: Lockplane, server: FakeServer, schema: Callable[..., str]
) -> None:
    server.create("main", "create shelf a*/x\ncreate shelf ab/y")
    planned = lockplane.plan("fake:main", schema("create shelf a*/z"))
    assert [s.description for s in planned.plan.steps] == [
        "Create shelf a*/z",
        "Drop shelf a*/x",
    ]


def test_what_a_plugin_ignores_is_left_alone_with_its_parts(
    server: FakeServer, schema: Callable[..., str]
) -> None:
    class Ignores:
        @hookimpl
        def lockplane_ignore(self, catalog: Catalog) -> list[Ref]:
            """Leave old alone."""
            return [node.ref for node in catalog if node.ref.path == ("old",)]

    server.create("main", "create shelf old label x\ncreate box old.k text")
    with fake_lockplane(server, ignores=Ignores()) as lockplane:
        assert described(lockplane, "fake:main", schema("create shelf old")) == []


def test_what_belongs_to_something_else_is_left_alone_and_may_be_needed(
    lockplane: Lockplane, server: FakeServer, schema: Callable[..., str]
) -> None:
    server.create("main", "install shelf geo")
    assert described(lockplane, "fake:main", schema("create shelf a")) == ["Create shelf a"]


def test_a_script_that_makes_what_nobody_models_is_no_goal(
    lockplane: Lockplane, server: FakeServer, tmp_path: Path
) -> None:
    """The plan could not make it, and would not say so."""
    server.create("main")
    script = tmp_path / "dump.sql"
    script.write_text("create shelf a\ncreate box a.k text\ncreate seal s on a.k\n")
    with pytest.raises(Refused, match="models what the desired schema has: seal s"):
        lockplane.plan("fake:main", f"sql:{script}")


def test_what_nobody_models_is_named(
    lockplane: Lockplane, server: FakeServer, schema: Callable[..., str]
) -> None:
    lines = [f"create seal s{n} on a.k" for n in range(7)]
    server.create("main", "\n".join(["create shelf a", "create box a.k text", *lines]))
    planned = lockplane.plan("fake:main", schema("create shelf a", "create box a.k text"))
    assert planned.notices == (
        "not modelled, so left as it is: seal s0, seal s1, seal s2, seal s3, seal s4 and 2 more",
    )
