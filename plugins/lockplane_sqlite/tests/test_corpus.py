"""Pairs of schemas from the wild: what a plan makes is what the desired SQL makes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lockplane_core.model.consent import Consent

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane

CORPUS = os.environ.get("LOCKPLANE_CORPUS", "")
PAIRS = sorted(Path(CORPUS).glob("sqldef-sqlite/*/new.sql")) if CORPUS else []

_COLUMNS = """
SELECT lower(m.name), lower(x.name), upper(x.type), x."notnull", x.dflt_value, x.pk, x.hidden
FROM sqlite_schema AS m JOIN pragma_table_xinfo(m.name) AS x WHERE m.type = 'table'"""
_KEYS = """
SELECT lower(m.name), l."unique", l.origin, l.partial, i.seqno, lower(i.name), i.desc, i.coll
FROM sqlite_schema AS m JOIN pragma_index_list(m.name) AS l JOIN pragma_index_xinfo(l.name) AS i
WHERE m.type = 'table' AND i.key"""
_REFERENCES = """
SELECT lower(m.name), lower(f."table"), lower(f."from"), lower(f."to"), f.on_update, f.on_delete
FROM sqlite_schema AS m JOIN pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'"""
_OTHERS = "SELECT type, lower(name) FROM sqlite_schema WHERE sql IS NOT NULL"


def told(path: str) -> list[list[tuple[object, ...]]]:
    """What SQLite itself says of a database."""
    with closing(sqlite3.connect(path)) as connection:
        return [
            sorted(connection.execute(query).fetchall(), key=repr)
            for query in (_COLUMNS, _KEYS, _REFERENCES, _OTHERS)
        ]


def load(path: str, sql: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql.read_text(encoding="utf-8"))


@pytest.mark.corpus
@pytest.mark.skipif(not PAIRS, reason="LOCKPLANE_CORPUS names no folder with sqldef-sqlite")
@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("new", PAIRS, ids=lambda path: str(path.parent.name))
def test_a_pair_is_migrated_to_what_its_sql_says(
    lockplane: Lockplane, tmp_path: Path, new: Path, way: str
) -> None:
    first, second = (new.with_name("old.sql"), new)[:: 1 if way == "forward" else -1]
    live, wanted = str(tmp_path / "live.db"), str(tmp_path / "wanted.db")
    load(live, first)
    load(wanted, second)
    plan = lockplane.plan(live, f"sql:{second}").plan
    assert lockplane.apply(live, plan, consent=Consent(allow_data_loss=True)).success
    assert told(live) == told(wanted)
    assert lockplane.plan(live, f"sql:{second}").plan.steps == ()
