"""What all kinds of PostgreSQL share: names, comments, and the form of schema JSON.

A path is (schema, name) for what has a schema, (schema, table, name) for what lives below a
table, and (name,) for schemas and extensions.
"""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Rendered, Step
from lockplane_core.spi.kind import Kind
from lockplane_postgres.locks import ACCESS_SHARE, SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import PUBLIC, literal, qualified, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Lock
    from lockplane_core.spi.dialect import Reader
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
SEQUENCE = "postgres.sequence"
VIEW = "postgres.view"
FUNCTION = "postgres.function"
TRIGGER = "postgres.trigger"
COMMENT = "postgres.comment"
_RELATIONS = frozenset({TABLE, INDEX, SEQUENCE, VIEW})
RELATION_NAME = "postgres.relation_name"
"""A pseudo-kind: tables, indexes, sequences and views of a schema share one name space."""
TYPE_NAME = "postgres.type_name"
"""A pseudo-kind: enums and the row types of tables and views share another one."""
KEY_PLACE = "postgres.key_place"
"""A pseudo-kind: what a foreign key stands on; a new one waits for the end of an old one."""
CONSTRAINT_NAME = "postgres.constraint_name"
"""A pseudo-kind: the constraints of a table share one."""


class CommentBody(Body, frozen=True, kw_only=True):
    """The text of a comment; its node is a child of what it is about."""

    text: str


def comment_ref(ref: Ref) -> Ref:
    """The ref of the comment on an object."""
    return Ref(COMMENT, (ref.kind.rpartition(".")[2], *ref.path))


def relation_name(schema: str, name: str) -> Ref:
    """What a relation of any kind occupies (see `Kind.occupies`)."""
    return Ref(RELATION_NAME, (schema, name))


def type_name(schema: str, name: str) -> Ref:
    """What a type occupies, and a relation that has a row type."""
    return Ref(TYPE_NAME, (schema, name))


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


def as_pg(reader: Reader) -> PgReader:
    """The reader as what the dialect made it."""
    return reader  # type: ignore[return-value]  # Dialect.reader() of ours makes no other


_COMMENT_FIELD = ("comment", str | None, None)
ROOT_FIELDS = (("schema", str, PUBLIC), _COMMENT_FIELD)
"""`tree_fields` of a kind that lives in a schema."""


class PgKind(Kind):
    """A kind of PostgreSQL whose ref is (schema, name) for a root and parent + name below.

    `keyword` is what DDL calls it: `ALTER <keyword> …`, `COMMENT ON <keyword> …`.
    """

    embeds: ClassVar[frozenset[str]] = frozenset({COMMENT})
    tree_fields: ClassVar[tuple[tuple[Any, ...], ...]] = (_COMMENT_FIELD,)
    keyword: ClassVar[str] = ""

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

    # -- steps -----------------------------------------------------------------------------

    def render(self, changes: Sequence[Change], before: Catalog, after: Catalog) -> Rendered:
        """The changes of its own tag, and those of the comments on its objects."""
        rendered = super().render(changes, before, after)
        steps = [
            self._comment(change, before, after)
            for change in changes
            if change.ref.kind == COMMENT
            and change.ref not in rendered.settled
            and _about(change).kind == self.tag
        ]
        settled = (ref for step in steps for ref in step.settles)
        return Rendered((*rendered.steps, *steps), (*rendered.settled, *settled))

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

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP <keyword> …`, never CASCADE: what stands on it has its own step."""
        ref = change.old.ref
        description = f"Drop {ref.noun} {self.spoken(ref)}"
        step = Step(description=description, sql=(f"DROP {self.keyword} {self.sql(ref)}",))
        yield self.gone(change, before, step)

    # -- JSON ------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """`schema` unless it is public, `name`, the fields of the body, and the comment."""
        place = {}
        if not self.parent and len(node.ref.path) > 1 and node.ref.path[0] != PUBLIC:
            place["schema"] = node.ref.path[0]
        return (
            place | {"name": node.ref.name} | self.fields(node, catalog) | comment_of(node, catalog)
        )

    def fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """The body as schema JSON."""
        found: dict[str, Any] = msgspec.to_builtins(node.body)
        return found

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The reverse of `to_tree`."""
        fields = dict(item)
        ref = self.tree_ref(fields, parent)
        comment = fields.pop("comment", None)
        yield Node(ref=ref, parent=parent, body=self.read_fields(fields, ref))
        if comment is not None:
            yield comment_node(ref, comment)

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
    found = catalog.get(comment_ref(node.ref))
    return {"comment": found.body.text} if found else {}


def comment_node(ref: Ref, words: object) -> Node:
    """The comment that schema JSON gives an object."""
    return Node(ref=comment_ref(ref), parent=ref, body=CommentBody(text=text(words)))


# -- sequences: identity columns and CREATE SEQUENCE share their options ------------------------


class Counting(Body, frozen=True, kw_only=True):
    """How a sequence counts; None is what the server would choose itself."""

    start: int | None = None
    increment: int = 1
    minimum: int | None = None
    maximum: int | None = None
    cache: int = 1
    cycle: bool = False


class SequenceOptions(Counting, frozen=True, kw_only=True):
    """A sequence of its own has a type; that of an identity column has the column's."""

    type: str = "bigint"


_LIMITS: Mapping[str, int] = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}


def sequence_fields(  # noqa: PLR0913, PLR0917 - the columns of pg_sequence
    type_: str, start: int, increment: int, minimum: int, maximum: int, cache: int, *, cycle: bool
) -> dict[str, Any]:
    """The fields of SequenceOptions, with what is the server's own choice left out."""
    limit = _LIMITS[type_]
    low, high = (1, limit - 1) if increment > 0 else (-limit, -1)
    first = minimum if increment > 0 else maximum
    return {
        "type": intern(type_),  # omit_defaults knows a default text by its identity
        "start": None if start == first else start,
        "increment": increment,
        "minimum": None if minimum == low else minimum,
        "maximum": None if maximum == high else maximum,
        "cache": cache,
        "cycle": cycle,
    }


def sequence_bounds(options: SequenceOptions) -> tuple[int, int]:
    """The least and the greatest value, also where they are the server's own choice."""
    return counting_bounds(options, options.type)


def counting_bounds(counting: Counting, type_: str) -> tuple[int, int]:
    """`sequence_bounds` of what has its type from elsewhere."""
    limit = _LIMITS[type_]
    low, high = (1, limit - 1) if counting.increment > 0 else (-limit, -1)
    return (
        low if counting.minimum is None else counting.minimum,
        high if counting.maximum is None else counting.maximum,
    )


def sequence_clauses(options: Counting) -> list[str]:
    """What CREATE SEQUENCE (after AS type) or GENERATED AS IDENTITY (…) has to say."""
    clauses = []
    if options.increment != 1:
        clauses.append(f"INCREMENT BY {options.increment}")
    if options.minimum is not None:
        clauses.append(f"MINVALUE {options.minimum}")
    if options.maximum is not None:
        clauses.append(f"MAXVALUE {options.maximum}")
    if options.start is not None:
        clauses.append(f"START WITH {options.start}")
    if options.cache != 1:
        clauses.append(f"CACHE {options.cache}")
    if options.cycle:
        clauses.append("CYCLE")
    return clauses


def sequence_alterations(old: Counting, new: Counting) -> list[str]:
    """The clauses that lead from one to the other, for ALTER SEQUENCE."""
    clauses = []
    if old.increment != new.increment:
        clauses.append(f"INCREMENT BY {new.increment}")
    clauses += _bound_alterations(old, new)
    if first_value(old) != first_value(new):
        clauses.append(f"START WITH {first_value(new)}")
    if old.cache != new.cache:
        clauses.append(f"CACHE {new.cache}")
    if old.cycle != new.cycle:
        clauses.append("CYCLE" if new.cycle else "NO CYCLE")
    return clauses


def _bound_alterations(old: Counting, new: Counting) -> list[str]:
    """Both bounds where their defaults change too; in figures where that is by another type.

    NO MAXVALUE along with AS may then mean the greatest value of the type, also for a sequence
    that counts down (`reset_max_value` in sequence.c, 14 to 18).
    """
    retyped = isinstance(new, SequenceOptions) and new.type != getattr(old, "type", new.type)
    bounds = sequence_bounds(new) if retyped else (new.minimum, new.maximum)  # type: ignore[arg-type]  # retyped has one
    both = retyped or old.increment != new.increment
    clauses = []
    if both or old.minimum != new.minimum:
        clauses.append("NO MINVALUE" if bounds[0] is None else f"MINVALUE {bounds[0]}")
    if both or old.maximum != new.maximum:
        clauses.append("NO MAXVALUE" if bounds[1] is None else f"MAXVALUE {bounds[1]}")
    return clauses


def first_value(options: Counting) -> int:
    """Where the sequence starts, also where that is the server's own choice."""
    if options.start is not None:
        return options.start
    if options.increment > 0:
        return 1 if options.minimum is None else options.minimum
    return -1 if options.maximum is None else options.maximum
