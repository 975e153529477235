"""`lockplane init supabase`: the database that `supabase start` runs on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from lockplane_postgres.init.existing import ExistingServer

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.spi.init_target import Answers, Question

_LOCAL = {
    "host": "127.0.0.1",
    "port": "54322",
    "user": "postgres",
    "password": "postgres",
    "database": "postgres",
    "sslmode": "disable",
}
"""What the CLI of Supabase sets up, the same on every machine."""


class Supabase(ExistingServer):
    """Begin with the database that `supabase start` runs on this machine.

    The schema goes to supabase/schema/. For a project in the cloud, give the address of the
    direct connection or of the session pooler with --url and a name with --env. Throw-away
    databases are made on a server that Lockplane brings. See docs/guides/supabase.md.
    """

    name = "supabase"
    help = "What `supabase start` runs, or a project of Supabase"
    weight = 25
    schema_path: ClassVar[str] = "supabase/schema"
    profiles: ClassVar[tuple[str, ...]] = ("supabase",)
    questions: ClassVar[tuple[Question, ...]] = tuple(
        msgspec.structs.replace(question, default=_LOCAL.get(question.name, question.default))
        for question in ExistingServer.questions
    )

    def defaults(self, folder: Path) -> Answers:
        """None but those of the questions: libpq's variables are about another server."""
        return {}
