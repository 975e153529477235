"""What leads from one column to another without making it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_postgres.kinds import casts, descent, tuning
from lockplane_postgres.kinds.column_sql import advance, identity_clause, unvalidated
from lockplane_postgres.kinds.counting import (
    counting_bounds,
    first_value,
    sequence_alterations,
)
from lockplane_postgres.kinds.default import default_of, defaults_of, defaults_right, set_default
from lockplane_postgres.kinds.implicit import implicit_name
from lockplane_postgres.kinds.refs import relation_name, table_of
from lockplane_postgres.kinds.subtree import returns
from lockplane_postgres.kinds.tags import FOREIGN_KEY, TABLE
from lockplane_postgres.kinds.type_uses import is_ruled, plain_type, unlisted
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.majors import oldest
from lockplane_postgres.quote import qualified, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.step import Effect
    from lockplane_core.spi.kind import Kind
    from lockplane_postgres.kinds.column_body import ColumnBody, Identity

_SET_EXPRESSION_SINCE = 17
NOT_NULL_STAYS_SINCE = 18
"""NOT NULL became a constraint, of which a table that descends from another may have its own."""


def must_replace(old: ColumnBody, new: ColumnBody, before: Catalog, after: Catalog) -> bool:
    """Whether only DROP COLUMN and ADD COLUMN lead from one to the other."""
    was, will = old.generated, new.generated
    if will is None:
        return was is not None and was.virtual  # DROP EXPRESSION is for stored ones (18)
    if was is None or was.virtual != will.virtual:
        return True
    if old.type != new.type:
        # USING is not for generated columns, and an expression has to fit the type meanwhile.
        return was.expression != will.expression or bool(casts.using("", old.type, new.type))
    return was.expression != will.expression and oldest(before, after) < _SET_EXPRESSION_SINCE


class Altering:
    """The steps of one altered column; all of them alter it, and together they settle it.

    `heirs` are the columns that the same statements are about.
    """

    def __init__(
        self,
        kind: Kind,
        change: Change,
        before: Catalog,
        after: Catalog,
        heirs: Sequence[Ref] = (),
    ) -> None:
        self.kind, self.change, self.before, self.after = kind, change, before, after
        self.heirs = heirs
        self.old: ColumnBody = change.old.body
        self.new: ColumnBody = change.new.body
        self.ref = change.new.ref
        self.table = table_of(self.ref)
        self.name = spoken(self.ref.path)

    def steps(self) -> Iterator[Step]:
        yield from self._expression()
        if self.old.identity and not self.new.identity:
            step = self._step(f"Drop identity of {self.name}", "DROP IDENTITY")
            yield freeing_names(step, [self.change.old])
        typed = (self.old.type, self.old.collation) != (self.new.type, self.new.collation)
        narrower = not casts.keeps_all(self.old.type, self.new.type)
        if typed and narrower:
            yield from self._counting()  # its bounds have to fit the type
        if typed:
            yield self._type()
        if not (typed and narrower):
            yield from self._counting()
        yield from self._nullability()
        yield from self._tuning(tuning.retyped(self.old.tuning) if typed else self.old.tuning)
        if self.new.identity and not self.old.identity:
            yield taking_names(self._identity(self.new.identity), [self.change.new])

    def _tuning(self, old: tuning.Tuning | None) -> Iterator[Step]:
        """How values are stored and sampled; another type has taken some of it away."""
        usual = tuning.usual_storage(self._below()[1], oldest(self.before, self.after))
        for part in tuning.retunings(old, self.new.tuning, usual):
            said = f"Change {part.matter} of {self.name}"
            step = self._step(said, *part.actions, only=bool(self.heirs))
            locks = existing(self.before, part.mode, self.table)
            yield msgspec.structs.replace(step, locks=locks)

    def _expression(self) -> Iterator[Step]:
        """What must_replace leaves: the expression goes, or is another one (17)."""
        old, new = self.old.generated, self.new.generated
        if old and not new:
            yield self._step(f"Keep the values of {self.name} as they are", "DROP EXPRESSION")
        elif old and new and old != new:
            yield self._step(
                f"Change expression of {self.name}",
                f"SET EXPRESSION AS ({new.expression})",
                effects=() if new.virtual else ("rewrite",),
            )

    def _type(self) -> Step:
        """The type, with the default out of the way meanwhile (manual, ALTER TABLE)."""
        old, new = self.old.type, self.new.type
        below = self._below()
        was, will = default_of(self.ref, self.before), default_of(self.ref, self.after)
        later = will is not None and self._comes_later(will)
        here = [will] if will and not later else []
        cast = casts.using(quote(self.ref.name), *below)
        said = (
            f"type of {self.name} from {old} to {new}"
            if old != new
            else f"collation of {self.name}"
        )
        step = self._step(
            f"Change {said}",
            *(["DROP DEFAULT"] if was else []),
            " ".join(self._type_words(cast)),
            *(set_default(default) for default in here),
            also=here,
            effects=self._losses(casts.effects(*below)),
            guards=tuple(self._casts()),
            locked=_linked(self.ref, self.before),
            undo=f"Change type of {self.name} back to {new}" if old != new else "",
        )
        step = _ending(step, was, settles=() if later else (was.ref,)) if was else step
        return self._with_defaults(step, was, None if later else will, later=later)

    def _with_defaults(
        self, step: Step, was: Node | None, given: Node | None, *, later: bool
    ) -> Step:
        """`step`, with the defaults of heirs put away before it and given back after it.

        Where the column gets its own later, so do they.
        """
        if not self.heirs:
            return step
        first = [
            f"ALTER TABLE ONLY {qualified(*ref.path[:2])} "
            f"ALTER COLUMN {quote(ref.name)} DROP DEFAULT"
            for ref in self.heirs
            if was is None and default_of(ref, self.before)
        ]
        now = () if later else self.heirs
        last = [sql for ref in now for sql in defaults_right(ref, given, self.after)]
        old, new = defaults_of(self.heirs, self.before), defaults_of(now, self.after)
        gone = (ref for ref in old if ref not in self.after)
        return msgspec.structs.replace(
            step,
            sql=(*first, *step.sql, *last),
            produces=(*step.produces, *new),
            destroys=(*step.destroys, *old),
            settles=tuple(dict.fromkeys((*step.settles, *gone, *new))),
        )

    def _below(self) -> tuple[str, str]:
        """Both types, without domains: a value is cast to what the new one is a domain over."""
        old, new = self.change.old, self.change.new
        return plain_type(old, self.before), plain_type(new, self.after)

    def _comes_later(self, default: Node) -> bool:
        """Whether a default needs what is made below the column, as a sequence that it owns."""
        new = any(need not in self.before for need in default.needs)
        return new and returns(default, {self.ref}, self.after)

    def _what(self) -> str:
        if self.old.type == self.new.type:
            return f"collation of {self.name}"
        return f"type of {self.name} from {self.old.type} to {self.new.type}"

    def _type_words(self, cast: str) -> Iterator[str]:
        yield f"TYPE {self.new.type}"
        if self.new.collation:
            yield f"COLLATE {self.new.collation}"
        if cast:
            yield f"USING {cast}"

    def _nullability(self) -> Iterator[Step]:
        old, new = self.old, self.new
        if new.unvalidated and new.unvalidated != old.unvalidated:
            yield self._unvalidated()
        elif old.unvalidated and not (new.unvalidated or new.nullable):
            yield self._validation()
        elif old.nullable != new.nullable:
            yield self._not_null()

    def _unvalidated(self) -> Step:
        """NOT NULL that goes for rows to come alone."""
        was, name = self.old.unvalidated, self.new.unvalidated
        if was:
            action = f"RENAME CONSTRAINT {quote(was)} TO {quote(name)}"
            return self._altering(f"Rename the constraint of {self.name}", action)
        step = self._altering(
            f"Require non-null in {self.name}, for new rows", unvalidated(self.ref.name, name)
        )
        if self.old.nullable:
            return step
        table, column = qualified(*self.table.path), quote(self.ref.name)
        dropped = f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL"
        return msgspec.structs.replace(step, sql=(dropped, *step.sql))

    def _validation(self) -> Step:
        name = self.old.unvalidated
        step = self._altering(
            f"Validate not null constraint {name} of table {spoken(self.table.path)}",
            f"VALIDATE CONSTRAINT {quote(name)}",
        )
        return msgspec.structs.replace(
            step,
            effects=("scan",),
            guards=(self._no_nulls(),),
            locks=existing(self.before, SHARE_UPDATE_EXCLUSIVE, self.table),
        )

    def _altering(self, description: str, action: str) -> Step:
        """A step about the table that settles the column."""
        step = Step(
            description=description,
            sql=(f"ALTER TABLE {qualified(*self.table.path)} {action}",),
            locks=existing(self.before, ACCESS_EXCLUSIVE, self.table),
        )
        return self.kind.made(self.change, step)

    def _no_nulls(self) -> Guard:
        column, table = quote(self.ref.name), qualified(*self.table.path)
        return Guard(
            query=f"SELECT 1 FROM {table} WHERE {column} IS NULL LIMIT 1",
            message=f"{self.name} holds NULLs",
        )

    def _not_null(self) -> Step:
        action = "DROP NOT NULL" if self.new.nullable else "SET NOT NULL"
        return self._step(
            f"{'Allow nulls' if self.new.nullable else 'Require non-null'} in {self.name}",
            action,
            more=tuple(self._own_not_nulls()) if self.new.nullable else (),
            effects=() if self.new.nullable else ("scan",),
            guards=() if self.new.nullable else (self._no_nulls(),),
        )

    def _own_not_nulls(self) -> Iterator[str]:
        """The statements for partitions that say NOT NULL for themselves as well.

        PRIMARY KEY USING INDEX and SET NOT NULL make it so, and nothing tells (18): for those
        that do not, they change nothing.
        """
        if oldest(self.before, self.after) < NOT_NULL_STAYS_SINCE:
            return
        for heir in self.heirs:
            if descent.is_partition(table_of(heir), self.before) and self.after[heir].body.nullable:
                table, column = qualified(*table_of(heir).path), quote(heir.name)
                yield f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL"

    def _losses(self, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
        """What is worked out from other columns is not lost; a domain with rules is tried."""
        if is_ruled(self.change.new, self.after):
            effects = tuple(dict.fromkeys((*effects, "rewrite")))
        return tuple(e for e in effects if e != "data_loss" or not self.new.generated)

    def _casts(self) -> Iterator[Guard]:
        query = casts.offences(quote(self.ref.name), *self._below())
        query = query or unlisted(self.change.new, self._below()[1], self.after)
        if query:
            yield Guard(
                query=f"SELECT 1 FROM {qualified(*self.table.path)} WHERE {query} LIMIT 1",
                message=f"{self.name} holds values that are no {self.new.type}",
            )

    def _identity(self, new: Identity) -> Step:
        return self._step(
            f"Make {self.name} an identity column",
            f"ADD {identity_clause(new)}",
            more=(advance(self.ref, new),),
            effects=("scan",),
        )

    def _counting(self) -> Iterator[Step]:
        old, new = self.old.identity, self.new.identity
        if not old or not new or old == new:
            return
        actions = []
        if old.always != new.always:
            actions.append(f"SET GENERATED {'ALWAYS' if new.always else 'BY DEFAULT'}")
        actions += [f"SET {clause}" for clause in sequence_alterations(old, new)]
        low, high = counting_bounds(new, self.new.type)
        if not low <= first_value(old) <= high:
            actions.append("RESTART")  # where it stands is out of its new bounds
        yield self._step(f"Change identity of {self.name}", " ".join(actions))

    def _step(  # noqa: PLR0913 - all but the first two are named
        self,
        description: str,
        *actions: str,
        also: Iterable[Node] = (),
        more: tuple[str, ...] = (),
        effects: tuple[Effect, ...] = (),
        guards: tuple[Guard, ...] = (),
        locked: Iterable[Ref] = (),
        undo: str = "",
        only: bool = False,
    ) -> Step:
        column = quote(self.ref.name)
        parts = ", ".join(f"ALTER COLUMN {column} {action}" for action in actions)
        words = "ALTER TABLE ONLY" if only else "ALTER TABLE"
        heirs = () if only else map(table_of, self.heirs)
        step = Step(
            description=description,
            sql=(f"{words} {qualified(*self.table.path)} {parts}", *more),
            effects=effects,
            locks=existing(self.before, ACCESS_EXCLUSIVE, self.table, *heirs, *locked),
            guards=guards,
            undo_description=undo,
        )
        return self.kind.made(self.change, step, also=also)


def _linked(column: Ref, before: Catalog) -> list[Ref]:
    """The tables at the other ends of foreign keys on a column: made again, they lock both."""
    found = []
    for key in before.dependants(column):
        if key.ref.kind == FOREIGN_KEY:
            found += [table_of(key.ref), Ref(TABLE, key.body.references)]
    return sorted(found)


def _ending(step: Step, default: Node, *, settles: tuple[Ref, ...]) -> Step:
    """`step` as one that also ends the default that was there; a new one may come later."""
    return msgspec.structs.replace(
        step,
        destroys=tuple(dict.fromkeys((*step.destroys, default.ref))),
        settles=tuple(dict.fromkeys((*step.settles, *settles))),
        consumes=tuple(sorted({*step.consumes, *default.needs})),
    )


def taking_names(step: Step, columns: Iterable[Node]) -> Step:
    """`step` as one that waits until the names of the sequences of identity columns are free."""
    return msgspec.structs.replace(step, produces=(*step.produces, *_sequence_names(columns)))


def freeing_names(step: Step, columns: Iterable[Node]) -> Step:
    """`step` as one after which the names of the sequences of identity columns are free."""
    return msgspec.structs.replace(step, destroys=(*step.destroys, *_sequence_names(columns)))


def _sequence_names(columns: Iterable[Node]) -> Iterator[Ref]:
    for node in columns:
        if node.body.identity:
            schema, table, name = node.ref.path
            yield relation_name(schema, implicit_name(table, name, "seq"))
