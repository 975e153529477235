"""Lower bounds: the least that has to be done, without Lockplane.

`floors.py parse FILE` runs the server's own parser, to JSON; `catalog DSN…` runs set-based catalog
queries on each database and drops the rows; `execute DSN FILE` runs the statements in chunks of
fifty; `change DSN FILE` does so between two readings of the catalog.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_USER = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_QUERIES = (
    f"""SELECT c.oid, n.nspname, c.relname, c.relkind, c.reloptions
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_USER}""",
    f"""SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
          a.attnotnull, a.attidentity, a.attgenerated
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v') AND {_USER}""",
    "SELECT adrelid, adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef",
    f"""SELECT x.oid, x.conrelid, x.conname, x.contype, x.conkey, pg_get_constraintdef(x.oid)
        FROM pg_constraint x JOIN pg_namespace n ON n.oid = x.connamespace WHERE {_USER}""",
    f"""SELECT i.indexrelid, i.indrelid, pg_get_indexdef(i.indexrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_USER}""",
    f"""SELECT c.oid, pg_get_viewdef(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'v' AND {_USER}""",
    """SELECT classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype
       FROM pg_depend WHERE objid >= 16384""",
    "SELECT objoid, classoid, objsubid, description FROM pg_description WHERE objoid >= 16384",
)
_CHUNK = 50


def _parse(path: str) -> None:
    from pglast.parser import parse_sql_json

    parse_sql_json(Path(path).read_text(encoding="utf-8"))


def _catalog(*dsns: str) -> None:
    import psycopg

    for dsn in dsns:
        with psycopg.connect(dsn) as connection:
            connection.execute("SET search_path = ''")
            for query in _QUERIES:
                connection.execute(query).fetchall()


def _execute(dsn: str, path: str) -> None:
    import psycopg

    sql = Path(path).read_text(encoding="utf-8").split(";\n")
    with psycopg.connect(dsn, autocommit=True) as connection:
        for start in range(0, len(sql), _CHUNK):
            connection.execute(";\n".join(sql[start : start + _CHUNK]))


def _change(dsn: str, path: str) -> None:
    _catalog(dsn)
    _execute(dsn, path)
    _catalog(dsn)


_FLOORS: dict[str, Callable[..., None]] = {
    "parse": _parse,
    "catalog": _catalog,
    "execute": _execute,
    "change": _change,
}

if __name__ == "__main__":
    _FLOORS[sys.argv[1]](*sys.argv[2:])
