"""Beginning: what `init` and its wizard share: answers, what they come to, and doing it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from lockplane_core.cli import output
from lockplane_core.config.settings import seen_from
from lockplane_core.engine import project
from lockplane_core.errors import UsageError
from lockplane_core.log import redact
from lockplane_core.spi.init_target import Answers, InitTarget, Prospect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lockplane_core.spi.init_target import Question

    Missing = Callable[[InitTarget, Question], str]

FIRST = "local"
"""The environment of who names none."""


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say of the environment that is written; empty where they say nothing."""

    environment: str = ""
    description: str = ""
    schema_path: str = ""


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known before anything is done."""

    target: InitTarget
    answers: Answers
    folder: Path
    prospect: Prospect
    environment: str
    pieces: tuple[project.Piece, ...]

    def does(self) -> list[str]:
        """What will be done, in words."""
        return [*self.prospect.does, *(piece.will(self.folder) for piece in self.pieces)]


def begin(
    target: InitTarget, answers: Answers, prospect: Prospect, choices: Choices, folder: Path
) -> Beginning:
    """What a target that was looked at comes to. Changes nothing; raises what forbids it."""
    wanted = _wanted(target, prospect, choices, folder) if prospect.url else None
    pieces = project.pieces(wanted) if wanted else []
    return Beginning(
        target=target,
        answers=answers,
        folder=folder,
        prospect=prospect,
        environment=wanted.environment if wanted else "",
        pieces=tuple(pieces),
    )


def carry_out(beginning: Beginning) -> None:
    """Do it, and say what was done and what comes next."""
    for line in beginning.target.make(beginning.answers, beginning.folder):
        tell(f"✓ {line}")
    for piece in project.write(beginning.pieces):
        tell(f"✓ {piece.done(beginning.folder)}")
    for line in (*beginning.prospect.advice, *_next(beginning)):
        tell(line)


def _next(beginning: Beginning) -> Iterator[str]:
    """What to do with the environment that was written."""
    if not beginning.environment:
        return
    flag = ""
    if beginning.environment != project.default_environment(beginning.folder):
        flag = f" --env {beginning.environment}"
    if os.environ.get("DATABASE_URL"):
        yield "Note: DATABASE_URL is set and goes before every environment; unset it to use this."
    if project.has_schema(beginning.folder):
        yield "Next: say in the schema files what the database should hold, then run"
        yield f"  lockplane apply{flag}"
    elif not beginning.prospect.is_new:
        yield "Next: write the schema that is there into files, which plan to nothing:"
        schema = os.path.relpath(project.schema_place(beginning.folder), beginning.folder)
        yield f"  lockplane introspect{flag} --output-dir {schema}/"


def tell(line: str) -> None:
    """Print a line about what `init` does, without any password."""
    output.answer(redact(line))


def complete(target: InitTarget, given: Answers, folder: Path, missing: Missing) -> Answers:
    """The answers given by options, and the defaults of the others.

    `missing` finds what is required and has none: `ask_or_refuse`, or `refuse`.
    """
    answers = dict(given)
    for question in open_questions(target, answers):
        default = default_of(target, question, folder)
        if question.required and not default:
            default = missing(target, question)
        answers[question.name] = default
    return answers


def open_questions(target: InitTarget, answers: Answers) -> Iterator[Question]:
    """What was not answered, and does not become idle by what is answered meanwhile."""
    for question in target.questions:
        if not answers.get(question.name) and not answers.get(question.unless):
            yield question


def default_of(target: InitTarget, question: Question, folder: Path) -> str:
    """The answer of who says nothing."""
    return target.defaults(folder).get(question.name) or question.default


def ask(question: Question, default: str) -> str:
    """Ask on the terminal."""
    while True:
        answer: str = click.prompt(
            question.text,
            default=default,
            show_default=bool(default) and not question.secret,
            hide_input=question.secret,
            err=True,
        )
        if answer.strip() or not question.required:
            return answer.strip()


def ask_or_refuse(target: InitTarget, question: Question) -> str:
    """What is typed on a terminal. Raises `UsageError` without one."""
    return ask(question, "") if sys.stdin.isatty() else refuse(target, question)


def refuse(target: InitTarget, question: Question) -> str:
    """Raises `UsageError`."""
    raise UsageError(
        f"`init {target.name}` has to know: {question.text}",
        hint=f"Say --{question.name}.",
    )


def _wanted(
    target: InitTarget, prospect: Prospect, choices: Choices, folder: Path
) -> project.Wanted:
    home = project.home(folder)
    return project.Wanted(
        folder=folder,
        environment=choices.environment or FIRST,
        dialect=target.dialect,
        database_url=seen_from(home, folder, prospect.url, target.moved),
        shadow_database_url=seen_from(home, folder, prospect.shadow_url, target.moved),
        schema_path=choices.schema_path or target.schema_path,
        profiles=target.profiles,
        description=choices.description,
        example=target.example if prospect.is_new else "",
        ignored=prospect.ignored,
    )
