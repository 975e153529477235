"""Doctoring: what stands between a project and its database, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.engine import states
from lockplane_core.errors import LockplaneError
from lockplane_core.spi.dialect import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.engine.bench import Bench


def database(bench: Bench, url: str) -> Iterator[Diagnosis]:
    """Whether the database can be reached, and what its dialect finds there."""
    address = bench.dialect.redact(url)
    if not bench.dialect.exists(url):
        yield _failed("database", states.absent(bench, url))
        return
    try:
        with bench.session(url, "read") as session:
            name = f"{bench.dialect.title} {session.version}".strip()
            yield Diagnosis(f"database: {name} at {address}")
            yield from bench.dialect.diagnose(session)
            catalog = bench.introspect(session)
    except LockplaneError as error:
        yield _failed("database", error)
        return
    if catalog.unmodelled:
        names = ", ".join(str(item) for item in catalog.unmodelled)
        yield Diagnosis(f"not modelled, so never changed: {names}")


def shadow(bench: Bench) -> Iterator[Diagnosis]:
    """Whether a scratch can be made, and where."""
    try:
        with bench.scratch() as session:
            version = session.version
    except LockplaneError as error:
        yield _failed("shadow", error)
        return
    judge = bench.shadow.judge
    exact = "" if version in judge else f" ({version})"
    yield Diagnosis(f"shadow: scratches are made on {judge}{exact}")
    for notice in bench.shadow.notices:
        yield Diagnosis(f"shadow: {notice}")


def _failed(what: str, error: LockplaneError) -> Diagnosis:
    return Diagnosis(f"{what}: {error.message}", is_fault=True, advice=error.hint)
