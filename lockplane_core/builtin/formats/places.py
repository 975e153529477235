"""Places: a file as services that show findings beside the code want it named."""

from __future__ import annotations

import os
from pathlib import Path

from lockplane_core.config.file import root


def in_repository(file: str) -> str:
    """A file as seen from the root of the repository around the current folder, with slashes.

    What lies beyond the repository keeps its full path; what is no path (`exec:…`) its name.
    """
    here = Path.cwd()
    top, path = root(here), Path(os.path.normpath(here / file))
    if path.is_relative_to(top):
        return path.relative_to(top).as_posix()
    return path.as_posix()
