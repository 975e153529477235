"""What all kinds of PostgreSQL share: names, comments, and the form of schema JSON.

A path is (schema, name) for what has a schema, (schema, table, name) for what lives below a
table, and (name,) for schemas and extensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Keeping, Rendered, Step
from lockplane_core.spi.kind import Kind
from lockplane_core.spi.support import YES, Support
from lockplane_postgres.locks import ACCESS_SHARE, SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import PUBLIC, literal, qualified, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Lock
    from lockplane_core.spi.reader import Reader
    from lockplane_postgres.reader import PgReader

SCHEMA = "postgres.schema"
EXTENSION = "postgres.extension"
TABLE = "postgres.table"
COLUMN = "postgres.column"
DEFAULT = "postgres.default"
PRIMARY_KEY = "postgres.primary_key"
UNIQUE = "postgres.unique"
CHECK = "postgres.check"
FOREIGN_KEY = "postgres.foreign_key"
EXCLUSION = "postgres.exclusion"
INDEX = "postgres.index"
ENUM = "postgres.enum"
ENUM_VALUE = "postgres.enum_value"
DOMAIN = "postgres.domain"
DOMAIN_CHECK = "postgres.domain_check"
COMPOSITE = "postgres.composite_type"
ATTRIBUTE = "postgres.attribute"
RANGE = "postgres.range_type"
BASE_TYPE = "postgres.base_type"
COLLATION = "postgres.collation"
SEQUENCE = "postgres.sequence"
VIEW = "postgres.view"
MATERIALIZED_VIEW = "postgres.materialized_view"
FUNCTION = "postgres.function"
TRIGGER = "postgres.trigger"
TRIGGER_STATE = "postgres.trigger_state"
POLICY = "postgres.policy"
PARTITION = "postgres.partition"
INHERITANCE = "postgres.inheritance"
REPLICA_IDENTITY = "postgres.replica_identity"
PLACEMENT = "postgres.placement"
AGGREGATE = "postgres.aggregate"
RULE = "postgres.rule"
STATISTICS = "postgres.statistics"
EVENT_TRIGGER = "postgres.event_trigger"
PUBLICATION = "postgres.publication"
PUBLICATION_TABLE = "postgres.publication_table"
SUBSCRIPTION = "postgres.subscription"
CAST = "postgres.cast"
CONVERSION = "postgres.conversion"
OPERATOR = "postgres.operator"
OPERATOR_FAMILY = "postgres.operator_family"
OPERATOR_CLASS = "postgres.operator_class"
SEARCH_PARSER = "postgres.text_search_parser"
SEARCH_TEMPLATE = "postgres.text_search_template"
SEARCH_DICTIONARY = "postgres.text_search_dictionary"
SEARCH_CONFIGURATION = "postgres.text_search_configuration"
LANGUAGE = "postgres.language"
TRANSFORM = "postgres.transform"
ACCESS_METHOD = "postgres.access_method"
FOREIGN_DATA_WRAPPER = "postgres.foreign_data_wrapper"
FOREIGN_SERVER = "postgres.foreign_server"
USER_MAPPING = "postgres.user_mapping"
FOREIGN_TABLE = "postgres.foreign_table"
UNPLACED = frozenset({
    EXTENSION, EVENT_TRIGGER, PUBLICATION, PUBLICATION_TABLE, CAST, LANGUAGE, TRANSFORM,
    ACCESS_METHOD, FOREIGN_DATA_WRAPPER, FOREIGN_SERVER, USER_MAPPING, SUBSCRIPTION,
})  # fmt: skip
"""What belongs to the database and to no schema."""
GRANTABLE = frozenset({
    SCHEMA, TABLE, COLUMN, VIEW, MATERIALIZED_VIEW, FOREIGN_TABLE, SEQUENCE, FUNCTION, AGGREGATE,
    ENUM, DOMAIN, COMPOSITE, RANGE, BASE_TYPE, LANGUAGE, FOREIGN_DATA_WRAPPER, FOREIGN_SERVER,
})  # fmt: skip
"""What GRANT gives privileges on; everything else has an owner at most."""
ROLE = "postgres.role"
"""A pseudo-kind: roles belong to the server, not to the database."""
TABLESPACE = "postgres.tablespace"
"""A pseudo-kind: tablespaces belong to the server, too."""
SUBSCRIBER = "postgres.subscriber"
"""A pseudo-kind: what has subscriptions, which of all servers of scratches only one of ours may."""
COMMENT = "postgres.comment"
OWNER = "postgres.owner"
PRIVILEGE = "postgres.privilege"
DEFAULT_PRIVILEGE = "postgres.default_privilege"
_RELATIONS = frozenset({TABLE, INDEX, SEQUENCE, VIEW, MATERIALIZED_VIEW, FOREIGN_TABLE})
RELATION_NAME = "postgres.relation_name"
"""A pseudo-kind: tables, indexes, sequences and views of a schema share one name space."""
TYPE_NAME = "postgres.type_name"
"""A pseudo-kind: enums and the row types of tables and views share another one."""
SHELL = "postgres.shell"
"""A pseudo-kind: the name of a base type, which the functions of the type are made on."""
KEY_PLACE = "postgres.key_place"
"""A pseudo-kind: what a foreign key stands on; a new one waits for the end of an old one."""
CONSTRAINT_NAME = "postgres.constraint_name"
"""A pseudo-kind: the constraints of a table share one."""


class CommentBody(Body, frozen=True, kw_only=True):
    """The text of a comment; its node is a child of what it is about."""

    text: str


class PlacementBody(Body, frozen=True, kw_only=True):
    """The tablespace that something is in; its node is a child of that."""

    tablespace: str


def comment_ref(ref: Ref) -> Ref:
    """The ref of the comment on an object."""
    return Ref(COMMENT, (ref.kind.rpartition(".")[2], *ref.path))


def schema_of(ref: Ref) -> str:
    """The schema in the path, or nothing; that of a comment begins with the noun."""
    kind, path = ref.kind, ref.path
    if kind in (COMMENT, PRIVILEGE):
        kind, path = f"postgres.{path[0]}", path[1:]
    if kind == DEFAULT_PRIVILEGE:
        return path[1]
    return "" if kind in UNPLACED else path[0]


def relation_name(schema: str, name: str) -> Ref:
    """What a relation of any kind occupies (see `Kind.occupies`)."""
    return Ref(RELATION_NAME, (schema, name))


def type_name(schema: str, name: str) -> Ref:
    """What a type occupies, and a relation that has a row type."""
    return Ref(TYPE_NAME, (schema, name))


def role_ref(name: str) -> Ref:
    """What needs a role names it by this."""
    return Ref(ROLE, (name,))


def table_of(ref: Ref) -> Ref:
    """The table that something below a table belongs to."""
    return Ref(TABLE, ref.path[:2])


def leaving(ref: Ref, before: Catalog, after: Catalog) -> Catalog:
    """What goes with an object: all below it, but for sequences that another column owns now."""
    kept = {
        below.ref
        for node in before.subtree(ref)
        if node.ref in after and after[node.ref].parent != node.parent
        for below in before.subtree(node.ref)
    }
    return before.replace(node for node in before.subtree(ref) if node.ref not in kept)


def returns(node: Node, own: AbstractSet[Ref], catalog: Catalog) -> bool:
    """Whether what a node needs besides `own` needs one of `own` in turn."""
    queue = [need for need in node.needs if need not in own]
    seen = set(queue)
    while queue:
        found = catalog.get(queue.pop())
        for ref in (*found.needs, *filter(None, [found.parent])) if found else ():
            if ref in own:
                return True
            if ref not in seen:
                seen.add(ref)
                queue.append(ref)
    return False


def oldest(*catalogs: Catalog) -> int:
    """The major version that a plan between the catalogs must be understood by."""
    return min(int(catalog.version.partition(".")[0] or 0) for catalog in catalogs)


def as_pg(reader: Reader) -> PgReader:
    """The reader as what the dialect made it."""
    return reader  # type: ignore[return-value]  # Dialect.reader() of ours makes no other


_COMMENT_FIELD = ("comment", str | None, None)
PLACEMENT_FIELD = ("tablespace", str | None, None)
"""In `tree_fields` of a kind that has files (`placed`)."""
ROOT_FIELDS = (("schema", str, PUBLIC), _COMMENT_FIELD)
"""`tree_fields` of a kind that lives in a schema."""


class PgKind(Kind):
    """A kind of PostgreSQL whose ref is (schema, name) for a root and parent + name below.

    `keyword` is what DDL calls it: `ALTER <keyword> …`, `COMMENT ON <keyword> …`.
    """

    embeds: ClassVar[frozenset[str]] = frozenset({COMMENT, PLACEMENT})
    tree_fields: ClassVar[tuple[tuple[Any, ...], ...]] = (_COMMENT_FIELD,)
    keyword: ClassVar[str] = ""
    placed: ClassVar[bool] = False
    """Whether it may be in a tablespace."""
    renamable: ClassVar[bool] = False
    """Whether `ALTER <keyword> … RENAME TO` is there for it."""

    # -- names -----------------------------------------------------------------------------

    def sql(self, ref: Ref) -> str:
        """The name as DDL writes it, schema and all; of what lives below a table, its own name."""
        if len(ref.path) == 2:  # noqa: PLR2004 - (schema, name)
            return qualified(*ref.path)
        return quote(ref.name)

    def spoken(self, ref: Ref) -> str:
        """The name in a description: `users`, `audit.log`."""
        return spoken(ref.path)

    def commented(self, node: Node) -> str:
        """What COMMENT ON calls the object."""
        name = f"{self.keyword} {self.sql(node.ref)}"
        return f"{name} ON {qualified(*node.parent.path)}" if node.parent else name

    def granted(self, node: Node) -> str:
        """What GRANT calls the object."""
        return self.commented(node)

    def renaming(self, node: Node) -> str:
        """The statement that renames, up to TO."""
        return f"ALTER {self.commented(node)} RENAME"

    def own_name(self, ref: Ref) -> str:
        """The name alone, as DDL writes it."""
        return quote(ref.name)

    def support(self) -> Support:
        """As its class tells; what has a name that COMMENT ON knows has comments too."""
        is_named = bool(self.keyword) or type(self).commented is not PgKind.commented
        return msgspec.structs.replace(
            super().support(),
            comment=YES if is_named else "",
            privileges="kept" if self.tag in GRANTABLE else "",
            rename=YES if self.renamable else "",
        )

    def keeping(self, node: Node) -> Keeping:
        """Owner and privileges."""
        from lockplane_postgres.kinds.regaining import regained

        return regained(self, node)

    # -- steps -----------------------------------------------------------------------------

    def render(self, changes: Sequence[Change], before: Catalog, after: Catalog) -> Rendered:
        """The changes of its own tag, and those of the comments on its objects."""
        from lockplane_postgres.kinds import handed

        rendered = handed.ordered(super().render(changes, before, after), before, after)
        mine = [c for c in changes if c.ref not in rendered.settled]
        steps = [
            self._comment(change, before, after)
            for change in mine
            if change.ref.kind == COMMENT and _about(change).kind == self.tag
        ]
        own = rendered.steps
        if any(c.of_kind(tag) for c in (before, after) for tag in (PRIVILEGE, DEFAULT_PRIVILEGE)):
            from lockplane_postgres.kinds import granting

            own = granting.as_usual(self, own, changes, before, after)
            steps += granting.rendered(self, mine, before, after)
        if any(change.ref.kind == OWNER for change in mine):
            from lockplane_postgres.kinds import owner

            steps += owner.rendered(self, mine, before, after)
        return Rendered((*own, *steps), (*rendered.settled, *(r for s in steps for r in s.settles)))

    def _comment(self, change: Change, before: Catalog, after: Catalog) -> Step:
        """`COMMENT ON …`; a comment goes by IS NULL."""
        ref = _about(change)
        gone = change.action == "drop"
        verb, words = {
            "create": ("Set", "on"),
            "alter": ("Change", "on"),
            "drop": ("Remove", "from"),
        }[change.action]
        node = before[ref] if gone else after[ref]
        text_ = "NULL" if gone else literal(change.new.body.text)
        step = Step(
            description=f"{verb} comment {words} {ref.noun} {self.spoken(ref)}",
            sql=(f"COMMENT ON {self.commented(node)} IS {text_}",),
            locks=_comment_locks(node, before),
        )
        return self.gone(change, before, step) if gone else self.made(change, step)

    def rename(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER <keyword> … RENAME TO`, after `SET SCHEMA` if it moves."""
        from lockplane_postgres.kinds.renaming import renamed

        if not self.renamable:
            raise self.unsupported(change, "renamed")
        yield renamed(self, change, before)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP <keyword> …`, never CASCADE: what stands on it has its own step."""
        ref = change.old.ref
        description = f"Drop {ref.noun} {self.spoken(ref)}"
        step = Step(description=description, sql=(f"DROP {self.keyword} {self.sql(ref)}",))
        yield self.gone(change, before, step)

    # -- JSON ------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """`schema` unless it is public, `name`, the fields of the body, and what is beside it."""
        place = {}
        if not self.parent and len(node.ref.path) > 1 and node.ref.path[0] != PUBLIC:
            place["schema"] = node.ref.path[0]
        return place | {"name": node.ref.name} | self.fields(node, catalog) | beside(node, catalog)

    def fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """The body as schema JSON."""
        found: dict[str, Any] = msgspec.to_builtins(node.body)
        return found

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The reverse of `to_tree`."""
        fields = dict(item)
        ref = self.tree_ref(fields, parent)
        comment = fields.pop("comment", None)
        tablespace = fields.pop("tablespace", None) if self.placed else None
        yield Node(ref=ref, parent=parent, body=self.read_fields(fields, ref))
        yield from nodes_beside(ref, comment, tablespace)

    def tree_ref(self, fields: dict[str, Any], parent: Ref | None) -> Ref:
        """The ref that an item of schema JSON names; takes what it uses out of `fields`."""
        name = text(fields.pop("name"))
        if parent is not None:
            return Ref(self.tag, (*parent.path, name))
        return Ref(self.tag, (text(fields.pop("schema", PUBLIC)), name))

    def read_fields(self, fields: dict[str, Any], ref: Ref) -> Body:
        """The body that schema JSON describes."""
        return msgspec.convert(fields, self.body)


def _about(change: Change) -> Ref:
    """What a changed comment is about."""
    parent = (change.after or change.old).parent
    assert parent is not None  # noqa: S101 - narrows the type: comment_node() gives it one
    return parent


def _comment_locks(node: Node, before: Catalog) -> tuple[Lock, ...]:
    """Relations alone are locked: the one, or the one that it is part of (objectaddress.c)."""
    if node.ref.kind in _RELATIONS:
        return existing(before, SHARE_UPDATE_EXCLUSIVE, node.ref)
    if node.parent is None:
        return ()
    mode = SHARE_UPDATE_EXCLUSIVE if node.ref.kind == COLUMN else ACCESS_SHARE
    return existing(before, mode, node.parent)


def text(value: object) -> str:
    """A value of schema JSON that must be a text."""
    return msgspec.convert(value, str)


def comment_of(node: Node, catalog: Catalog) -> dict[str, str]:
    """The comment on a node, as a field of schema JSON."""
    found = next(iter(catalog.children(node.ref, COMMENT)), None)
    return {"comment": found.body.text} if found else {}


def beside(node: Node, catalog: Catalog) -> dict[str, str]:
    """The comment on a node and the tablespace that it is in, as fields of schema JSON."""
    found = next(iter(catalog.children(node.ref, PLACEMENT)), None)
    return comment_of(node, catalog) | ({"tablespace": found.body.tablespace} if found else {})


def nodes_beside(ref: Ref, comment: object, tablespace: object) -> Iterator[Node]:
    """The reverse of `beside`."""
    if comment is not None:
        yield comment_node(ref, comment)
    if tablespace is not None:
        body = PlacementBody(tablespace=text(tablespace))
        yield Node(ref=Ref(PLACEMENT, ref.path), parent=ref, body=body)


def comment_node(ref: Ref, words: object) -> Node:
    """The comment that schema JSON gives an object."""
    return Node(ref=comment_ref(ref), parent=ref, body=CommentBody(text=text(words)))
