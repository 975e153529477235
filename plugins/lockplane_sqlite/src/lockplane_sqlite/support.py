"""What SQLite's kinds say they can do, where a table's kind does it for its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from lockplane_core.spi.support import Support

REBUILD = "by a rebuild"
"""The table is made again under another name, filled, and put in the place of the old one."""


def of_part(tag: str, own: Support) -> Support:
    """Of a part of a table: ALTER TABLE where there is one for it, else a rebuild."""
    from lockplane_sqlite.alter import MAKERS

    def how(action: str, other: str = REBUILD) -> str:
        return f"yes, or {other}" if (tag, action) in MAKERS else other

    return msgspec.structs.replace(
        own,
        create=how("create"),
        alter=how("alter"),
        rename="yes" if (tag, "rename") in MAKERS else "",
        drop=how("drop"),
    )
