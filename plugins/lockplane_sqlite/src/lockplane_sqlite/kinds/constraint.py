"""What the constraints of a table have in common: a name that may be missing."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.spi.kind import Kind
from lockplane_sqlite import refs
from lockplane_sqlite.quote import fold, quote
from lockplane_sqlite.support import of_part

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence
    from typing import TypeVar

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.support import Support
    from lockplane_sqlite.ddl.shapes import Constraint as ConstraintText
    from lockplane_sqlite.names import Names

    _T = TypeVar("_T", bound=ConstraintText)


class ConstraintBody(Body, frozen=True, kw_only=True):
    """`unnamed` where the name of the ref is our own; `alias` is the name that is written.

    SQLite lets two constraints share a name, so the second one's ref gets another.
    """

    unnamed: bool = False
    alias: str = ""
    conflict: str = ""


class Constraint(Kind):
    """A part of a table; the table's kind makes, changes and drops it."""

    role = "constraint"
    parent = refs.TABLE
    tree_fields: ClassVar[tuple[tuple[Any, ...], ...]] = (("name", str, ""),)

    def support(self) -> Support:
        """What the table's kind does for it."""
        return of_part(self.tag, super().support())

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """As schema JSON, with names as they are declared."""
        spelled = self.spelled_fields(node, catalog)
        return {"name": node.ref.name, **spelled, **(super().to_tree(node, catalog) | spelled)}

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The constraint of an item; one without a name gets ours."""
        fields = {**item, **self.folded_fields(item)}
        name = fields.pop("name", "")
        if not name:
            fields["unnamed"] = True
        assert parent is not None  # noqa: S101 - constraints stand below a table
        body = msgspec.convert(fields, self.body)
        name = name or self.default_name(fields)  # of fields that are what they should be
        yield Node(ref=parent.child(self.tag, name), parent=parent, body=body)

    def spelled_fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """The fields that hold names, spelled as they are declared."""
        raise NotImplementedError

    def folded_fields(self, item: dict[str, Any]) -> dict[str, Any]:
        """The fields of an item that hold names, as a body holds them."""
        raise NotImplementedError

    def default_name(self, fields: dict[str, Any]) -> str:
        """The name of the ref where none is written."""
        raise NotImplementedError

    def phrase(self, node: Node, names: Names) -> str:
        """The constraint in a few words, for descriptions."""
        raise NotImplementedError


def written_name(node: Node) -> str:
    """`CONSTRAINT name ` as it stands before the constraint, or nothing."""
    body: ConstraintBody = node.body
    return "" if body.unnamed else f"CONSTRAINT {quote(body.alias or node.ref.name)} "


def on_conflict(conflict: str) -> str:
    """The conflict clause, with a space before it, or nothing."""
    return f" ON CONFLICT {conflict}" if conflict else ""


def identified(
    table: Ref, tag: str, texts: Sequence[_T], default: Callable[[_T], str]
) -> Iterator[tuple[Ref, _T, dict[str, Any]]]:
    """Each constraint of a table with a ref of its own, and what its body says of its name.

    Written names come first, so that one of ours never takes a name from them.
    """
    taken: set[str] = set()
    for text in sorted(texts, key=lambda text: not text.name):
        name = _free(text.name or default(text), taken)
        taken.add(fold(name))
        fields: dict[str, Any] = {} if text.name else {"unnamed": True}
        if text.name and name != text.name:
            fields["alias"] = text.name
        yield table.child(tag, name), text, fields


def _free(wanted: str, taken: Container[str]) -> str:
    names = chain([wanted], (f"{wanted}{number}" for number in count(1)))
    return next(name for name in names if fold(name) not in taken)


def joined(names: Sequence[str], ending: str) -> str:
    """Our own name for a constraint on these columns, as PostgreSQL would choose it."""
    return "_".join([*names, ending])
