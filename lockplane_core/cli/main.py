"""The program `lockplane`."""

from __future__ import annotations

import gc
import sys

from lockplane_core import __version__

VERSION_FLAGS = (["--version"], ["-v"], ["-V"])
_GARBAGE = 1_000_000
"""New values between two collections: a catalog is very many of them, and none is garbage."""


def main() -> None:
    """Run the command line, and leave with its exit code."""
    gc.set_threshold(_GARBAGE)
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules are imported
        code = 130
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code. `--version` is answered before click is imported."""
    if arguments in VERSION_FLAGS:
        sys.stdout.write(f"lockplane {__version__}\n")
        return 0
    from lockplane_core.cli.assemble import call

    return call(arguments)
