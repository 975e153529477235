"""Features: what the SQLite library that runs a plan can do."""

from __future__ import annotations

import msgspec

MINIMUM = (3, 37)
"""The first with pragma_table_list and STRICT, and whose ADD COLUMN checks existing rows."""


ALTER_COLUMN = "3.53"
"""The first whose ALTER TABLE sets and drops NOT NULL, and adds and drops checks."""


class Features(msgspec.Struct, frozen=True):
    """What ALTER TABLE can do (https://sqlite.org/lang_altertable.html)."""

    drop_column: bool
    alter_not_null: bool
    alter_check: bool


def features(version: str) -> Features:
    """The features of a version such as `3.40.1`; of the oldest supported one if it is empty."""
    found = numbers(version) if version else MINIMUM
    return Features(
        drop_column=found >= (3, 35),
        alter_not_null=found >= numbers(ALTER_COLUMN),
        alter_check=found >= numbers(ALTER_COLUMN),
    )


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers."""
    return tuple(int(part) for part in version.split("."))
