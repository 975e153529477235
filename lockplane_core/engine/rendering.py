"""Rendering whole catalogs: as steps, as SQL, and as another catalog read back from a scratch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.algebra.keeping import bare
from lockplane_core.algebra.order import ordered
from lockplane_core.algebra.segment import segments
from lockplane_core.errors import ScratchError, StatementFailed
from lockplane_core.model.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Step
    from lockplane_core.spi.session import Session


def steps_for(
    bench: Bench, changes: Sequence[Change], before: Catalog, after: Catalog
) -> list[Step]:
    """The ordered steps for changes."""
    return ordered(bench.stages.render(changes, before, after), bench.kinds)


def creation(bench: Bench, catalog: Catalog) -> list[Step]:
    """The steps that make the content of a catalog in a fresh database."""
    catalog = bare(catalog)
    nothing = Catalog(bench.dialect.name, version=catalog.version)
    return steps_for(bench, bench.stages.diff(nothing, catalog), nothing, catalog)


def remade(bench: Bench, catalog: Catalog) -> Catalog:
    """A catalog as it reads after it was made on a scratch. Raises `ScratchError`."""
    with bench.scratch() as session:
        make(bench, session, creation(bench, catalog))
        return bench.introspect(session)


def make(bench: Bench, session: Session, steps: Iterable[Step]) -> None:
    """Run steps on a scratch, many statements in one round trip. Raises `ScratchError`."""
    steps = list(steps)
    bench.provide(steps)
    for segment in segments(steps):
        with bench.dialect.segment(session, segment):
            for step in segment.steps:
                _run(session, step)


def _run(session: Session, step: Step) -> None:
    try:
        session.script(step.sql)
    except StatementFailed as error:
        raise ScratchError(
            f"the scratch refused to make what exists: {step.description}: {error.message}",
            hint="It stands on something that no installed plugin models, or this is a bug. "
            "The report of `lockplane doctor` lists what is not modelled.",
        ) from error
