"""Validating schema files without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.algebra.spelling import unified
from lockplane_core.engine import checking, declarative, extents, sources
from lockplane_core.engine.annotations import read_annotations
from lockplane_core.errors import UsageError
from lockplane_core.model.finding import Finding, ordered
from lockplane_core.model.node import Span
from lockplane_core.spi.check import Subject

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.config import Settings
    from lockplane_core.engine.bench import Bench
    from lockplane_core.engine.sources import Source


def schema_files(bench: Bench, source: Source, settings: Settings) -> list[Finding]:
    """Syntax errors, what a schema file must not hold, and what the checks say, by place."""
    if source.form != "schema":
        raise UsageError(
            f"{source} is not a schema file", hint=f"Name a {sources.SUFFIX} file or a folder."
        )
    documents = sources.documents(source.value)
    translated = [bench.dialect.translate(document)[0] for document in documents]
    parsed = [bench.stages.parse(document) for document in translated]
    statements = unified((s for p in parsed for s in p.statements), bench.dialect.fold)
    findings = [finding for p in parsed for finding in p.errors]
    findings += declarative.findings(statements, bench.scope.manage)
    findings += read_annotations(bench, translated, statements).findings
    findings += [_not_read(link) for link in sources.skipped(source.value)]
    subject = Subject(
        dialect=bench.dialect.name,
        statements=statements,
        roles=bench.registry.roles(bench.dialect.name),
    )
    if not any(finding.is_error for p in parsed for finding in p.errors):
        # What does not parse would be missing for everything that stands on it.
        findings += checking.judged(bench.stages, subject, settings.checks)
    texts = {document.name: document.text for document in documents}
    return extents.in_texts(ordered(findings), texts, bench.dialect)


def _not_read(link: Path) -> Finding:
    return Finding(
        id="symlink_skipped",
        severity="info",
        message="this is a symlink, so it was not read",
        span=Span(str(link), 1),
    )
