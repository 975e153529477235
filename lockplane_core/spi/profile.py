"""Profile: what somebody else owns in a database, so that a project need not list it."""

from __future__ import annotations

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Patterns of what a platform or an extension sees to by itself.

    `profiles = ["NAME"]` in lockplane.toml adds `exclude` to the patterns of the project (see
    `Scope`). `doctor` suggests it where each of `signs` fits something in the database; without
    signs it suggests nothing.
    """

    name: str
    dialect: str
    title: str
    exclude: tuple[str, ...]
    signs: tuple[str, ...] = ()
