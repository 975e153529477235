"""Standing: a scratch that is where a database is, and what differs where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.algebra.diff import compare
from lockplane_core.engine.rendering import creation, make
from lockplane_core.engine.settle import settled
from lockplane_core.errors import ScratchError

if TYPE_CHECKING:
    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.session import Session

_SAID = {"create": "unexpected", "drop": "missing", "alter": "different"}


def stand(bench: Bench, session: Session, catalog: Catalog) -> Catalog:
    """Make a catalog on a scratch, and read it back. Raises `ScratchError` if it differs."""
    make(bench, session, creation(bench, catalog))
    start = bench.introspect(session)
    left = differences(bench, catalog, start)
    if left:
        raise ScratchError(
            "the scratch does not read back like the database that it stands for: "
            + "; ".join(left),
            hint="Something there is not modelled, or this is a bug in the dialect's plugin.",
        )
    return start


def differences(bench: Bench, wanted: Catalog, got: Catalog) -> list[str]:
    """What differs, in words; what every fresh database holds may be there or not."""
    return [
        f"{_SAID[change.action]} {change.ref}"
        for change in compare(wanted, settled(bench, wanted, got))
        if change.action == "alter" or not bench.dialect.is_baseline(change.after or change.old)
    ]
