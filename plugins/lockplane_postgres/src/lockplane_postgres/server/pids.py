"""What the system says of a process that is not our child."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def began(pid: int) -> str:
    """When a process began, in the words of this system; empty if there is no such process.

    A number that was given to another process meanwhile is told from the first by this.
    """
    if not _has_proc():
        return _ps(pid, "lstart=")
    with suppress(OSError, IndexError):
        line = (_PROC / str(pid) / "stat").read_text(errors="replace")
        # The name of the program, in parentheses, may itself hold spaces.
        state, *fields = line.rpartition(")")[2].split()
        return "" if state == "Z" else fields[18]  # a zombie has ended
    return ""


def is_postmaster_of(pid: int, data: Path) -> bool:
    """Whether a process is a PostgreSQL server that works in this data folder."""
    if pid <= 1:
        return False
    if not _has_proc():
        return f"-D {data} " in _ps(pid, "command=")
    with suppress(OSError):
        folder = (_PROC / str(pid) / "cwd").readlink()
        return folder == data.resolve() and _arguments(pid)[1:3] == ["-D", str(data)]
    return False


def _arguments(pid: int) -> list[str]:
    return os.fsdecode((_PROC / str(pid) / "cmdline").read_bytes()).split("\0")


def _has_proc() -> bool:
    return (_PROC / "self" / "stat").exists()


def _ps(pid: int, field: str) -> str:
    with suppress(OSError):
        answer = subprocess.run(
            ["ps", "-ww", "-o", field, "-p", str(pid)],  # noqa: S607 - PATH knows where
            capture_output=True,
            check=False,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
            errors="replace",
            text=True,
        )
        return answer.stdout.strip()
    return ""
