"""Materialized views: stored results of queries, with indexes of their own.

There is no OR REPLACE (up to 18): another query means to drop the view, with what reads it and
its indexes, and to run the query again. It holds nothing that its query would not give again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Effect, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.options import option_list, set_options
from lockplane_postgres.kinds.queries import (
    Output,
    column_comments,
    column_rows,
    extends,
    noted,
    sources,
)
from lockplane_postgres.kinds.refs import relation_name, type_name
from lockplane_postgres.kinds.tags import MATERIALIZED_VIEW, VIEW
from lockplane_postgres.kinds.tree import PLACEMENT_FIELD, ROOT_FIELDS
from lockplane_postgres.kinds.tuning import (
    WIDTH,
    Retuning,
    Tuning,
    altering,
    retunings,
    tuned,
    usual_storage,
)
from lockplane_postgres.kinds.tuning import read as read_tuning
from lockplane_postgres.locks import (
    ACCESS_EXCLUSIVE,
    ACCESS_SHARE,
    SHARE_UPDATE_EXCLUSIVE,
    existing,
)
from lockplane_postgres.majors import oldest
from lockplane_postgres.quote import quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader
    from lockplane_core.spi.session import Row

_VIEWS = f"""
SELECT c.oid, n.nspname, c.relname, pg_get_viewdef(c.oid), c.relispopulated, m.amname,
       c.reloptions, o.reloptions, c.reltype, t.typarray, r.oid
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = c.reltype
JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
LEFT JOIN pg_class o ON o.oid = c.reltoastrelid
LEFT JOIN pg_am m ON m.oid = c.relam
WHERE c.relkind = 'm' AND {USER_SCHEMAS}
"""
_HEAP = "heap"
_SET_ACCESS_METHOD_SINCE = 15
_BESIDE = ("populated", "options")
"""What ALTER and REFRESH change where it stands, besides comments on columns."""


class StoredColumn(Output, frozen=True, kw_only=True):
    """Also how its values are stored and sampled."""

    tuning: Tuning | None = None


class MaterializedViewBody(Body, frozen=True, kw_only=True):
    """The query as the server spells it, how its result is stored, and whether there is one.

    `access_method` is empty for a heap; not `populated` is WITH NO DATA: it can not be read.
    """

    definition: SqlText
    columns: tuple[StoredColumn, ...] = ()
    populated: bool = True
    access_method: str = ""
    options: tuple[str, ...] = ()


class MaterializedViewKind(PgKind):
    """Ref: (schema, name)."""

    tag = MATERIALIZED_VIEW
    plural = "materialized_views"
    tree_fields = (*ROOT_FIELDS, PLACEMENT_FIELD)
    placed = True
    role = "view"
    body = MaterializedViewBody
    weight = 46
    keyword = "MATERIALIZED VIEW"
    renamable = True
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All materialized views; row types and rules stand for them where something needs them."""
        pg = as_pg(reader)
        columns = column_rows(pg, "m")
        for oid, schema, name, query, populated, method, options, toast, *others in pg.rows(_VIEWS):
            ref = noted(pg, Ref(self.tag, (schema, name)), oid, *others)
            body = MaterializedViewBody(
                definition=query.strip().removesuffix(";"),
                columns=tuple(map(_column, columns.get(oid, ()))),
                populated=populated,
                access_method="" if method == _HEAP else method,
                options=tuple(sorted([*(options or ()), *(f"toast.{o}" for o in toast or ())])),
            )
            yield Node(ref=ref, body=body)

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Relations of a schema share one name space, and have a row type of their name."""
        return (relation_name(*ref.path), type_name(*ref.path))

    # -- changing --------------------------------------------------------------------------

    def must_replace(self, change: Change, before: Catalog, after: Catalog) -> bool:
        """Whether the query differs, or, before 15, how its result is stored."""
        old, new = change.old.body, change.new.body
        alterable = set(_BESIDE)
        if oldest(before, after) >= _SET_ACCESS_METHOD_SINCE:
            alterable.add("access_method")
        return bool(_shape(old, alterable) != _shape(new, alterable))

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE MATERIALIZED VIEW`, which runs the query; made again, at its full price."""
        node, body = change.new, change.new.body
        name = self.sql(node.ref)
        readers = _filled_readers(node, after)
        filled = body.populated or bool(readers)
        step = Step(
            description=f"Create materialized view {spoken(node.ref.path)}",
            sql=(
                f"CREATE MATERIALIZED VIEW {name}{_stored(body, filled=filled)}",
                *(
                    sql
                    for column in body.columns
                    for sql in tuned(f"ALTER {self.keyword} {name}", column.name, column.tuning)
                ),
                *column_comments(name, (), body.columns),
            ),
            consumes=_feeding(node, after) if filled else (),
            effects=_price(change, before) if filled else (),
            locks=existing(before, ACCESS_SHARE, *sources(node)),
        )
        yield self.made(change, step)
        if readers and not body.populated:
            yield self._emptied(node, before, readers)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """A step for each thing that differs beside the query."""
        ref, old, new = change.new.ref, change.old.body, change.new.body
        name, said = self.sql(ref), f"materialized view {spoken(ref.path)}"
        if old.access_method != new.access_method:
            yield self._altered(
                change,
                before,
                f"Change access method of {said}",
                [f"SET ACCESS METHOD {quote(new.access_method or _HEAP)}"],
                effects=("rewrite",),
            )
        if old.options != new.options:
            step = self._altered(
                change,
                before,
                f"Change options of {said}",
                set_options(old.options, new.options),
            )
            locks = existing(before, SHARE_UPDATE_EXCLUSIVE, ref)
            yield msgspec.structs.replace(step, locks=locks)
        for column, part in _retunings(old, new, oldest(before, after)):
            step = self._altered(
                change,
                before,
                f"Change {part.matter} of {spoken(ref.path)}.{column}",
                [altering(column, part.actions)],
            )
            yield msgspec.structs.replace(step, locks=existing(before, part.mode, ref))
        comments = tuple(column_comments(name, old.columns, new.columns))
        if comments:
            step = Step(
                description=f"Change comments on columns of {said}",
                sql=comments,
                locks=existing(before, SHARE_UPDATE_EXCLUSIVE, ref),
            )
            yield self.made(change, step)
        if new.populated and not old.populated:
            yield self._filled(change, before, after)
        elif old.populated and not new.populated:
            yield self._emptied(change.new, before, _filled_readers(change.new, after))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP MATERIALIZED VIEW`; readers are broken unless it comes back with its columns."""
        stays = change.action == "replace" and extends(change)
        effects: tuple[Effect, ...] = () if stays else ("breaking",)
        locks = existing(before, ACCESS_EXCLUSIVE, change.old.ref)
        for step in super().drop(change, before, after):
            yield msgspec.structs.replace(step, effects=effects, locks=locks)

    # -- steps -----------------------------------------------------------------------------

    def _altered(
        self,
        change: Change,
        before: Catalog,
        said: str,
        actions: Iterable[str],
        *,
        effects: tuple[Effect, ...] = (),
    ) -> Step:
        name = self.sql(change.new.ref)
        step = Step(
            description=said,
            sql=tuple(f"ALTER MATERIALIZED VIEW {name} {action}" for action in actions),
            effects=effects,
            locks=existing(before, ACCESS_EXCLUSIVE, change.new.ref),
        )
        return self.made(change, step)

    def _filled(self, change: Change, before: Catalog, after: Catalog) -> Step:
        """`REFRESH`, which runs the query."""
        ref = change.new.ref
        step = Step(
            description=f"Fill materialized view {spoken(ref.path)}",
            sql=(f"REFRESH MATERIALIZED VIEW {self.sql(ref)}",),
            consumes=_feeding(change.new, after),
            effects=("rewrite",),
            locks=(
                *existing(before, ACCESS_EXCLUSIVE, ref),
                *existing(before, ACCESS_SHARE, *sources(change.new)),
            ),
        )
        return self.made(change, step)

    def _emptied(self, node: Node, before: Catalog, readers: Iterable[Ref]) -> Step:
        """`REFRESH … WITH NO DATA`, after all that is filled from it: then nobody can read it.

        Consent is asked for: what `pg_dump -s` writes says WITH NO DATA of every such view.
        """
        return Step(
            description=f"Empty materialized view {spoken(node.ref.path)}",
            sql=(f"REFRESH MATERIALIZED VIEW {self.sql(node.ref)} WITH NO DATA",),
            consumes=tuple(sorted({node.ref, *readers})),
            settles=(node.ref,),
            effects=("data_loss", "breaking") if node.ref in before else (),
            locks=existing(before, ACCESS_EXCLUSIVE, node.ref),
        )


def _column(row: Row) -> StoredColumn:
    output = Output.read(row)
    return StoredColumn(**msgspec.structs.asdict(output), tuning=read_tuning(row[-WIDTH:]))


def _retunings(
    old: MaterializedViewBody, new: MaterializedViewBody, major: int
) -> Iterator[tuple[str, Retuning]]:
    """What differs in how the values of each column are stored and sampled."""
    for was, will in zip(old.columns, new.columns, strict=True):
        for part in retunings(was.tuning, will.tuning, usual_storage(will.type, major)):
            yield will.name, part


def _shape(body: MaterializedViewBody, without: Iterable[str]) -> MaterializedViewBody:
    """The body as far as only another view can have it."""
    default = MaterializedViewBody(definition=body.definition)
    columns = tuple(
        msgspec.structs.replace(column, comment=None, tuning=None) for column in body.columns
    )
    left_out = {name: getattr(default, name) for name in without}
    return msgspec.structs.replace(body, columns=columns, **left_out)


def _stored(body: MaterializedViewBody, *, filled: bool) -> str:
    """What CREATE writes after the name."""
    method = f" USING {quote(body.access_method)}" if body.access_method else ""
    options = f" WITH ({option_list(body.options)})" if body.options else ""
    return f"{method}{options} AS\n{body.definition}\nWITH {'DATA' if filled else 'NO DATA'}"


def _price(change: Change, before: Catalog) -> tuple[Effect, ...]:
    """What it costs to run the query: all that it reads, and if it was there, all that it held."""
    if change.action == "replace":
        return ("rewrite",)
    return ("scan",) if any(source in before for source in sources(change.new)) else ()


def _filled_readers(node: Node, after: Catalog) -> list[Ref]:
    """The filled materialized views that read this one, by way of views or not."""
    found = _beyond(node.ref, lambda ref: [reader.ref for reader in after.dependants(ref)])
    return [ref for ref in found if ref.kind == MATERIALIZED_VIEW and after[ref].body.populated]


def _feeding(node: Node, after: Catalog) -> tuple[Ref, ...]:
    """The materialized views that it reads, by way of views or not: they come first."""
    found = _beyond(node.ref, lambda ref: after[ref].needs if ref in after else ())
    return tuple(ref for ref in found if ref.kind == MATERIALIZED_VIEW)


def _beyond(ref: Ref, next_to: Callable[[Ref], Iterable[Ref]]) -> list[Ref]:
    """The views of both kinds that are reached from one by way of others."""
    seen, queue = {ref}, [ref]
    while queue:
        for found in next_to(queue.pop()):
            if found.kind in (VIEW, MATERIALIZED_VIEW) and found not in seen:
                seen.add(found)
                queue.append(found)
    return sorted(seen - {ref})
