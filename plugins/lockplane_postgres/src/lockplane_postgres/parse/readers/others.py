"""Statements about an object of any sort: DROP, COMMENT, RENAME, SET SCHEMA, OWNER TO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import refs, tags
from lockplane_postgres.parse.names import RELATION_NAME, TYPE, TYPE_NAME, TYPES
from lockplane_postgres.parse.readers.owners import ROUTINES, give
from lockplane_postgres.parse.readers.roles import ROLES, RoleSpec
from lockplane_postgres.parse.readers.targets import tag_of, target
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import RangeVar, Tree
from lockplane_postgres.quote import PUBLIC

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft

Node = dict[str, Any]


class Drop(Tree, frozen=True):
    objects: tuple[Node, ...] = ()
    type: str = field(name="removeType", default="")
    behavior: str = ""
    missing_ok: bool = False
    concurrent: bool = False


class Comment(Tree, frozen=True):
    type: str = field(name="objtype")
    object: Node = field(default_factory=dict)
    text: str | None = field(name="comment", default=None)


class Moved(Tree, frozen=True):
    """RENAME, SET SCHEMA and OWNER TO, which name their object in one of two ways."""

    type: str = field(name="renameType", default="")
    object_type: str = field(name="objectType", default="")
    relation: RangeVar | None = None
    object: Node = field(default_factory=dict)
    column: str = field(name="subname", default="")
    owner: RoleSpec | None = field(name="newowner", default=None)


def drop(tree: Drop, draft: Draft) -> None:
    """DROP of anything."""
    for node in tree.objects:
        found = target(tree.type, node, draft)
        draft.role = found.role
        draft.drop(found.ref)
    draft.say("cascade", when=tree.behavior == "DROP_CASCADE")
    draft.say("if_exists", when=tree.missing_ok)
    draft.say("concurrently", when=tree.concurrent)


def comment(tree: Comment, draft: Draft) -> None:
    """COMMENT ON; with NULL it takes the comment away."""
    found = target(tree.type, tree.object, draft)
    if found.lacks:
        draft.lacks(f"a comment on {found.lacks}")
    if found.ref.kind == tags.ROLE:
        draft.manages(ROLES, "what roles are for (COMMENT ON ROLE)")
    is_open = found.ref.kind == TYPE
    draft.require(Ref(TYPE_NAME, found.ref.path) if is_open else found.ref)
    for kind in TYPES if is_open else (found.ref.kind,):
        about = refs.comment_ref(Ref(kind, found.ref.path))
        if tree.text is None:
            draft.drop(about)
        else:
            draft.declare(about)


def rename(tree: Moved, draft: Draft) -> None:
    """ALTER … RENAME."""
    _subject(tree, tree.type, draft)
    draft.lacks("RENAME")


def set_schema(tree: Moved, draft: Draft) -> None:
    """ALTER … SET SCHEMA."""
    _subject(tree, tree.object_type, draft)
    draft.lacks("SET SCHEMA")


def set_owner(tree: Moved, draft: Draft) -> None:
    """ALTER … OWNER TO."""
    _subject(tree, tree.object_type, draft)
    if tree.owner is None or tree.relation is not None:
        draft.lacks("an owner (OWNER TO)")
        return
    about = target(tree.object_type, tree.object, draft)
    if about.lacks:
        draft.lacks(f"the owner of {about.lacks}")
    if about.ref == Ref(tags.SCHEMA, (PUBLIC,)):
        draft.lacks("the owner of schema public, which is the server's own")
    is_open = about.ref.kind == TYPE
    kinds = TYPES if is_open else ROUTINES if about.ref.kind in ROUTINES else (about.ref.kind,)
    give([Ref(kind, about.ref.path) for kind in kinds], tree.owner, draft)


def _subject(tree: Moved, object_type: str, draft: Draft) -> None:
    """Require what is moved: a relation (with what is in it), or an object."""
    if tree.relation is None:
        found = target(object_type, tree.object, draft)
        draft.role = found.role
        draft.require(found.ref)
        return
    path, place = draft.path(tree.relation), tree.relation.location
    if not tree.column:
        tag = tag_of(object_type)
        draft.require(Ref(RELATION_NAME if tag == tags.INDEX else tag, path), place)
        draft.role = target(object_type, {}, draft).role
        return
    draft.role = "table"
    draft.require(draft.table(tree.relation), place)
    draft.require(Ref(tag_of(object_type), (*path, tree.column)), place)


READINGS = {
    "DropStmt": Reading(verb="drop", tree=Drop, read=drop),
    "CommentStmt": Reading(verb="comment", role="comment", tree=Comment, read=comment),
    "RenameStmt": Reading(verb="alter", tree=Moved, read=rename),
    "AlterObjectSchemaStmt": Reading(verb="alter", tree=Moved, read=set_schema),
    "AlterOwnerStmt": Reading(verb="alter", tree=Moved, read=set_owner),
}
