from __future__ import annotations

import errno
from pathlib import Path

import pytest

from lockplane_postgres.server.failures import explained, from_os

_FOLDER = Path("/some/folder")


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        (
            "cp: error writing 'x': No space left on device",
            "no disk room in /some/folder",
            "TMPDIR",
        ),
        ("PANIC:  could not write: Disk quota exceeded\n", "no disk room", "free 100 MB"),
        ("postgres: error while loading shared libraries: libz.so", "does not run", "library"),
        ("dyld: Library not loaded: /opt/libpq.5.dylib", "does not run", "library"),
        (
            "initdb: error: could not look up effective user ID 1000: user does not exist",
            "no entry",
            "/etc/passwd",
        ),
        ("first\n\nlast line", "initdb failed: first | last line", "--shadow-db"),
        ("", "initdb failed: it said nothing", "--shadow-db"),
    ],
)
def test_a_failure_says_what_to_do(said: str, message: str, hint: str) -> None:
    error = explained("initdb", said, _FOLDER)
    assert message in error.message
    assert hint in error.hint


def test_a_full_disk_is_told_from_other_errors_of_the_system() -> None:
    assert "no disk room" in from_os("making", OSError(errno.ENOSPC, "full"), _FOLDER).message
    assert "making failed" in from_os("making", OSError(errno.EACCES, "no"), _FOLDER).message
