"""What operator families and classes are made of: operators and functions by their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.session import Row
    from lockplane_postgres.reader import PgReader

# A member of a class is inside of it (pg_depend); any other belongs to the family alone. What
# `FOR ORDER BY` names is a family of btree. A function says for which types it is.
_MEMBERS = """
WITH m AS (
  SELECT 'pg_amop' AS catalog, o.oid, o.amopfamily AS family, o.amopstrategy AS number,
         format('OPERATOR %s %s', o.amopstrategy, o.amopopr::regoperator)
         || CASE WHEN f.oid IS NOT NULL
                 THEN format(' FOR ORDER BY %I.%I', n.nspname, f.opfname) ELSE '' END AS said
  FROM pg_amop o
  LEFT JOIN pg_opfamily f ON f.oid = o.amopsortfamily
  LEFT JOIN pg_namespace n ON n.oid = f.opfnamespace
  UNION ALL
  SELECT 'pg_amproc', p.oid, p.amprocfamily, p.amprocnum,
         format('FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, NULL),
                format_type(p.amprocrighttype, NULL), p.amproc::regprocedure)
  FROM pg_amproc p
)
SELECT m.catalog, m.oid, CASE WHEN d.refobjid IS NULL THEN 'pg_opfamily' ELSE 'pg_opclass' END,
       coalesce(d.refobjid, m.family), m.said
FROM m
LEFT JOIN pg_depend d ON d.classid = m.catalog::regclass AND d.objid = m.oid
  AND d.refclassid = 'pg_opclass'::regclass AND d.deptype = 'i'
WHERE m.oid >= 16384
ORDER BY m.catalog, m.number, m.said
"""


def members(pg: PgReader, ref: Ref, catalog: str, oid: int, rows: Sequence[Row]) -> tuple[str, ...]:
    """Those of a family or class, which are noted as parts of it."""
    own = [row for row in rows if tuple(row[2:4]) == (catalog, oid)]
    for member, number, *_ in own:
        pg.note(ref, member, number)
    return tuple(said for *_, said in own)


def member_rows(pg: PgReader) -> Sequence[Row]:
    """All members: catalog and oid, the same of what they belong to, and their words."""
    return pg.rows(_MEMBERS)
