"""A small working database product in memory: what the engine's own tests run on.

    server = FakeServer()
    server.create("main", "create shelf books")
    with fake_lockplane(server) as lockplane:
        planned = lockplane.plan("fake:main", "schema.lp.sql")

It has transactions, needs that it enforces, expressions that it respells when they are made,
objects that no kind models, and a place to make it fail (`FakeServer.trouble`).
"""

from __future__ import annotations

from lockplane_core.testing.fakes.dialect import FakeDialect, FakePlugin
from lockplane_core.testing.fakes.kinds import BOX, SHELF, VIEW, BoxBody, ShelfBody, ViewBody
from lockplane_core.testing.fakes.project import (
    fake_catalog,
    fake_kinds,
    fake_lockplane,
    fake_registry,
)
from lockplane_core.testing.fakes.server import FakeServer, Trouble

__all__ = [
    "BOX",
    "SHELF",
    "VIEW",
    "BoxBody",
    "FakeDialect",
    "FakePlugin",
    "FakeServer",
    "ShelfBody",
    "Trouble",
    "ViewBody",
    "fake_catalog",
    "fake_kinds",
    "fake_lockplane",
    "fake_registry",
]
