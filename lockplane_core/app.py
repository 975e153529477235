"""The Python API: what the CLI and other programs call.

from lockplane_core.app import Lockplane

with Lockplane.open() as lockplane:
    planned = lockplane.plan("app.db", "schema/")
    result = lockplane.apply("app.db", planned.plan)
    print(result.success, result.steps_applied, result.errors)
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import msgspec

from lockplane_core.builtin import builtins
from lockplane_core.config import Settings, refuse_contradiction, refuse_unknown_tables
from lockplane_core.engine import (
    doctoring,
    executor,
    extents,
    guards,
    losses,
    planner,
    proof,
    rollback,
    scoping,
    sources,
    states,
    validating,
    validating_json,
)
from lockplane_core.engine.bench import Bench
from lockplane_core.errors import UsageError
from lockplane_core.model.consent import Consent
from lockplane_core.plugins import tracing
from lockplane_core.plugins.discovery import discover
from lockplane_core.plugins.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from lockplane_core.engine.bench import Busy
    from lockplane_core.engine.executor import Listener
    from lockplane_core.engine.planner import Planned
    from lockplane_core.engine.states import State
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.intent import Intent
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.record import Proof, RunResult
    from lockplane_core.model.step import Step
    from lockplane_core.spi.dialect import Diagnosis

__all__ = ["Lockplane", "load_registry"]


def load_registry() -> Registry:
    """A registry of the built-in plugins and all that are installed.

    `LOCKPLANE_TRACE_PLUGINS=1` writes to stderr which hook calls go to which of them.
    """
    registry: Registry
    registry = Registry(discover(), builtins(lambda: registry))
    if os.environ.get(tracing.ASKED_BY):
        tracing.trace(registry.manager, _to_stderr)
    return registry


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


class Lockplane:
    """A project: its plugins, its settings, and the shadow servers that it has started.

    Sources are texts: a `.lp.sql` file or a folder of them, `sql:PATH`, a `.json` file, a
    database URL, or what a loader's prefix names. Every method raises `LockplaneError`. `busy`
    is called with what begins, in words, and gives a context that lasts as long.
    """

    def __init__(self, registry: Registry, settings: Settings, *, busy: Busy = nullcontext) -> None:
        self.registry = registry
        self.settings = settings
        self.busy = busy
        self._benches: dict[tuple[str, str], Bench] = {}

    @classmethod
    def open(cls, settings: Settings | None = None) -> Lockplane:
        """A project with the installed plugins and, unless given, the settings found from here."""
        registry = load_registry()
        if settings is None:
            settings = Settings.load(moved=partial(sources.moved, registry))
            agree(settings, registry)
        return cls(registry, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the shadow servers that were started; scratches go with them."""
        for bench in self._benches.values():
            bench.close()
            bench.dialect.close()
        self._benches.clear()

    # -- reading ---------------------------------------------------------------------------

    def read(self, source: str) -> State:
        """The catalog of one source, with the place where files declare each node."""
        return self._held(states.read(self._bench(source), self._source(source)))

    def read_target(self, url: str) -> State:
        """The catalog of the database that is worked on, empty if it is yet to be made."""
        return self._held(states.read(self._bench(url), self._target(url)))

    def _held(self, state: State) -> State:
        """The state. Raises `Refused` where the project is strict and nobody models a part."""
        bench = self._bench_of(state.dialect)
        guards.refuse_unlisted(bench, bench.scope, state.catalog)
        return state

    def tree(self, state: State) -> dict[str, Any]:
        """Schema JSON of what was read, without what every fresh database holds."""
        return states.tree(self._bench_of(state.dialect), state)

    def sql(self, state: State) -> list[tuple[str, str]]:
        """Schema files of what was read: (file name, SQL), one for each table and its parts."""
        return states.files(self._bench_of(state.dialect), state)

    def unsaid(self, state: State, *, json: bool) -> list[Intent]:
        """The annotations of a state for which schema JSON, or else SQL, has no place."""
        return states.unsaid(self._bench_of(state.dialect), state, json=json)

    def left_out(self, state: State) -> list[str]:
        """What of a state is not written down, in words: not managed, or not modelled."""
        bench = self._bench_of(state.dialect)
        scoped = bench.scoped(state.catalog, bench.scope)
        names = ", ".join(str(item) for item in state.catalog.unmodelled if scoped.has(item))
        told = scoping.told(scoped)
        return [*told, f"not modelled, so left out: {names}"] if names else [*told]

    def validate_sql(self, source: str) -> list[Finding]:
        """What is wrong, or could be better, in schema files. Needs no database."""
        return validating.schema_files(self._bench(source), self._source(source), self.settings)

    def validate_json(self, source: str) -> list[Finding]:
        """What is wrong in a file of schema JSON. Needs no database."""
        return validating_json.schema_json(self._bench(source), self._source(source))

    def located(self, findings: Iterable[Finding], *sources: str) -> list[Finding]:
        """Findings about sources, with the place where each ends if its file can be read."""
        return extents.from_files(findings, self._bench(*sources).dialect)

    # -- planning --------------------------------------------------------------------------

    def diff(self, before: str, after: str) -> dict[str, Any]:
        """Diff JSON; `{}` if the two mean the same."""
        return self.compare(before, after).tree

    def compare(self, before: str, after: str) -> planner.Difference:
        """Diff JSON with notices of what it can not show."""
        return planner.difference(self._bench(before, after), *self._pair(before, after))

    def plan(self, before: str, after: str) -> Planned:
        """The plan from one source to the other, with its undo and the findings of checks.

        A database to begin with may be one that is yet to be made.
        """
        bench = self._bench(before, after)
        return planner.plan(bench, self._target(before), self._source(after), self.settings)

    def prove(self, planned: Planned) -> Proof:
        """Run plan and undo on a scratch. Raises `ProofFailed`."""
        bench = self._bench_of(planned.plan.dialect)
        return proof.prove(bench, planned.plan, planned.before).proof

    def undo(self, plan: Plan, before: str) -> Plan:
        """The plan that takes `plan` back; `before` is the state before it, or the one after.

        A plan written by hand is run on a scratch that stands at `before` to learn its undo.
        """
        return rollback.undo(self._bench(before, dialect=plan.dialect), plan, self._source(before))

    # -- applying --------------------------------------------------------------------------

    def apply(
        self,
        url: str,
        plan: Plan,
        *,
        consent: Consent | None = None,
        listener: Listener | None = None,
    ) -> RunResult:
        """Prove a plan on a scratch, then run it on the database at `url`.

        Returns the result of a run that committed, and of one that failed or was interrupted
        after its first statement; raises what stops it before that.
        """
        bench = self._bench_of(self._database(url).dialect, url)
        consent = consent or Consent()
        losing = list(losses.weighed(bench, plan).loses_data())
        is_agreed = losses.agreed(plan, losing, consent, self.settings)
        consent = msgspec.structs.replace(consent, allow_data_loss=is_agreed)
        return executor.apply(bench, url, plan, consent, listener)

    def losing(self, url: str, plan: Plan) -> list[tuple[int, Step]]:
        """The steps of a plan that lose data, with their numbers from 1; `apply` wants consent.

        Of a plan written by hand it is those whose SQL says so. Raises `StalePlan` if `apply`
        would: nobody should be asked about a plan that can not run.
        """
        bench = self._bench_of(self._database(url).dialect, url)
        found = list(losses.weighed(bench, plan).loses_data())
        if found:
            executor.refuse_stale(bench, url, plan)
        return found

    def diagnose(self, url: str) -> Iterator[Diagnosis]:
        """What is well, and what is not, with the database at `url` and with its shadow."""
        bench = self._bench(url)
        yield from doctoring.database(bench, url)
        yield from doctoring.shadow(bench)

    # -- benches ---------------------------------------------------------------------------

    def _source(self, text: str) -> sources.Source:
        return sources.classify(text, self.registry)

    def _target(self, text: str) -> sources.Source:
        return msgspec.structs.replace(self._source(text), may_be_new=True)

    def _pair(self, before: str, after: str) -> tuple[sources.Source, sources.Source]:
        return self._source(before), self._source(after)

    def _database(self, text: str) -> sources.Source:
        source = self._source(text)
        if source.form != "url":
            raise UsageError(f"{source} is no database", hint="Name one by its address.")
        return source

    def _bench(self, *texts: str, dialect: str = "") -> Bench:
        """The bench for the one dialect that the sources are of, aimed at the live one."""
        found = [self._source(text) for text in texts]
        name = sources.common_dialect(found, self.registry, dialect or self._dialect())
        live = next((source.value for source in found if source.form == "url"), "")
        return self._bench_of(name, live)

    def _dialect(self) -> str:
        """The dialect of sources that do not tell: as set, else that of the project's database."""
        url = self.settings.database_url
        claimed = self.registry.claiming(url) if url and not self.settings.dialect else None
        return claimed.name if claimed else self.settings.dialect

    def _bench_of(self, dialect: str, target: str = "") -> Bench:
        """The bench of a dialect and a target; without one, the bench that was used last."""
        key = (dialect, target)
        if not target:
            key = next((known for known in reversed(self._benches) if known[0] == dialect), key)
        bench = self._benches.pop(key, None)
        scope = scoping.scope_of(self.settings, self.registry, dialect)
        if bench is not None:
            bench.scope = scope  # a plan that was applied may have been made for another one
        else:
            bench = Bench(
                self.registry,
                self.registry.dialect(dialect),
                shadow_url=self.settings.shadow_database_url,
                target_url=target or self.settings.database_url,
                scope=scope,
                trust_sql=self.settings.trust_sql,
                protected=self.settings.protected,
                strict=self.settings.strict,
                settings=self.settings.dialect_settings(dialect),
                busy=self.busy,
            )
        self._benches[key] = bench
        return bench


def agree(settings: Settings, registry: Registry) -> None:
    """Raise `ConfigError` for settings that contradict what is installed, or one another."""
    refuse_unknown_tables(settings, registry.settings.values())
    refuse_contradiction(settings, registry.dialects, registry.claiming)


def schema_folder(settings: Settings, folder: Path) -> str:
    """The schema source that a command without one reads, or empty."""
    return settings.schema_path or ("schema" if (folder / "schema").is_dir() else "")
