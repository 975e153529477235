"""InitTarget: a way to a first database, as `lockplane init TARGET` and its wizard offer it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Answers = Mapping[str, str]
"""What was answered, by the name of the question; what was not is missing or empty."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a target has to know: the option `--name`, and a question on a terminal.

    `text` is the question, and the help of the option. `default` is the answer of who says
    nothing; an empty one may be left empty unless it is `required`. `secret` is typed without
    being shown. A question is not asked once `unless` names another one that has an answer,
    nor where `asked` is false: then it is an option alone.
    """

    name: str
    text: str
    default: str = ""
    required: bool = False
    secret: bool = False
    unless: str = ""
    asked: bool = True


class Prospect(msgspec.Struct, frozen=True, kw_only=True):
    """What a target would come to.

    `url` and `shadow_url` go into the environment that is written; without `url` none is. Paths
    in them are as seen from the folder of the call. `does` says in words what will be done,
    `is_new` whether the database will be empty, so that an example of a schema fits.
    `ignored` are paths for .gitignore, from the folder of the call and with a / before them;
    `advice` is told when all is done.
    """

    url: str = ""
    shadow_url: str = ""
    does: tuple[str, ...] = ()
    is_new: bool = False
    ignored: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


class InitTarget(ABC):
    """One way to a database: a new one, or one that is there.

    `dialect` names the product, `example` is a schema file for an empty database, `schema_path`
    the folder that schema files go to by custom (empty: schema/), `profiles` what to leave alone
    there, and `weight` sorts the targets
    for people: the least is offered first. One that `makes_project` leads to an environment in
    lockplane.toml; another one does only what its help says.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    dialect: ClassVar[str]
    questions: ClassVar[tuple[Question, ...]] = ()
    example: ClassVar[str] = ""
    weight: ClassVar[int] = 50
    schema_path: ClassVar[str] = ""
    profiles: ClassVar[tuple[str, ...]] = ()
    makes_project: ClassVar[bool] = True

    def defaults(self, folder: Path) -> Answers:
        """Answers that can be found out, in place of the defaults of the questions."""
        return {}

    def moved(self, url: str, way: str) -> str:
        """An address of its own as it reads from another folder (see `Dialect.moved`)."""
        return url

    @abstractmethod
    def look(self, answers: Answers, folder: Path) -> Prospect:
        """What `make` would do. Changes nothing.

        Raises `LockplaneError` where it can not be done, such as `ConnectionFailed`.
        """

    @abstractmethod
    def make(self, answers: Answers, folder: Path) -> Sequence[str]:
        """Do it, and return in words what was done. What exists is never replaced."""
