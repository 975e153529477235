"""Row level security of a table: whether its policies count, and for its owner as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockplane_postgres.kinds.policy import is_guarded
from lockplane_postgres.quote import qualified, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.step import Effect


class Switch(NamedTuple):
    """One thing that is switched: in words, as an action of ALTER TABLE, and what it means."""

    said: str
    action: str
    effects: tuple[Effect, ...]


def switched_on(node: Node) -> Iterator[str]:
    """The statements that a new table needs beside CREATE TABLE."""
    table = qualified(*node.ref.path)
    if node.body.rls_enabled:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    if node.body.rls_forced:
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"


def switches(change: Change, after: Catalog) -> Iterator[Switch]:
    """What an altered table switches."""
    old, new = change.old.body, change.new.body
    table = f"row level security of table {spoken(change.new.ref.path)}"
    if old.rls_enabled and not new.rls_enabled:
        said = f"Disable {table}: whoever may use the table sees all its rows"
        yield Switch(said, "DISABLE ROW LEVEL SECURITY", ("security",))
    elif new.rls_enabled and not old.rls_enabled:
        closed = "" if is_guarded(change.new.ref, after) else ": no policy lets anybody else in"
        action = "ENABLE ROW LEVEL SECURITY"
        yield Switch(f"Enable {table}{closed}", action, ("breaking", "security"))
    if old.rls_forced and not new.rls_forced:
        said = f"Stop to force {table} on its owner"
        yield Switch(said, "NO FORCE ROW LEVEL SECURITY", ("security",))
    elif new.rls_forced and not old.rls_forced:
        said = f"Force {table} on its owner, too"
        yield Switch(said, "FORCE ROW LEVEL SECURITY", ("breaking", "security"))
