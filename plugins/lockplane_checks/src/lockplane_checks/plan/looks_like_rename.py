"""Check: what a plan drops looks like what it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.plan.changed import changed, parent_stands
from lockplane_core.nearest import nearest
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_checks.plan.changed import Changed
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.check import Subject


class LooksLikeRename(Check):
    """A column is dropped and one of the same type is added to the same table, or so with tables.

    Nothing says that the second is the first under another name, so its rows go. An annotation
    says it, and they stay.
    """

    id = "looks_like_rename"
    code = "LP209"
    scope = "plan"
    severity = "warning"
    bad = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY, email text);",
            "CREATE TABLE users (id integer PRIMARY KEY, mail text);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, email text);",
            "CREATE TABLE people (id integer PRIMARY KEY, email text);",
        ),
    )
    good = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY, email text);",
            """
            CREATE TABLE users (
              id integer PRIMARY KEY,
              -- lockplane: renamed_from=email
              mail text
            );
            """,
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, email text);",
            "CREATE TABLE users (id integer PRIMARY KEY, age integer);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, email text);",
            "CREATE TABLE posts (id integer PRIMARY KEY, title text, body text);",
        ),
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report each object that is made and looks like one that is dropped."""
        items = list(changed(subject, "table", "column"))
        gone = [item for item in items if _counts(subject, item, "drop")]
        for item in items:
            if _counts(subject, item, "create"):
                alike = [old.change.ref for old in gone if _is_alike(subject, old, item)]
                if alike:
                    yield self._told(subject, item, _nearest(item.change.ref, alike))

    def _told(self, subject: Subject, item: Changed, old: Ref) -> Finding:
        new = item.change.ref
        name = _written(new, old)
        return self.finding(
            f"{new.noun.capitalize()} {subject.name(new)} is made and {subject.name(old)}, which "
            "looks the same, is dropped with all that it holds",
            ref=new,
            span=item.span,
            step=item.number,
            suggestion=f"If it is the same one, write `-- lockplane: renamed_from={name}` on a "
            "line of its own, right above it.",
        )


def _counts(subject: Subject, item: Changed, action: str) -> bool:
    """Whether it comes or goes by itself: of a table, not with all that it has."""
    if item.change.action != action:
        return False
    return subject.role(item.change.ref) == "table" or parent_stands(subject, item)


def _is_alike(subject: Subject, old: Changed, new: Changed) -> bool:
    one, other = old.change.old, new.change.new
    if one.ref.kind != other.ref.kind:
        return False
    if subject.role(other.ref) == "column":
        return one.parent == other.parent and old.old.type == new.new.type
    shape = _shape(subject, one, subject.before)
    return bool(shape) and shape == _shape(subject, other, subject.after)


def _shape(subject: Subject, table: Node, catalog: Catalog | None) -> dict[str, str]:
    """The types of the columns of a table, by name."""
    return {
        node.ref.name: subject.facts(node, catalog).type
        for node in (catalog.children(table.ref) if catalog else ())
        if catalog and subject.role(node.ref) == "column"
    }


def _nearest(ref: Ref, others: Sequence[Ref]) -> Ref:
    near = nearest(ref.name, [other.name for other in others], alike=0)
    return next((other for other in others if other.name == near), others[0])


def _written(new: Ref, old: Ref) -> str:
    """The old name as an annotation writes it, with its place where that is another one."""
    parts = old.path if old.path[:-1] != new.path[:-1] else old.path[-1:]
    return ".".join(map(_quoted, parts))


def _quoted(name: str) -> str:
    is_plain = name.isascii() and name.isidentifier() and name == name.lower()
    return name if is_plain else '"' + name.replace('"', '""') + '"'
