"""`lockplane init`: a first database, and the files of a project."""

from __future__ import annotations

import sys
from functools import partial
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lockplane_core.cli import beginning, exit_codes
from lockplane_core.cli.beginning import FIRST, Choices
from lockplane_core.cli.groups import Group
from lockplane_core.errors import UsageError

if TYPE_CHECKING:
    from lockplane_core.cli.beginning import Missing
    from lockplane_core.cli.program import Program
    from lockplane_core.spi.init_target import Answers, InitTarget

_HELP = """Make a project: a first database, settings, and a folder for its schema.

Without a TARGET it asks on a terminal what it can not find out, says what it is going to do,
and does it when you agree. With one it asks nothing that has an answer already.

\b
What is written, where the help of the target does not say otherwise:
  lockplane.toml      settings, with an environment for each database
  .env.NAME           the address of the database of environment NAME; only you can read it
  .env.NAME.example   the same without the password, for your colleagues
  .gitignore          keeps .env.NAME out of git
  schema/             the schema that you want; an example if the database is new

Nothing that exists is overwritten. Run it again with --env NAME to add an environment.
"""


class Targets(Group):
    """The targets that the installed plugins offer, as subcommands; assembled when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which people are offered them."""
        program: Program = ctx.obj
        return list(program.registry.init_targets)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand for a target."""
        program: Program = ctx.obj
        target = program.registry.init_targets.get(cmd_name)
        return _command(target) if target else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Call them what they are."""
        program: Program = ctx.obj
        targets = program.registry.init_targets.values()
        rows = [(target.name, target.help) for target in targets]
        with formatter.section("Targets"):
            formatter.write_dl(rows or [("none", "No installed plugin offers a database.")])


def _project_options() -> list[click.Option]:
    """What may be said of the environment that is written."""
    names = ["--env", "--env-name", "environment"]
    default = f"The environment to write.  [default: {FIRST}]"
    return [
        click.Option(names, metavar="NAME", default="", show_default=False, help=default),
        click.Option(
            ["--description"], metavar="TEXT", default="", help="What the environment is for."
        ),
        click.Option(
            ["--schema-path"],
            metavar="PATH",
            default="",
            help="The folder of the schema.  [default: schema]",
        ),
    ]


@click.pass_context
def _group(ctx: click.Context, /, *, yes: bool, **said: str) -> int:
    """Run the wizard, or the first target; a target that was named runs by itself."""
    choices = Choices(**said)
    if ctx.invoked_subcommand:
        if yes or choices != Choices():
            raise click.UsageError(f"Put options behind the target {ctx.invoked_subcommand}.")
        return exit_codes.DONE
    program: Program = ctx.obj
    targets = list(program.registry.init_targets.values())
    if not targets:
        raise UsageError(
            "no installed plugin offers a database to begin with",
            hint="Install one: python -m pip install lockplane-sqlite lockplane-postgres",
        )
    if yes:
        return _run(targets[0], {}, choices, beginning.refuse)
    if not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on, and no target was named",
            hint=f"Say one of: lockplane init {'|'.join(target.name for target in targets)}",
        )
    from lockplane_core.cli import wizard

    return wizard.run(targets, choices, Path.cwd())


command = Targets(
    "init",
    callback=_group,
    help=_HELP,
    invoke_without_command=True,
    subcommand_metavar="[TARGET] [OPTIONS]",
    params=[
        click.Option(
            ["-y", "--yes"], is_flag=True, help="Ask nothing: the first target, with its defaults."
        ),
        *_project_options(),
    ],
)


def _command(target: InitTarget) -> click.Command:
    """The subcommand of a target: an option for each of its questions."""
    asked = [
        click.Option(
            [f"--{question.name}", f"answer_{index}"],
            metavar="TEXT",
            help=question.text + (f"  [default: {question.default}]" if question.default else ""),
        )
        for index, question in enumerate(target.questions)
    ]
    return click.Command(
        target.name,
        help=cleandoc(target.__doc__ or target.help),
        short_help=target.help,
        params=[
            *asked,
            *(_project_options() if target.makes_project else []),
            click.Option(["-y", "--yes"], is_flag=True, help="Ask nothing: take the defaults."),
        ],
        callback=partial(_answered, target),
    )


def _answered(target: InitTarget, *, yes: bool, **values: str | None) -> int:
    answers = {
        question.name: values.pop(f"answer_{index}") or ""
        for index, question in enumerate(target.questions)
    }
    choices = Choices(**{name: said or "" for name, said in values.items()})
    return _run(target, answers, choices, beginning.refuse if yes else beginning.ask_or_refuse)


def _run(target: InitTarget, given: Answers, choices: Choices, missing: Missing) -> int:
    folder = Path.cwd()
    answers = beginning.complete(target, given, folder, missing)
    prospect = target.look(answers, folder)
    beginning.carry_out(beginning.begin(target, answers, prospect, choices, folder))
    return exit_codes.DONE
