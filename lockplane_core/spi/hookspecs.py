"""The hook specifications: each stage of the work, what plugins register, and what they hear.

A hook prefixed with a plural noun registers; the others happen. A stage hook returns None when
the dialect is not its own. An exception that is a `LockplaneError` stops the command with its
message; any other is reported with the name of the plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.record import Outcome, RunResult
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.scope import Scope
    from lockplane_core.model.statement import Document, Parsed
    from lockplane_core.model.step import Step
    from lockplane_core.spi.check import Check, Subject
    from lockplane_core.spi.command import CommandSpec, Setting
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.format import FindingsFormat, PlanFormat
    from lockplane_core.spi.init_target import InitTarget
    from lockplane_core.spi.kind import Kind
    from lockplane_core.spi.loader import Loader
    from lockplane_core.spi.profile import Profile
    from lockplane_core.spi.session import Session

PROJECT = "lockplane"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# -- stages --------------------------------------------------------------------------------


@hookspec(firstresult=True)
def lockplane_parse(dialect: Dialect, document: Document) -> Parsed | None:
    """Parse a schema file into statements.

    Called once for each document of a source. Returns the statements and every syntax error
    with its place. Default: the dialect's parser.
    """


@hookspec(firstresult=True)
def lockplane_introspect(dialect: Dialect, session: Session, scope: Scope) -> Catalog | None:
    """Read the catalog of a database.

    Called for a live database and for a scratch alike. Returns everything, whether managed or
    not. Default: ask each registered kind, in one consistent snapshot.
    """


@hookspec(firstresult=True)
def lockplane_diff(dialect: Dialect, before: Catalog, after: Catalog) -> Sequence[Change] | None:
    """Compare two catalogs.

    What is not managed is alike on both sides. Returns changes in the order of their refs.
    Default: the generic comparison, in which what stands in the way of a change is replaced
    around it.
    """


@hookspec(firstresult=True)
def lockplane_render(
    dialect: Dialect, changes: Sequence[Change], before: Catalog, after: Catalog
) -> Sequence[Step] | None:
    """Write changes as steps.

    Returns steps in any order; they are sorted by what they produce, consume and destroy.
    Default: hand each kind the changes of its subtree, parents first.
    """


@hookspec
def lockplane_validate(dialect: Dialect, subject: Subject) -> Sequence[Finding] | None:
    """Check statements or a plan.

    All results are joined. Default: run every registered check that the project has not
    switched off; a check that raises costs only itself.
    """


@hookspec(firstresult=True)
def lockplane_execute(dialect: Dialect, plan: Plan, step: Step, session: Session) -> Outcome | None:
    """Run one step inside the segment that the dialect opened.

    Returns how it was done. Default: run its statements one by one. Whatever it raises ends
    the segment.
    """


# -- registration --------------------------------------------------------------------------


@hookspec
def lockplane_dialects() -> Iterable[Dialect]:
    """Return the dialects that this plugin brings.

    Called when the first of them is wanted. Names are unique. A driver is imported inside the
    methods that use it, so that `--help` need not load it.
    """


@hookspec
def lockplane_kinds(dialect: str) -> Iterable[Kind]:
    """Return the kinds that this plugin brings for the dialect of that name.

    Called once for each dialect that is used; a package may add to the dialect of another.
    Tags are unique, and so are plurals below one parent.
    """


@hookspec
def lockplane_checks() -> Iterable[Check]:
    """Return the checks that this plugin brings.

    Called when the first check runs. Ids and codes are unique.
    """


@hookspec
def lockplane_loaders() -> Iterable[Loader]:
    """Return the loaders that this plugin brings.

    Called when a source is read. Prefixes are unique; `PREFIX:VALUE` names a source.
    """


@hookspec
def lockplane_formats() -> Iterable[PlanFormat | FindingsFormat]:
    """Return the formats that this plugin brings.

    Called when `--format` names one. Names are unique among those that write the same.
    """


@hookspec
def lockplane_commands() -> Iterable[CommandSpec]:
    """Return the commands that this plugin adds to the CLI.

    Called for `--help` and for a command that the core does not have; the module of a command
    is imported when it runs. Names are unique.
    """


@hookspec
def lockplane_init_targets() -> Iterable[InitTarget]:
    """Return the ways to a first database that this plugin offers in `lockplane init`.

    Called when `init` runs. Names are unique; each becomes a subcommand with an option for
    each of its questions, and an entry of the wizard.
    """


@hookspec
def lockplane_profiles() -> Iterable[Profile]:
    """Return the profiles that this plugin brings: what a platform or an extension owns.

    Called when a project names one, and by `doctor`, which suggests those that fit. Names are
    unique.
    """


@hookspec
def lockplane_settings() -> Iterable[Setting]:
    """Return the keys of lockplane.toml that this plugin reads.

    Called when the file is read: a key that nobody names is an error.
    """


# -- lifecycle -----------------------------------------------------------------------------


@hookspec
def lockplane_ignore(dialect: Dialect, catalog: Catalog) -> Iterable[Ref]:
    """Return refs to leave out of management, such as what an extension owns.

    Called for each catalog that is compared or fingerprinted. What is below an ignored object
    is ignored with it. The results of all plugins are joined.
    """


@hookspec
def lockplane_before_apply(plan: Plan, session: Session) -> None:
    """Look at a plan before its first statement; raise `Refused` to stop it.

    Called on the target's own session, under the lock of the run, after the plan was proved.
    """


@hookspec
def lockplane_after_step(plan: Plan, step: Step, outcome: Outcome) -> None:
    """Hear that a step ran.

    Called while its transaction may still be open: what is raised here ends the run, and the
    transaction is taken back.
    """


@hookspec
def lockplane_after_apply(plan: Plan, result: RunResult) -> None:
    """Hear how a run ended, also when it failed.

    Called once for each run that came as far as its first statement. What is raised here
    becomes a notice: it changes nothing about the run.
    """
