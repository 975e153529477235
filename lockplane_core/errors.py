"""Every error that Lockplane raises on purpose.

LockplaneError                   anything we can explain; the CLI prints it without a traceback
├── UsageError                   the call itself is wrong (exit 2)
├── SourceError                  a schema source can not be read
│   └── InvalidSource            … it was read, and findings say what is wrong in it
├── ConfigError                  lockplane.toml or the environment
├── PluginError                  a plugin that is missing, broken or in conflict
├── ConnectionFailed             a database that can not be reached or used
├── ScratchError                 no throw-away database can be had, or it misbehaved
├── UnsupportedChange            a change that no installed kind knows how to make
├── PlanError                    a plan that can not be read or trusted
│   └── StalePlan                … it was made for another state of the database
├── ProofFailed                  the plan did not do on the scratch what it says
├── Refused                      a guard said no: consent, protection, unmodelled dependants
├── ExecutionFailed              a step failed on the target
├── StatementFailed              a server refused a statement
└── Busy                         try the same command again (exit 75)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.finding import Finding


class LockplaneError(Exception):
    """An error with a reason and a way out.

    `message` names what went wrong and where (object, file:line, plugin), `hint` what to do
    next, `code` is the stable name that the JSON output carries as `error.code`.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.name = code or type(self).code

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(LockplaneError):
    """The command line or API call contradicts itself."""

    code = "usage"
    exit_code = 2


class SourceError(LockplaneError):
    """A schema source can not be read."""

    code = "source"


class InvalidSource(SourceError):
    """A schema source was read, and `findings` (never empty) say what is wrong in it."""

    code = "invalid_source"

    def __init__(self, message: str, findings: Sequence[Finding], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)


class ConfigError(LockplaneError):
    """A setting that does not exist, or has a value it can not have."""

    code = "config"


class PluginError(LockplaneError):
    """A plugin is missing, failed to import, or claims what another one owns."""

    code = "plugin"


class ConnectionFailed(LockplaneError):
    """A database could not be reached, or is not one that we can work on."""

    code = "connection"


class ScratchError(LockplaneError):
    """No throw-away database could be made, or loading it failed."""

    code = "scratch"


class UnsupportedChange(LockplaneError):
    """No installed kind knows how to make this change without losing something."""

    code = "unsupported_change"


class PlanError(LockplaneError):
    """A plan file that can not be read, was edited, or is for something else."""

    code = "plan"


class StalePlan(PlanError):
    """The database is not in the state that the plan was made for."""

    code = "stale_plan"


class ProofFailed(LockplaneError):
    """On the scratch, the plan did not do what it claims."""

    code = "proof_failed"


class Refused(LockplaneError):
    """A guard refused the work; nothing was changed."""

    code = "refused"


class ExecutionFailed(LockplaneError):
    """A step failed on the target; the message names its number and description."""

    code = "execution_failed"


class Busy(LockplaneError):
    """The database is locked or another run is under way; the same command may be tried again."""

    code = "busy"
    exit_code = 75


class StatementFailed(LockplaneError):
    """A server refused a statement.

    `state` is its SQLSTATE or the like, `position` the character it points at, from 0: in the
    statement, or in `inside`, the part of one (the source of a routine) that the server read.
    """

    code = "statement_failed"

    def __init__(
        self,
        message: str,
        *,
        state: str = "",
        position: int | None = None,
        inside: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.state = state
        self.position = position
        self.inside = inside
