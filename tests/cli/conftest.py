"""The command line as a user starts it, and plugins as a stranger installs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.testing.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def lockplane(tmp_path: Path) -> Shell:
    """The program in an empty folder, without any installed plugin."""
    return Shell(tmp_path, LOCKPLANE_NO_PLUGINS="1", XDG_CACHE_HOME=str(tmp_path / ".cache"))


@pytest.fixture
def install(lockplane: Shell, tmp_path: Path) -> Callable[..., None]:
    """Install a plugin that is one module: its files stand where pip would put them."""
    lockplane.env["PYTHONPATH"] = str(tmp_path / "site")
    del lockplane.env["LOCKPLANE_NO_PLUGINS"]

    def put(name: str, source: str, distribution: str = "") -> None:
        distribution = distribution or f"lockplane-{name}"
        module = distribution.replace("-", "_")
        info = f"site/{module}-1.0.dist-info"
        lockplane.write(f"site/{module}.py", source)
        lockplane.write(f"{info}/METADATA", f"Name: {distribution}\nVersion: 1.0\n")
        lockplane.write(f"{info}/entry_points.txt", f"[lockplane]\n{name} = {module}\n")

    return put
