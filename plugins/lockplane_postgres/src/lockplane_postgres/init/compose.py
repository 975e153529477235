"""`lockplane init docker-compose`: a shadow database beside the one of a Compose file."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lockplane_core.spi.init_target import Answers, InitTarget, Prospect, Question

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lockplane_postgres.compose.file import ComposeText


class ComposeFile(InitTarget):
    """Add a shadow database to a Docker Compose file.

    The file's PostgreSQL service is found, and a service `shadow` is added that is the same
    server with a database and a port of its own: image, environment and healthcheck are
    copied, volumes are not. The rest of the file, its comments and its order stay as they are.
    A file that has a service `shadow` already is not changed.
    """

    name = "docker-compose"
    help = "Add a shadow database to a Docker Compose file"
    dialect = "postgres"
    weight = 40
    makes_project = False
    questions: ClassVar[tuple[Question, ...]] = (
        Question(name="file", text="The Compose file; by itself docker-compose.yml or compose.yml"),
    )

    def look(self, answers: Answers, folder: Path) -> Prospect:
        """Which service would be copied, and to which port."""
        found = _open(answers, folder)
        if found.has_shadow:
            return Prospect(does=(f"Nothing: {found.path.name} has a service shadow already",))
        found.with_shadow()
        return Prospect(does=(f"Add {_said(found)}",), advice=_advice(found))

    def make(self, answers: Answers, folder: Path) -> Sequence[str]:
        """Add the service, unless there is one."""
        from lockplane_postgres.compose.file import replace

        found = _open(answers, folder)
        if found.has_shadow:
            return (f"{found.path.name} has a service shadow already: no changes",)
        said = _said(found)
        replace(found.path, found.with_shadow())
        return (f"Added {said}",)


def _open(answers: Answers, folder: Path) -> ComposeText:
    from lockplane_postgres.compose.file import ComposeText, find

    return ComposeText(find(folder, answers.get("file", "")))


def _said(found: ComposeText) -> str:
    from lockplane_postgres.compose import service

    name = found.primary()
    database = f"{service.database(found.services[name])}_shadow"
    return (
        f"the service shadow to {found.path.name}: like {name}, with the database {database} "
        f"on port {found.port()}"
    )


def _advice(found: ComposeText) -> tuple[str, ...]:
    from lockplane_postgres.compose import service

    primary = found.services[found.primary()]
    user = service.environment(primary).get("POSTGRES_USER", "postgres")
    name = f"{service.database(primary)}_shadow"
    url = f"postgres://{user}:PASSWORD@localhost:{found.port()}/{name}?sslmode=disable"
    return (
        "Next: start the servers, and tell Lockplane where the shadow is:",
        "  docker compose up -d",
        f"  export SHADOW_DATABASE_URL='{url}'",
    )
