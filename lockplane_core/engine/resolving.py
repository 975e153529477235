"""Resolving: from the statements of a schema to the catalog that they make on a scratch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.keeping import bare
from lockplane_core.algebra.partly import Resolved, merged, part, said
from lockplane_core.engine import loading
from lockplane_core.errors import LockplaneError
from lockplane_core.log import log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.engine.bench import Bench
    from lockplane_core.engine.loading import Sheet
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.finding import Finding


def resolve(bench: Bench, source: str, sheet: Sheet) -> tuple[Catalog, tuple[Finding, ...]]:
    """The catalog of a sheet, and what is wrong inside of its objects.

    Of a large schema that was resolved before, only what changed since is made again.
    """
    memo = bench.memo if sheet.declarative and not bench.shadow.foreign else None
    if memo is None or len(sheet.statements) < memo.least:
        return _made(bench, sheet)
    key = _key(bench, source)
    known = memo.recall(key, bench.kinds)
    catalog = None if known is None else _in_part(bench, known, sheet)
    wrong: tuple[Finding, ...] = ()
    if catalog is None:
        catalog, wrong = _made(bench, sheet)
    if not wrong and not catalog.unmodelled:
        told = tuple(said(s, alone=bench.dialect.is_alone(s)) for s in sheet.statements)
        if known is None or known.statements != told:
            memo.keep(key, Resolved(told, catalog))
    return catalog, wrong


def _made(bench: Bench, sheet: Sheet) -> tuple[Catalog, tuple[Finding, ...]]:
    with bench.scratch() as session:
        loading.load(bench, session, sheet)
        wrong = loading.unsound(bench, session, sheet)
        return bare(_with_unsaid(bench, sheet, bench.introspect(session))), wrong


def _with_unsaid(bench: Bench, sheet: Sheet, catalog: Catalog) -> Catalog:
    """The catalog, with what the files say though it goes without saying on a scratch."""
    stay = {tag: kind for tag, kind in bench.kinds.items() if kind.stays}
    declared = {item.ref for statement in sheet.statements for item in statement.declares}
    silent = [ref for ref in sorted(declared) if ref.kind in stay and ref not in catalog]
    found = [stay[ref.kind].unsaid(ref, catalog) for ref in silent] if bench.scope.manage else []
    return catalog.replace([*catalog, *filter(None, found)]) if found else catalog


def _in_part(bench: Bench, known: Resolved, sheet: Sheet) -> Catalog | None:
    """The catalog, if what changed tells; whatever is wrong is for the whole schema to say."""
    again = part(known, sheet.statements, bench.dialect.is_alone)
    if again is None:
        return None
    log.debug("resolved before", statements=len(sheet.statements), again=len(again.statements))
    if not again.statements and not again.roots:
        catalog: Catalog = known.catalog
        return catalog
    try:
        found, wrong = _made(bench, msgspec.structs.replace(sheet, statements=again.statements))
    except LockplaneError:
        return None
    return None if wrong or found.unmodelled else merged(known, again, found)


def _key(bench: Bench, source: str) -> str:
    """What a resolved schema depends on beside its statements: server, programs, and whose it is.

    Programs that are being worked on change without a new version.
    """
    found = [f for f in bench.registry.found if not f.error]
    programs = sorted(f"{f.distribution} {f.version}" for f in found)
    places = {type(kind).__module__.partition(".")[0] for kind in bench.kinds.values()}
    stamps = [_stamp(name) for name in sorted({*places, __name__.partition(".")[0]})]
    said = (Path.cwd(), source, bench.dialect.name, bench.shadow.judge, bench.scope)
    return repr((*map(str, said), sorted(bench.extensions), programs, stamps))


def _stamp(package: str) -> str:
    """When a file of an installed package was changed last."""
    import importlib

    folder = Path(importlib.import_module(package).__file__ or "").parent
    return str(max((entry.stat().st_mtime_ns for entry in _modules(str(folder))), default=0))


def _modules(folder: str) -> Iterable[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and entry.name != "__pycache__":
                yield from _modules(entry.path)
            elif entry.name.endswith((".py", ".sql")):
                yield entry
