from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from lockplane_postgres.server.account import (
    Account,
    can_enter,
    can_read,
    identity,
    server_account,
)

if TYPE_CHECKING:
    from pathlib import Path

_STRANGER = Account(uid=54321, gid=54321, switched=True)


def test_nobody_is_who_root_becomes() -> None:
    account = server_account()
    assert account.uid != 0
    assert account.switched is (os.geteuid() == 0)
    assert (identity(account)["user"] is None) is not account.switched


@pytest.mark.parametrize(
    ("mode", "enters", "reads"),
    [(0o755, True, True), (0o711, True, True), (0o744, False, False), (0o700, False, False)],
)
def test_a_stranger_reaches_what_lies_under_open_folders(
    open_folder: Path, mode: int, *, enters: bool, reads: bool
) -> None:
    inner = open_folder / "middle" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").touch(mode=0o644)
    inner.parent.chmod(mode)
    assert can_enter(_STRANGER, inner) is enters
    assert can_read(_STRANGER, inner / "file") is reads


def test_the_permissions_of_the_file_itself_count(open_folder: Path) -> None:
    file = open_folder / "file"
    file.touch(mode=0o600)
    assert not can_read(_STRANGER, file)
    owner = Account(uid=file.stat().st_uid, gid=file.stat().st_gid, switched=True)
    assert can_read(owner, file)


def test_what_is_not_there_can_not_be_reached(open_folder: Path) -> None:
    assert not can_read(_STRANGER, open_folder / "no" / "such")
    assert not can_enter(_STRANGER, open_folder / "no" / "such")


def test_a_link_is_judged_by_where_it_leads(open_folder: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    (open_folder / "link").symlink_to(hidden)
    assert not can_enter(_STRANGER, open_folder / "link")
