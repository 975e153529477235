"""The random schemas of the kit are SQL that a product takes, and their rows can be kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress

from hypothesis import HealthCheck, given, settings

from lockplane_core.testing.parts import Check, Column, ForeignKey, Schema, Table, View, sound
from lockplane_core.testing.schemas import Mutation, mutations
from lockplane_core.testing.vocabulary import Declared, Type, Vocabulary
from lockplane_core.testing.writing import kept, rows, written

INTEGER = Type(name="integer", literals=("1", "2"), wraps=("{} + 1",))
WORDS = Vocabulary(
    types=(INTEGER, Type(name="text", literals=("'1'", "'x'"), options=("", "COLLATE NOCASE"))),
    generated=("GENERATED ALWAYS AS ({}) STORED",),
    declared={"label": (Declared("SELECT 1", Type(name="varchar", literals=("'a'",))),)},
    remarks={"trigger": ("CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN SELECT 1; END",)},
)


@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(mutations(WORDS))
def test_both_schemas_can_be_made_and_asked(mutation: Mutation) -> None:
    for script in (mutation.before, mutation.after):
        with closing(sqlite3.connect(":memory:")) as database:
            database.executescript(script)
            for row in mutation.rows:
                with suppress(sqlite3.Error):
                    database.execute(row)
            for query in mutation.kept:
                database.execute(query).fetchall()


def test_the_same_schema_has_most_parts_on_both_sides() -> None:
    """Otherwise it would be a law about dropping and making, and not about changing."""
    found: list[bool] = []

    @settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(mutations(WORDS))
    def look(mutation: Mutation) -> None:
        if "CREATE TABLE" in mutation.before:
            found.append(bool(mutation.kept))

    look()
    assert sum(found) > len(found) / 2


A = Column(name="a", type="text")
B = Column(name="b", type="integer", computed="a")
T = Table(name="t", columns=(A, B))


def test_what_refers_to_nothing_goes() -> None:
    schema = Schema(
        tables=(T,),
        checks=(
            Check(name="here", table="t", columns=("a",)),
            Check(name="gone", table="t", columns=("z",)),
        ),
        foreign_keys=(ForeignKey(name="f", table="t", columns=("b",), parent="u"),),
        views=(
            View(name="v", sources=("t",), columns=((0, "a"), (0, "z"))),
            View(name="w", sources=("u",), columns=((0, "a"),)),
            View(name="t", sources=("t",), columns=((0, "a"),)),
        ),
    )
    found = sound(WORDS, schema)
    assert [check.name for check in found.checks] == ["here"]
    assert found.foreign_keys == ()
    assert [(view.name, view.columns) for view in found.views] == [("v", ((0, "a"),))]


def test_a_computed_column_needs_a_source_that_can_be_computed_with() -> None:
    found = sound(WORDS, Schema(tables=(T,)))
    assert found.tables[0].columns[1].computed == "", "text has no expressions here"


def test_a_type_that_is_not_declared_any_more_becomes_another_one() -> None:
    column = Column(name="a", type="varchar")
    table = Table(name="t", columns=(column,))
    declared = sound(WORDS, Schema(tables=(table,), declared=(("label", 0),)))
    assert declared.tables[0].columns[0].type == "varchar"
    assert sound(WORDS, Schema(tables=(table,))).tables[0].columns[0].type == "integer"


def test_tables_that_refer_to_one_another_are_joined_later_where_that_can_be() -> None:
    child = Column(name="a", type="integer")
    tables = tuple(Table(name=name, columns=(child,)) for name in ("t", "u"))
    keys = tuple(
        ForeignKey(name="", table=one, columns=("a",), parent=other)
        for one, other in (("t", "u"), ("u", "t"), ("t", "t"))
    )
    schema = sound(WORDS, Schema(tables=tables, foreign_keys=keys))
    inline, _ = written(WORDS, schema)
    assert inline.count("REFERENCES") == 2
    first, second, late = written(_altering(), schema)
    assert first.count('REFERENCES "t"') == second.count('REFERENCES "t"') == 1
    assert late == 'ALTER TABLE "t" ADD FOREIGN KEY ("a") REFERENCES "u" ("id")'


def _altering() -> Vocabulary:
    return Vocabulary(types=WORDS.types, alters=True)


def test_rows_do_not_hold_what_the_other_schema_must_refuse() -> None:
    """NULL in a column that becomes NOT NULL, or a value that the new type may not take."""
    before = sound(WORDS, Schema(tables=(Table(name="t", columns=(A,)),)))
    required = Column(name="a", type="integer", is_required=True)
    after = sound(WORDS, Schema(tables=(Table(name="t", columns=(required,)),)))
    assert {row.rpartition(", ")[2] for row in rows(WORDS, before, after)} == {"'1')"}
    assert kept(before, after) == ('SELECT 1, id FROM "t"',)
    assert kept(before, before) == ('SELECT 1, id, "a" FROM "t"',)
