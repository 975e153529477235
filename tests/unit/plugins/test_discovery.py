"""Plugins are found by their entry points, and those that can not be used say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import PluginError
from lockplane_core.plugins.discovery import OFF, Found, discover

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install a distribution with one plugin, as pip leaves it on disk."""

    def install(distribution: str, plugin: str, module: str, source: str = "") -> None:
        site = tmp_path / distribution
        info = site / f"{distribution.replace('-', '_')}-1.5.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.5\n"
        )
        (info / "entry_points.txt").write_text(f"[lockplane]\n{plugin} = {module}\n")
        (site / f"{module}.py").write_text(source)
        monkeypatch.syspath_prepend(str(site))

    monkeypatch.delenv(OFF, raising=False)
    return install


def found(name: str) -> Found:
    """The plugin of that name."""
    return next(plugin for plugin in discover() if plugin.name == name)


def test_a_plugin_is_found_with_the_distribution_that_brought_it(
    install: Callable[..., None],
) -> None:
    install("stranger-dist", "stranger", "stranger_good", "answer = 42\n")
    plugin = found("stranger")
    assert (plugin.distribution, plugin.version) == ("stranger-dist", "1.5")
    assert plugin.plugin.answer == 42  # type: ignore[attr-defined]  # it is a module
    assert plugin.error == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise RuntimeError('not today')\n", "RuntimeError: not today"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("def broken(:\n", "SyntaxError"),
    ],
)
def test_a_plugin_that_fails_to_import_is_there_with_its_error(
    install: Callable[..., None], source: str, said: str, request: pytest.FixtureRequest
) -> None:
    module = f"stranger_bad_{abs(hash(request.node.name))}"
    install("stranger-dist", "stranger", module, source)
    plugin = found("stranger")
    assert plugin.plugin is None
    assert plugin.error.startswith(said)


def test_two_distributions_with_one_plugin_name_are_both_named(
    install: Callable[..., None],
) -> None:
    install("one-dist", "stranger", "stranger_one")
    install("other-dist", "stranger", "stranger_other")
    with pytest.raises(PluginError, match=r"'stranger': (one|other)-dist and (one|other)-dist"):
        discover()


def test_all_plugins_can_be_left_out(
    install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install("stranger-dist", "stranger", "stranger_unwanted", "raise RuntimeError\n")
    monkeypatch.setenv(OFF, "1")
    assert discover() == []


def test_plugins_come_in_the_order_of_their_names(install: Callable[..., None]) -> None:
    install("dist-z", "a_stranger", "stranger_a")
    install("dist-a", "z_stranger", "stranger_z")
    names = [plugin.name for plugin in discover()]
    assert names == sorted(names)
