"""Failing: errors as people see them, and the exit code that each of them has."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, former, output
from lockplane_core.errors import ConnectionFailed, InvalidSource, LockplaneError

if TYPE_CHECKING:
    from lockplane_core.cli.program import Program

_NOBODY = (
    "Nobody named a database, so this is the default one: name yours with --db or DATABASE_URL."
)


def report(error: BaseException, program: Program) -> int:
    """Tell people what went wrong; the exit code."""
    if program.debug:
        output.say("".join(traceback.format_exception(error)))
    if isinstance(error, LockplaneError):
        explain(error)
        if program.is_default and isinstance(error, ConnectionFailed):
            output.say(f"  {_NOBODY}")
        return exit_codes.of_error(error)
    if isinstance(error, click.ClickException):
        error.show()
        if isinstance(error, click.NoSuchOption) and error.option_name in former.OPTIONS:
            output.say(f"  {former.OPTIONS[error.option_name]}")
        return error.exit_code
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        output.say("Interrupted.")
        return program.interruption.exit_code
    if isinstance(error, SystemExit):  # click's answer to a closed stdout (`lockplane … | head`)
        return error.code if isinstance(error.code, int) else exit_codes.FAILED
    return _fault(error)


def explain(error: LockplaneError) -> None:
    """Tell people an error of ours: what went wrong, and the way out."""
    hint = error.hint
    if isinstance(error, InvalidSource):
        from lockplane_core.builtin.formats.findings_text import TextFindings

        output.say(TextFindings().render(error.findings))
        hint = "" if any(finding.suggestion == hint for finding in error.findings) else hint
    else:
        output.say(f"Error: {error.message}")
    for line in hint.splitlines():
        output.say(f"  {line}")


def _fault(error: BaseException) -> int:
    output.say(f"Error: {type(error).__name__}: {error}")
    output.say("  This is a fault of Lockplane or of a plugin. --debug shows where it happened.")
    return exit_codes.FAILED
