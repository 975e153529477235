"""`lockplane init embedded`: a PostgreSQL server of one's own on this machine."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, ClassVar

from lockplane_core.errors import UsageError
from lockplane_core.spi.init_target import Answers, InitTarget, Prospect, Question
from lockplane_postgres import addresses
from lockplane_postgres.init import EXAMPLE
from lockplane_postgres.quote import quote
from lockplane_postgres.server import kept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Embedded(InitTarget):
    """Begin with a PostgreSQL server of your own on this machine, ready in a second.

    It comes with the installation, needs no Docker and no rights, and keeps its data in your
    home folder. Its address is embedded:NAME. It listens on a socket that only you can open,
    is started when Lockplane connects, and runs until `lockplane shadow stop NAME`;
    `lockplane shadow status` shows the address for other programs.
    """

    name = "embedded"
    help = "A PostgreSQL of your own on this machine, ready in a second"
    dialect = "postgres"
    weight = 10
    example = EXAMPLE
    questions: ClassVar[tuple[Question, ...]] = (
        Question(name="name", text="Name of the server and its database", required=True),
        Question(
            name="major",
            text="The PostgreSQL to make it with: 14 to 18, default the one that is installed",
            asked=False,
        ),
    )

    def defaults(self, folder: Path) -> Answers:
        """The name of the folder, as far as it can name a server."""
        letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in folder.name.lower())
        name = letters.strip("_")[:20]
        return {"name": name if name[:1].isalpha() else "app"}

    def look(self, answers: Answers, folder: Path) -> Prospect:
        """Whether there is a server of that name, or one can be made."""
        server = kept.place(answers["name"])
        if server.path.exists():
            does = f"Use {server.address} (PostgreSQL {server.major}), which is there"
            return Prospect(url=server.address, does=(does,), advice=_advice(server))
        programs = kept.programs(_major(answers))
        does = f"Make the server {server.address} (PostgreSQL {programs.version}) in {server.path}"
        return Prospect(url=server.address, does=(does,), is_new=True, advice=_advice(server))

    def make(self, answers: Answers, folder: Path) -> Sequence[str]:
        """Make the server and its database, unless they are there."""
        server = kept.place(answers["name"])
        if server.path.exists():
            return (f"{server.address} is there and was left as it is",)
        server = kept.make(answers["name"], _major(answers))
        with closing(addresses.connect(f"{server.address}/postgres", "apply")) as session:
            session.execute(f"CREATE DATABASE {quote(server.name)} TEMPLATE template0")
            version = session.version
        return (f"Made the server {server.address} (PostgreSQL {version}); it runs now",)


def _major(answers: Answers) -> int | None:
    said = answers.get("major", "")
    if said and not said.isdecimal():
        raise UsageError(f"--major {said}: a number is wanted, such as 17")
    return int(said) if said else None


def _advice(server: kept.Kept) -> tuple[str, ...]:
    return ("For other programs its address is", f"  {server.url()}")
