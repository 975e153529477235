"""Support: what a kind says it can do, for people and for the table in the documentation."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

YES = "yes"


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """A few words for each thing that is done to an object; empty where the kind can not.

    `alter` is a change of the object where it stands, `replace` one by dropping it and making
    it again. `privileges` says what becomes of those that an object may have. `since`
    names what needs a version of the product, and the version.
    """

    introspect: str = ""
    create: str = ""
    alter: str = ""
    replace: str = ""
    rename: str = ""
    drop: str = ""
    comment: str = ""
    privileges: str = ""
    since: Mapping[str, str] = msgspec.field(default_factory=dict)
