"""The laws of the kit, over all cases of this folder, both ways, and over random schemas."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from lockplane_core.testing import DialectSuite, read_cases
from lockplane_core.testing.schemas import mutations
from lockplane_core.testing.vocabulary import HOSTILE, Identifier, Storage, Type, Vocabulary

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_COLLATIONS = ("", "COLLATE NOCASE", "COLLATE RTRIM")
_KEY = Identifier("INTEGER PRIMARY KEY", counts=True)
_COUNTED = Identifier("INTEGER PRIMARY KEY AUTOINCREMENT", counts=True)
_STRICT = ("INTEGER", "TEXT", "REAL", "BLOB")
WORDS = Vocabulary(
    types=(
        Type(
            name="INTEGER",
            literals=("1", "0", "-5"),
            defaults=("(1 + 1)", "NULL"),
            wraps=("{} + 1", "abs({})"),
        ),
        Type(
            name="TEXT",
            literals=("'1'", "'it''s'", "''"),
            defaults=("CURRENT_TIMESTAMP", "(lower('X'))"),
            wraps=("lower({})", "{} || 'x'"),
            options=_COLLATIONS,
        ),
        Type(name="varchar(20)", literals=("'1'", "'y'"), wraps=("trim({})",), options=_COLLATIONS),
        Type(name="REAL", literals=("1.0", "2.5"), wraps=("round({})",)),
        Type(name="NUMERIC(10, 2)", literals=("1", "7.25")),
        Type(name="BLOB", literals=("x'31'", "x''")),
        Type(name="", literals=("1", "'a'", "x'00'")),
    ),
    identifiers=(
        _KEY,
        _COUNTED,
        Identifier("INT NOT NULL PRIMARY KEY"),
        Identifier("INTEGER UNIQUE"),
    ),
    references=("INTEGER",),
    storages=(
        Storage(),
        Storage(" STRICT", types=_STRICT, identifiers=(_KEY, _COUNTED)),
        Storage(" WITHOUT ROWID", identifiers=(Identifier("INTEGER PRIMARY KEY"),)),
        Storage(
            " STRICT, WITHOUT ROWID",
            types=_STRICT,
            identifiers=(Identifier("INTEGER NOT NULL PRIMARY KEY"),),
        ),
    ),
    generated=("GENERATED ALWAYS AS ({}) STORED", "AS ({}) VIRTUAL", "AS ({})"),
    remarks={
        "trigger": (
            "CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN SELECT 1; END",
            "CREATE TRIGGER {name} UPDATE OF {column} ON {table} BEGIN SELECT new.{column}; END",
        )
    },
    names=(*HOSTILE, "rowid", "ID 2", "integer"),
)


class TestSqlite(DialectSuite):
    """SQLite keeps every law."""

    dialect = "sqlite"
    cases = read_cases(Path(__file__).parent / "cases")
    mutations = mutations(WORDS)
    examples = 100
    remakes_tables = True  # what no ALTER of SQLite does takes a rebuild

    def database(self, tmp_path: Path) -> AbstractContextManager[str]:
        path = tmp_path / "app.db"
        path.touch()  # an empty file is an empty database
        return nullcontext(str(path))
