"""SET: what the rest of a script is read with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Tree

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class Setting(Tree, frozen=True):
    """SET and RESET."""

    name: str = ""
    args: tuple[dict[str, Any], ...] = ()


def set_setting(tree: Setting, draft: Draft) -> None:
    """A dump says of a tablespace only that it is the default one from there on."""
    if tree.name == "default_tablespace":
        for item in tree.args:
            name = item.get("A_Const", {}).get("sval", {}).get("sval", "")
            if name:
                draft.require(Ref(tags.TABLESPACE, (name,)))


READINGS = {"VariableSetStmt": Reading(verb="set", tree=Setting, read=set_setting)}
