"""The registry holds what plugins bring, by name, and is loud about collisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.errors import PluginError
from lockplane_core.plugins.discovery import Found
from lockplane_core.plugins.registry import Registry
from lockplane_core.spi.command import CommandSpec, Setting
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.spi.kind import Kind
from lockplane_core.testing.fakes import (
    FakeDialect,
    FakePlugin,
    FakeServer,
    ShelfBody,
    fake_registry,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class ShelfLike(Kind):
    """A kind of somebody else, for the fake product."""

    tag, plural, role, body = "other.shelf", "other_shelves", "table", ShelfBody


class Brings:
    """A plugin that brings kinds for every dialect."""

    def __init__(self, *kinds: Any) -> None:
        self.kinds = kinds

    @hookimpl
    def lockplane_kinds(self, dialect: str) -> list[Any]:
        """Return them."""
        return list(self.kinds)


class Says:
    """A plugin that brings commands and settings."""

    @hookimpl
    def lockplane_commands(self) -> list[CommandSpec]:
        """Return one command."""
        return [CommandSpec("greet", "nowhere:main", "Say hello.")]

    @hookimpl
    def lockplane_settings(self) -> list[Setting]:
        """Return one setting."""
        return [Setting("greet", "name", "Whom to greet.")]


def registry(**plugins: object) -> Registry:
    """The fake product and more plugins."""
    return fake_registry(FakeServer(), dialect=None, **plugins)


def kind(**attributes: Any) -> Kind:
    """A kind like `ShelfLike`, with other attributes."""
    made: Kind = type("Made", (ShelfLike,), attributes)()
    return made


def broken(registry: Registry) -> dict[str, str]:
    """Why plugins can not be used, by name."""
    return {entry.name: entry.error for entry in registry.broken}


# -- what plugins bring ----------------------------------------------------------------------


def test_parents_come_before_children_and_light_before_heavy() -> None:
    plugin = Brings(
        kind(tag="z.root", plural="zs", weight=1),
        kind(tag="a.child", plural="as", parent="z.root", weight=0),
        kind(tag="b.child", plural="bs", parent="z.root", weight=5),
        kind(tag="b.root", plural="broots", weight=2),
        kind(tag="c.grandchild", plural="cs", parent="a.child", weight=0),
    )
    tags = [tag for tag in registry(more=plugin).kinds("fake") if not tag.startswith("fake")]
    assert tags == ["z.root", "b.root", "a.child", "b.child", "c.grandchild"]


def test_a_kind_may_live_below_one_that_is_not_installed() -> None:
    plugin = Brings(kind(tag="x.hyper", parent="postgres.table"))
    assert "x.hyper" in registry(more=plugin).kinds("fake")


def test_commands_and_settings_are_found_by_name() -> None:
    found = registry(greeter=Says())
    assert found.commands["greet"].help == "Say hello."
    assert found.settings["greet.name"].help == "Whom to greet."


def test_kinds_of_a_dialect_are_asked_for_once() -> None:
    found = registry()
    assert found.kinds("fake") is found.kinds("fake")
    assert list(found.kinds("unknown")) == []


def test_the_role_of_every_kind_is_known() -> None:
    roles = registry().roles("fake")
    assert roles == {"fake.shelf": "table", "fake.box": "column", "fake.view": "view"}


# -- collisions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (kind(plural="as"), kind(plural="bs"), "'other.shelf'"),
        (kind(tag="a.a"), kind(tag="b.b"), "other_shelves"),
        (
            kind(tag="a.a", parent="fake.shelf"),
            kind(tag="b.b", parent="fake.shelf"),
            "fake.shelf other_shelves",
        ),
    ],
)
def test_two_kinds_of_one_name_are_an_error_that_names_both_plugins(
    first: Kind, second: Kind, said: str
) -> None:
    found = registry(one=Brings(first), other=Brings(second))
    with pytest.raises(PluginError, match=f"{said} is brought by both one and other"):
        found.kinds("fake")


@pytest.mark.parametrize("what", ["commands", "settings"])
def test_two_owners_of_one_name_are_an_error(what: str) -> None:
    found = registry(one=Says(), other=Says())
    with pytest.raises(PluginError, match="is brought by both one and other"):
        getattr(found, what)


def test_two_dialects_of_one_name_are_an_error() -> None:
    found = registry(other=FakePlugin(FakeServer()))
    with pytest.raises(PluginError, match="'fake' is brought by both fake and other"):
        found.dialect("fake")


def test_an_address_that_two_dialects_claim_is_nobodys() -> None:
    class Twin(FakeDialect):
        name = "twin"

    class Plugin:
        @hookimpl
        def lockplane_dialects(self) -> list[FakeDialect]:
            """Return a dialect that claims the same addresses."""
            return [Twin(FakeServer())]

    found = registry(twin=Plugin())
    with pytest.raises(PluginError, match="fake and twin both claim"):
        found.claiming("fake:secret")
    assert found.claiming("other:secret") is None


def test_kinds_that_live_below_one_another_are_an_error() -> None:
    circle = Brings(
        kind(tag="a.a", parent="b.b", plural="as"), kind(tag="b.b", parent="a.a", plural="bs")
    )
    with pytest.raises(PluginError, match=r"below one another: a\.a, b\.b"):
        registry(circle=circle).kinds("fake")


# -- plugins that can not be used ------------------------------------------------------------


class UnknownHook:
    """Implements a hook that does not exist."""

    @hookimpl
    def lockplane_kindz(self) -> list[Kind]:
        """Return nothing."""
        return []


class UnknownArgument:
    """Wants to know what no hook tells."""

    @hookimpl
    def lockplane_kinds(self, dialect: str, colour: str) -> list[Kind]:
        """Return nothing."""
        return []


class Raises:
    """Breaks when it is asked."""

    @hookimpl
    def lockplane_kinds(self, dialect: str) -> Iterator[Kind]:
        """Break after the first one."""
        yield ShelfLike()
        raise RuntimeError("oh no")


class ReturnsClass:
    """Forgets to make an instance."""

    @hookimpl
    def lockplane_kinds(self, dialect: str) -> list[type[Kind]]:
        """Return a class."""
        return [ShelfLike]


class Wraps:
    """Wraps what can only be added to."""

    @hookimpl(wrapper=True)
    def lockplane_kinds(self, dialect: str) -> Iterator[None]:
        """Pass on what the others say."""
        return (yield)


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (UnknownHook(), "unknown hook 'lockplane_kindz'"),
        (UnknownArgument(), "colour"),
        (Raises(), "RuntimeError: oh no"),
        (ReturnsClass(), "ShelfLike is a class; an instance is wanted"),
        (Wraps(), "lockplane_kinds can not be wrapped, only added to"),
        (Brings(object()), "has no attribute 'tag'"),
    ],
)
def test_a_broken_plugin_costs_only_itself_and_says_why(plugin: object, said: str) -> None:
    found = registry(stranger=plugin)
    assert list(found.kinds("fake")) == ["fake.shelf", "fake.view", "fake.box"]
    assert said in broken(found)["stranger"]


def test_a_plugin_with_the_name_of_a_builtin_does_not_push_it_out() -> None:
    found = fake_registry(FakeServer(), core=Brings(ShelfLike()))
    assert "other.shelf" not in found.kinds("fake")
    assert "plan" in found.commands
    assert "has this name already" in broken(found)["core"]


def test_a_plugin_that_failed_to_import_is_broken_and_left_out() -> None:
    entry = Found(name="gone", distribution="d", version="1", error="ImportError: no")
    assert broken(Registry([entry], {})) == {"gone": "ImportError: no"}


# -- what is missing -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("postgres", "handles postgres (installed: fake)", "pip install lockplane-postgres"),
        ("postgresql", "handles postgresql (installed: fake)", "pip install lockplane-postgres"),
        ("sqlite", "handles sqlite (installed: fake)", "pip install lockplane-sqlite"),
        ("oracle", "handles oracle (installed: fake)", ""),
    ],
)
def test_a_missing_dialect_names_the_package_that_brings_it(
    name: str, said: str, hint: str
) -> None:
    with pytest.raises(PluginError) as caught:
        registry().dialect(name)
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_a_dialect_whose_plugin_is_broken_says_why() -> None:
    entry = Found(name="sqlite", distribution="d", version="1", error="ImportError: no sqlglot")
    with pytest.raises(PluginError, match="can not be used: ImportError: no sqlglot"):
        Registry([entry], {}).dialect("sqlite")


def test_a_missing_dialect_mentions_plugins_that_might_have_brought_it() -> None:
    entry = Found(name="odd-name", distribution="d", version="1", error="ImportError: no")
    with pytest.raises(PluginError) as caught:
        Registry([entry], {}).dialect("oracle")
    assert "Not usable at present: odd-name" in caught.value.hint
