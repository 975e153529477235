"""The wizard: `lockplane init` on a terminal. Nothing is changed before the last question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from lockplane_core.cli import beginning, exit_codes, failing, output
from lockplane_core.cli.beginning import FIRST, Beginning, Choices
from lockplane_core.config.environments import environments
from lockplane_core.errors import LockplaneError
from lockplane_core.nearest import meant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lockplane_core.spi.init_target import Answers, InitTarget

_HELLO = """\
Lockplane keeps the schema of a database in SQL files. It needs a database to begin with.
Enter takes what stands in brackets. Nothing is changed before you agree; Ctrl-C stops."""


def run(targets: Sequence[InitTarget], choices: Choices, folder: Path) -> int:
    """Ask, do it, and offer to add another environment."""
    output.say(_HELLO)
    while True:
        there = environments(folder)
        if there:
            output.say(f"\nThis project has the environments {', '.join(there)}; here is one more.")
        if not _once(targets, choices, folder, there):
            output.say("Nothing was changed.")
            return exit_codes.FAILED
        choices = Choices()
        if not click.confirm("\nAdd another environment?", default=False, err=True):
            return exit_codes.DONE


def _once(
    targets: Sequence[InitTarget], choices: Choices, folder: Path, there: Sequence[str]
) -> bool:
    target = _target(targets)
    found = _looked(target, choices, folder, there)
    if found is None:
        return False
    output.say("\nThis will be done:")
    for line in found.does():
        output.say(f"  - {line}")
    if not click.confirm("Go ahead?", default=True, err=True):
        return False
    beginning.carry_out(found)
    return True


def _target(targets: Sequence[InitTarget]) -> InitTarget:
    if len(targets) == 1:
        return targets[0]
    output.say("\nWhich database?")
    width = max(len(target.name) for target in targets)
    for number, target in enumerate(targets, 1):
        output.say(f"  {number}  {target.name:{width}}  {target.help}")
    known = {target.name: target for target in targets}
    known |= {str(number): target for number, target in enumerate(targets, 1)}
    while True:
        answer = click.prompt("Number or name", default="1", err=True).strip()
        if answer in known:
            return known[answer]
        output.say(f"There is no {answer!r}. {meant(answer, known)}".rstrip())


def _looked(
    target: InitTarget, choices: Choices, folder: Path, there: Sequence[str]
) -> Beginning | None:
    """What the answers come to; asks again as long as they come to nothing. None is the end."""
    answers = _answers(target, {}, folder)
    chosen = choices
    while True:
        try:
            prospect = target.look(answers, folder)
            if prospect.url and not chosen.environment:
                chosen = msgspec.structs.replace(choices, environment=_environment(there))
            return beginning.begin(target, answers, prospect, chosen, folder)
        except LockplaneError as error:
            failing.explain(error)
        match _way_on():
            case "q":
                return None
            case "e":
                answers, chosen = _answers(target, answers, folder), choices


def _answers(target: InitTarget, before: Answers, folder: Path) -> Answers:
    """Ask what the target has to know; what was answered before is the default."""
    answers: dict[str, str] = {}
    for question in beginning.open_questions(target, answers):
        default = beginning.default_of(target, question, folder)
        if question.asked:
            answers[question.name] = beginning.ask(question, before.get(question.name) or default)
        else:
            answers[question.name] = default
    return answers


def _environment(there: Sequence[str]) -> str:
    default = "" if FIRST in there else FIRST
    while True:
        name: str = click.prompt(
            "Name of this environment", default=default, show_default=bool(default), err=True
        )
        if name.strip() and name.strip() not in there:
            return name.strip()
        output.say("Name another one: this is taken." if name.strip() else "It needs a name.")


def _way_on() -> str:
    choice = click.Choice(["r", "e", "q"])
    answer: str = click.prompt(
        "(r)etry, (e)dit the answers, or (q)uit",
        type=choice,
        default="e",
        show_choices=False,
        err=True,
    )
    return answer
