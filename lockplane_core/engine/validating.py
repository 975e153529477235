"""Validating schema files without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.algebra.spelling import unified
from lockplane_core.engine import checking, declarative, sources
from lockplane_core.errors import UsageError
from lockplane_core.model.finding import ordered
from lockplane_core.spi.check import Subject

if TYPE_CHECKING:
    from lockplane_core.config import Settings
    from lockplane_core.engine.bench import Bench
    from lockplane_core.engine.sources import Source
    from lockplane_core.model.finding import Finding


def schema_files(bench: Bench, source: Source, settings: Settings) -> list[Finding]:
    """Syntax errors, what a schema file must not hold, and what the checks say, by place."""
    if source.form != "schema":
        raise UsageError(
            f"{source} is not a schema file", hint=f"Name a {sources.SUFFIX} file or a folder."
        )
    translated = [bench.dialect.translate(d)[0] for d in sources.documents(source.value)]
    parsed = [bench.stages.parse(document) for document in translated]
    statements = unified((s for p in parsed for s in p.statements), bench.dialect.fold)
    findings = [finding for p in parsed for finding in p.errors]
    findings += declarative.findings(statements)
    subject = Subject(
        dialect=bench.dialect.name,
        statements=statements,
        roles=bench.registry.roles(bench.dialect.name),
    )
    return ordered([*findings, *checking.judged(bench.stages, subject, settings.checks)])
