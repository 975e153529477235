"""Kind: a table. It makes and changes all that CREATE TABLE declares, in as few steps as it can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.step import Rendered, Step
from lockplane_core.spi.kind import Kind
from lockplane_sqlite import refs
from lockplane_sqlite.kinds import primary_key
from lockplane_sqlite.kinds.column import Column, ColumnItem
from lockplane_sqlite.kinds.parts import KeyPart
from lockplane_sqlite.locks import writing
from lockplane_sqlite.quote import fold, quote
from lockplane_sqlite.support import REBUILD

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.support import Support
    from lockplane_sqlite.reader import SqliteReader


class TableBody(Body, frozen=True, kw_only=True):
    """The options after the closing parenthesis."""

    strict: bool = False
    without_rowid: bool = False


class Table(Kind):
    """`CREATE TABLE`. Indexes and triggers are steps of their own, unless it is made again."""

    tag = refs.TABLE
    plural = "tables"
    role = "table"
    body = TableBody
    weight = 20
    embeds = frozenset({refs.COLUMN, refs.PRIMARY_KEY})
    tree_fields = (
        ("columns", list[ColumnItem]),
        ("primary_key", primary_key.KeyItem | None, None),
    )

    def introspect(self, reader: SqliteReader) -> Iterator[Node]:  # type: ignore[override]
        """Ordinary tables."""
        for table in reader.tables:
            text = table.text
            body = TableBody(strict=text.strict, without_rowid=text.without_rowid)
            yield Node(ref=table.ref, body=body)

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Tables, views and indexes share their names."""
        return refs.taken_name(ref.name)

    def support(self) -> Support:
        """As its class tells, and the rebuild for what ALTER TABLE can not change."""
        return msgspec.structs.replace(super().support(), alter=REBUILD)

    # -- changing --------------------------------------------------------------------------

    def render(self, changes: Sequence[Change], before: Catalog, after: Catalog) -> Rendered:
        """The changes of tables and their parts; those of indexes and triggers go on."""
        groups: dict[Ref, list[Change]] = {}
        for change in changes:
            groups.setdefault(_table_of(change), []).append(change)
        steps = [
            _beside(step, ref, groups, after)
            for ref, group in groups.items()
            for step in self._steps(ref, group, before, after)
        ]
        return Rendered(tuple(steps), tuple(ref for step in steps for ref in step.settles))

    def _steps(
        self, ref: Ref, changes: Sequence[Change], before: Catalog, after: Catalog
    ) -> Iterable[Step]:
        own = next((change for change in changes if change.ref == ref), None)
        if own is None or own.action == "alter":
            return _altered(ref, changes, before, after)
        if own.action == "drop":
            gone = {change.ref for change in changes if change.action == "drop"}
            return [_settling(step, gone) for step in self.drop(own, before, after)]
        return (
            self.rename(own, before, after)
            if own.action == "rename"
            else self.create(own, before, after)
        )

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """CREATE TABLE, with columns and constraints; a foreign key may point at nothing yet."""
        from lockplane_sqlite.definition import Definition

        made = Definition(after, change.ref)
        nodes = tuple(node.ref for node in (made.table, *made.parts))
        yield Step(
            description=f"Create table {made.name}",
            sql=(made.create(made.name),),
            produces=nodes,
            settles=nodes,
            span=change.new.span,
        )

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """DROP TABLE; its indexes and triggers go with it."""
        name = change.old.ref.name
        yield Step(
            description=f"Drop table {name}",
            sql=(f"DROP TABLE {quote(name)}",),
            destroys=tuple(node.ref for node in before.subtree(change.old.ref)),
            settles=(change.old.ref,),
            effects=("data_loss", "breaking"),
            locks=writing(change.old.ref),
        )

    def rename(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """ALTER TABLE … RENAME TO; SQLite rewrites what refers to the table."""
        from lockplane_sqlite.alter import refuse_broken

        refuse_broken(change, before)
        old, new = change.old.ref, change.new.ref
        yield Step(
            description=f"Rename table {old.name} to {new.name}",
            sql=(f"ALTER TABLE {quote(old.name)} RENAME TO {quote(new.name)}",),
            produces=tuple(node.ref for node in after.subtree(new)),
            destroys=tuple(node.ref for node in before.subtree(old)),
            settles=(new,),
            effects=("breaking",),
            locks=writing(old),
            span=change.new.span,
        )

    # -- JSON ------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """The table with its columns; `primary_key` only where their flags do not say it all."""
        key = next(iter(catalog.children(node.ref, refs.PRIMARY_KEY)), None)
        flagged = {part.name for part in key.body.columns} if key else set()
        columns = [
            {
                **Column().to_tree(column, catalog),
                "is_primary_key": fold(column.ref.name) in flagged,
            }
            for column in catalog.children(node.ref, refs.COLUMN)
        ]
        tree = {"name": node.ref.name, "columns": columns, **msgspec.to_builtins(node.body)}
        names = [str(column["name"]) for column in columns if column["is_primary_key"]]
        item = primary_key.to_item(key, catalog, names) if key else {}
        return {**tree, "primary_key": item} if item else tree

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The table of an item, then its columns and its key."""
        fields = dict(item)
        ref = refs.table(fields.pop("name"))
        listed, key = fields.pop("columns", None), fields.pop("primary_key", None)
        columns: list[Any] = [] if listed is None else listed
        msgspec.convert({"columns": columns}, _Columns)
        yield Node(ref=ref, body=msgspec.convert(fields, TableBody))
        flagged = []
        for ordinal, column in enumerate(columns):
            own = {name: value for name, value in column.items() if name != "is_primary_key"}
            for node in Column().from_tree(own, ref):
                yield msgspec.structs.replace(node, ordinal=ordinal)
            if column.get("is_primary_key"):
                flagged.append(own["name"])
        if key is not None:
            yield primary_key.from_item(key, ref)
        elif flagged:
            parts = tuple(KeyPart(name=fold(name)) for name in flagged)
            body = primary_key.PrimaryKeyBody(columns=parts)
            yield Node(ref=primary_key.ref_of(ref), parent=ref, body=body)


class _Columns(msgspec.Struct):
    """What `columns` of an item must be; errors in it name their place."""

    columns: list[ColumnItem]


def _beside(step: Step, table: Ref, changed: Container[Ref], after: Catalog) -> Step:
    """The step, with the unchanged tables that the table references.

    A proof wants them for the rows. On changed ones it does not wait: the tables of a circle
    may reference one another, and SQLite looks at no reference while it makes a table.
    """
    from lockplane_sqlite.definition import Definition

    if table not in after or not step.produces:
        return step
    beside = [ref for ref in Definition(after, table).referenced if ref not in changed]
    return msgspec.structs.replace(step, consumes=(*step.consumes, *beside))


def _settling(step: Step, gone: set[Ref]) -> Step:
    """DROP TABLE takes care of what goes with the table, and not of what moves elsewhere."""
    return msgspec.structs.replace(step, settles=tuple(ref for ref in step.destroys if ref in gone))


def _table_of(change: Change) -> Ref:
    """The table that a change is at or below; a trigger's path does not say it."""
    node = change.after or change.old
    return node.parent if node.parent and node.ref.kind != refs.TABLE else node.ref


def _altered(
    ref: Ref, changes: Sequence[Change], before: Catalog, after: Catalog
) -> Iterable[Step]:
    """ALTER statements where the library has them, else one rebuild for all."""
    from lockplane_sqlite.alter import Direct
    from lockplane_sqlite.definition import Definition
    from lockplane_sqlite.rebuild import Rebuild

    own = [c for c in changes if c.ref.kind == refs.TABLE or c.ref.kind in refs.PARTS]
    others = [c for c in changes if c not in own]
    if not own:
        return ()
    old, new = Definition(before, ref), Definition(after, ref)
    steps = Direct(old, new, own).steps()
    return [Rebuild(old, new, own, others).step()] if steps is None else steps
