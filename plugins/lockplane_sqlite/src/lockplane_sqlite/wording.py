"""Wording: changes of a table in the words of descriptions, forward and as a rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockplane_sqlite import refs
from lockplane_sqlite.kinds.check import Check
from lockplane_sqlite.kinds.foreign_key import ForeignKey
from lockplane_sqlite.kinds.primary_key import PrimaryKey
from lockplane_sqlite.kinds.unique import Unique
from lockplane_sqlite.tokens import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lockplane_core.model.change import Change
    from lockplane_sqlite.definition import Definition
    from lockplane_sqlite.kinds.constraint import Constraint


class Phrase(NamedTuple):
    """What a change does, and how a rollback that does it would say so."""

    forward: str
    back: str


_KINDS: Mapping[str, Constraint] = {
    refs.PRIMARY_KEY: PrimaryKey(),
    refs.UNIQUE: Unique(),
    refs.CHECK: Check(),
    refs.FOREIGN_KEY: ForeignKey(),
}


def rebuilding(old: Definition, new: Definition, changes: Sequence[Change]) -> Phrase:
    """The description of a rebuild: it says all that changes."""
    phrases = [phrase for change in changes for phrase in _phrases(change, old, new)]
    return Phrase(
        f"Rebuild table {new.name} ({'; '.join(phrase.forward for phrase in phrases)})",
        f"Rebuild table {new.name} ({'; '.join(phrase.back for phrase in phrases)})",
    )


def _phrases(change: Change, old: Definition, new: Definition) -> Iterator[Phrase]:
    """A change of a table, or of one of its parts, in a few words."""
    if change.ref.kind == refs.COLUMN:
        yield from _column(change)
    elif change.ref.kind == refs.TABLE:
        yield from _table(change)
    else:
        yield _constraint(change, old, new)


def _column(change: Change) -> Iterator[Phrase]:
    name = change.ref.name
    if change.action == "alter":
        yield from _column_phrases(change)
    else:
        verb = "add" if change.action == "create" else "drop"
        yield Phrase(f"{verb} column {name}", f"{verb} column {name}")


def _column_phrases(change: Change) -> Iterator[Phrase]:
    """One phrase for each thing that changes of a column."""
    old, new, where = change.old.body, change.new.body, ".".join(change.ref.path)
    if canonical(old.type) != canonical(new.type):
        there = f" to {new.type}" if new.type else " to none"
        back = f" back to {new.type}" if new.type else " back to none"
        came = f" from {old.type}" if old.type else " from none"
        yield Phrase(f"change type of {where}{came}{there}", f"change type of {where}{back}")
    if old.nullable != new.nullable:
        said = f"{'allow nulls' if new.nullable else 'require non-null'} in {where}"
        yield Phrase(said, said)
    if old.default != new.default:
        yield Phrase(f"change default of {where}", f"restore default for {where}")
    for field, words in _OTHERS.items():
        if getattr(old, field) != getattr(new, field):
            yield Phrase(f"change {words} of {where}", f"restore {words} of {where}")


_OTHERS = {
    "collation": "collation",
    "generated": "generation",
    "stored": "storage",
    "conflict": "conflict clause",
    "constraint_names": "constraint names",
}


def _table(change: Change) -> Iterator[Phrase]:
    old, new = change.old.body, change.new.body
    for field, words in (("strict", "STRICT"), ("without_rowid", "WITHOUT ROWID")):
        if getattr(old, field) != getattr(new, field):
            text = f"make it {words}" if getattr(new, field) else f"make it no longer {words}"
            yield Phrase(text, text)


def _constraint(change: Change, old: Definition, new: Definition) -> Phrase:
    kind = _KINDS[change.ref.kind]
    before = kind.phrase(change.before, old.names) if change.before else ""
    after = kind.phrase(change.after, new.names) if change.after else ""
    if before and after:
        return Phrase(f"change {before} to {after}", f"restore {after}")
    text = f"add {after}" if after else f"drop {before}"
    return Phrase(text, text)
