"""PgKeeper: kept servers, programs for scratches, and what dead runs left behind."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from lockplane_core.errors import Busy, UsageError
from lockplane_core.spi.keeper import Holding, Keeper
from lockplane_postgres import addresses
from lockplane_postgres.leftovers import drop, leftovers
from lockplane_postgres.server import kept
from lockplane_postgres.server.binaries import Binaries
from lockplane_postgres.server.install import MAJORS, clean_cache, fetch
from lockplane_postgres.server.reap import reap, runs
from lockplane_postgres.server.search import every_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.spi.keeper import State
    from lockplane_core.spi.shadow import ScratchRequest
    from lockplane_postgres.leftovers import Leftover
    from lockplane_postgres.session import PgSession


class PgKeeper(Keeper):
    """See `Keeper`."""

    def status(self, request: ScratchRequest) -> Iterator[Holding]:
        """Kept servers, programs, throw-away servers, scratches on the shadow that was named."""
        yield from map(_server, kept.every())
        for found in every_program():
            if isinstance(found, Binaries):
                detail = f"{found.origin}, {found.bindir}"
                yield Holding(f"PostgreSQL {found.version}", "usable", detail)
            else:
                yield Holding(f"PostgreSQL in {found.bindir}", "unusable", found.reason)
        for path, pid, is_dead in runs():
            state: State = "leftover" if is_dead else "in use"
            yield Holding(f"throw-away server {path.name}", state, f"of process {pid}, {path}")
        for leftover, session in _on_shadow(request):
            yield Holding(f"scratch {leftover.name}", "leftover", f"on {session.address}")

    def clean(self, request: ScratchRequest) -> Iterator[Holding]:
        """What `status` calls a leftover, and what is half made in the cache."""
        for found in reap():
            stopped = f", its server {found.stopped} was stopped" if found.stopped else ""
            detail = f"of process {found.owner}{stopped}"
            yield Holding(f"throw-away server {found.path.name}", "removed", detail)
        for path in clean_cache():
            yield Holding(f"half a download {path.name}", "removed", str(path.parent))
        for leftover, session in _on_shadow(request):
            if drop(session, leftover):
                yield Holding(f"scratch {leftover.name}", "removed", f"on {session.address}")

    def install(self, version: str) -> Holding:
        """Fetch the programs of a major."""
        if not version.isdecimal() or int(version) not in MAJORS:
            raise UsageError(
                f"{version!r} is no major of PostgreSQL that can be fetched",
                hint=f"Say one of {', '.join(map(str, MAJORS))}.",
            )
        found = fetch(int(version))
        return Holding(f"PostgreSQL {found.version}", "usable", f"{found.origin}, {found.bindir}")

    def stop(self, name: str) -> Holding | None:
        """Stop a kept server, named with or without `embedded:`."""
        wanted = name.removeprefix(kept.SCHEME)
        server = next((found for found in kept.every() if found.name == wanted), None)
        if server is None:
            return None
        server.stop()
        if server.pid:
            raise Busy(f"{server.address} was started again by somebody else")
        return _server(server)


def _server(server: kept.Kept) -> Holding:
    detail = f"PostgreSQL {server.major}, data in {server.data}\n{server.url()}"
    return Holding(server.address, "running" if server.pid else "stopped", detail)


def _on_shadow(request: ScratchRequest) -> Iterator[tuple[Leftover, PgSession]]:
    """The leftovers on the server that was named, with a session there."""
    if request.shadow_url:
        with closing(addresses.connect(request.shadow_url, "read")) as session:
            for leftover in leftovers(session):
                yield leftover, session
