"""Doctoring: what stands between a project and its database, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.engine import scoping, states
from lockplane_core.errors import LockplaneError
from lockplane_core.spi.dialect import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Unmodelled
    from lockplane_core.spi.session import Session


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
            on_request = _on_request(bench, session, catalog)
    except LockplaneError as error:
        yield _failed("database", error)
        return
    yield from _profiles(bench, catalog)
    yield from _unmodelled(bench, catalog, on_request)


def _on_request(bench: Bench, session: Session, catalog: Catalog) -> dict[Unmodelled, str]:
    """What is modelled as soon as a project asks for it, and the word of `manage` that does."""
    found: dict[Unmodelled, str] = {}
    words = {kind.managed for kind in bench.kinds.values()} - {"", *bench.scope.manage}
    for word in sorted(words):
        rest = {*catalog.unmodelled} - {*found}
        if rest:
            asked = msgspec.structs.replace(bench.scope, manage=(*bench.scope.manage, word))
            still = bench.stages.introspect(session, asked).unmodelled
            found |= dict.fromkeys(rest.difference(still), word)
    return found


def _unmodelled(
    bench: Bench, catalog: Catalog, on_request: dict[Unmodelled, str]
) -> Iterator[Diagnosis]:
    scoped = bench.scoped(catalog, bench.scope)
    items = [item for item in catalog.unmodelled if scoped.has(item)]
    for word in sorted({on_request[item] for item in items if item in on_request}):
        names = ", ".join(str(item) for item in items if on_request.get(item) == word)
        yield Diagnosis(
            f"not managed unless asked for, so never changed: {names}",
            is_fault=bench.strict,
            advice=f'Have it managed with manage = ["{word}"] in lockplane.toml, or '
            f"`--manage {word}`.",
        )
    names = ", ".join(str(item) for item in items if item not in on_request)
    if names:
        advice = "The project is strict: model it, or leave it out." if bench.strict else ""
        told = f"not modelled, so never changed: {names}"
        yield Diagnosis(told, is_fault=bench.strict, advice=advice)


def _profiles(bench: Bench, catalog: Catalog) -> Iterator[Diagnosis]:
    """What somebody else obviously owns in the database, and the project does not say."""
    for profile, count in scoping.suggested(bench, catalog):
        objects = "1 object" if count == 1 else f"{count} objects"
        yield Diagnosis(
            f"{profile.title}: {objects} of it would be managed by this project",
            advice=f'Leave them to it with profiles = ["{profile.name}"] in lockplane.toml.',
        )


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
