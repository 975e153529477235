"""Comments. A comment is a child of what it is about, whose kind also writes COMMENT ON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Node
from lockplane_core.model.ref import Ref
from lockplane_core.spi.kind import Kind
from lockplane_core.spi.support import YES, Support
from lockplane_postgres.kinds.refs import comment_ref
from lockplane_postgres.kinds.sequence import SequenceKind
from lockplane_postgres.kinds.tags import COMMENT, SEQUENCE, TABLE
from lockplane_postgres.kinds.tree import CommentBody
from lockplane_postgres.reader import FIRST_USER_OID, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.reader import Reader

# Of what initdb made, only `public` and `plpgsql` are nodes. The comment that an extension
# brings along is no part of a schema; the CASE keeps its control files unread where none is.
_COMMENTS = f"""
SELECT d.classoid::regclass::text, d.objoid, d.objsubid, d.description
FROM pg_description d
WHERE (d.objoid >= {FIRST_USER_OID}
    OR d.classoid IN ('pg_namespace'::regclass, 'pg_extension'::regclass))
  AND CASE WHEN d.classoid = 'pg_extension'::regclass THEN d.description IS DISTINCT FROM
        (SELECT a.comment FROM pg_available_extensions a JOIN pg_extension e ON e.extname = a.name
         WHERE e.oid = d.objoid AND d.objoid >= {FIRST_USER_OID})
      ELSE true END
"""


class CommentKind(Kind):
    """Ref: (noun of what it is about, *its path). Introspected last, by the addresses of all."""

    tag = COMMENT
    plural = "comments"
    role = "comment"
    body = CommentBody
    parent = TABLE
    weight = 900

    def support(self) -> Support:
        """`COMMENT ON` makes, changes and drops it; the kind of what it is about writes that."""
        return msgspec.structs.replace(super().support(), create=YES, alter=YES, drop=YES)

    def moved(self, ref: Ref, old: Ref, new: Ref) -> Ref:
        """Its path is that of what it is about, behind the noun."""
        noun, *path = ref.path
        about = Ref(f"postgres.{noun}", tuple(path))
        if about.kind == SEQUENCE:
            return comment_ref(SequenceKind().moved(about, old, new))
        return comment_ref(super().moved(about, old, new))

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """The comments on everything that some kind noted."""
        pg = as_pg(reader)
        for catalog, oid, column, words in pg.rows(_COMMENTS):
            about = pg.ref(catalog, oid, column)
            if about is not None:
                yield Node(ref=comment_ref(about), parent=about, body=CommentBody(text=words))
