"""Running a plan on a database, with a result on stdout however it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from lockplane_core.builtin.formats.plan_words import count
from lockplane_core.cli import consent, exit_codes, failing, output
from lockplane_core.cli.progress import Progress
from lockplane_core.engine.executor import INTERRUPTED
from lockplane_core.engine.json_text import pretty
from lockplane_core.engine.plan_file import short
from lockplane_core.errors import LockplaneError
from lockplane_core.log import redact
from lockplane_core.model.consent import Consent
from lockplane_core.model.record import ErrorRecord, RunResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.cli.program import Program
    from lockplane_core.model.plan import Plan

_BEFORE = "Nothing was changed."


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """The flags that say how a plan may be run."""

    allow_data_loss: bool
    skip_shadow: bool
    wait: float


def run(lockplane: Lockplane, url: str, plan: Plan, choices: Choices) -> RunResult:
    """Run a plan after consent to what it loses, and tell how it went.

    Raises what stops it before it begins.
    """
    if not plan.bound:
        output.warn(
            "this plan is not bound to a state of the database (it has no source_hash), "
            "so it runs whatever state that is in"
        )
    losing = lockplane.losing(url, plan)
    is_asked = losing and (lockplane.settings.protected or not choices.allow_data_loss)
    agreed = Consent(
        allow_data_loss=choices.allow_data_loss,
        digest=consent.typed_digest(plan, losing, lockplane.settings) if is_asked else "",
        skip_shadow=choices.skip_shadow,
        wait=choices.wait,
    )
    with Progress(lockplane.busy, len(plan.steps)) as progress:
        result = lockplane.apply(url, plan, consent=agreed, listener=progress)
    _tell(result, url)
    return msgspec.structs.replace(result, plan=short(plan))


def reported(program: Program, work: Callable[[], RunResult]) -> int:
    """Do `work`, and print its result as JSON, also when it failed or was interrupted."""
    try:
        result = work()
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, click.UsageError):
            raise
        code = failing.report(error, program)
        _print(_stopped(error))
        return code
    _print(result)
    return exit_codes.of_result(result, program.interruption.exit_code)


def _stopped(error: BaseException) -> RunResult:
    """The result of a run that did not come to its first statement."""
    if isinstance(error, LockplaneError):
        record = ErrorRecord(code=error.name, message=error.message, hint=error.hint)
    elif isinstance(error, (KeyboardInterrupt, click.Abort)):
        record = ErrorRecord(code=INTERRUPTED, message="interrupted before the first statement")
    else:
        record = ErrorRecord(code="fault", message=f"{type(error).__name__}: {error}")
        return _failed(record, next="Look at the database before you go on.", state="unknown")
    return _failed(record, next=_BEFORE, state="refused")


def _failed(record: ErrorRecord, **how: object) -> RunResult:
    result = RunResult(success=False, steps_applied=0, errors=(record.message,), error=record)
    return msgspec.structs.replace(result, **how)


def _tell(result: RunResult, url: str) -> None:
    for notice in result.notices:
        output.notice(notice)
    if result.state == "nothing_to_do":
        output.say("✓ Nothing to do.")
    elif result.success:
        output.say(f"✓ Applied {count(result.steps_applied, 'step')} to {url}.")
    else:
        for message in result.errors:
            output.say(f"Error: {message}")
        if result.error and result.error.hint:
            output.say(f"  {result.error.hint}")
        output.say(f"  {result.next}")


def _print(result: RunResult) -> None:
    output.answer(pretty(_clean(msgspec.to_builtins(result))))


def _clean(value: Any) -> Any:
    """The value without passwords; before it is written, since JSON must stay JSON."""
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return redact(value) if isinstance(value, str) else value
