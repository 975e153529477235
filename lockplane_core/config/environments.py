"""The environments of a project, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.config import env_file
from lockplane_core.config.file import File, find, read, root

if TYPE_CHECKING:
    from pathlib import Path


def environments(folder: Path) -> list[str]:
    """Those of the lockplane.toml seen from `folder`, and those with a file `.env.NAME` beside it.

    Raises `ConfigError` for a file that can not be read.
    """
    path = find(folder)
    file, _ = read(path) if path else (File(), {})
    beside = path.parent if path else root(folder)
    return sorted({*file.environments, *env_file.environments(beside)})
