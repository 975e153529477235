"""Hook implementations of lockplane-postgres: cheap to import, heavy modules load inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.spi.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.command import Setting
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.init_target import InitTarget
    from lockplane_core.spi.kind import Kind
    from lockplane_core.spi.profile import Profile

_NAME = "postgres"


@hookimpl
def lockplane_dialects() -> Iterable[Dialect]:
    """PostgreSQL."""
    from lockplane_postgres.dialect import PostgresDialect

    return [PostgresDialect()]


@hookimpl
def lockplane_kinds(dialect: str) -> Iterable[Kind]:
    """The kinds of objects that this package models."""
    if dialect != _NAME:
        return []
    from lockplane_postgres.kinds.registered import KINDS

    return [kind() for kind in KINDS]


@hookimpl
def lockplane_init_targets() -> Iterable[InitTarget]:
    """A server of one's own, one that is there, a Docker Compose file."""
    from lockplane_postgres.init.compose import ComposeFile
    from lockplane_postgres.init.embedded import Embedded
    from lockplane_postgres.init.existing import ExistingServer
    from lockplane_postgres.init.supabase import Supabase

    return [Embedded(), ExistingServer(), Supabase(), ComposeFile()]


@hookimpl
def lockplane_profiles() -> Iterable[Profile]:
    """What Supabase and others own."""
    from lockplane_postgres.profiles import PROFILES

    return PROFILES


@hookimpl
def lockplane_settings() -> Iterable[Setting]:
    """Docker, for majors that this machine has no programs of."""
    from lockplane_core.spi.command import Setting

    return [
        Setting(
            _NAME,
            "docker",
            "Make scratches in a container where no server of the target's major is here.",
        ),
        Setting(_NAME, "docker_image", "The image for that; {major} stands for the major."),
    ]
