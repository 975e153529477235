"""States: the catalog that a source stands for."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.algebra import tree as schema_tree
from lockplane_core.algebra.closure import closure, root_of
from lockplane_core.algebra.keeping import carried
from lockplane_core.engine import json_text, loading, sources
from lockplane_core.engine.annotations import (
    annotated,
    faults,
    read_annotations,
    read_formers,
)
from lockplane_core.engine.rendering import creation, make
from lockplane_core.engine.resolving import resolve
from lockplane_core.errors import InvalidSource, ScratchError, SourceError
from lockplane_core.log import log
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.finding import Finding
from lockplane_core.model.intent import Intent
from lockplane_core.model.statement import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.engine.bench import Bench
    from lockplane_core.engine.loading import Sheet
    from lockplane_core.engine.sources import Source
    from lockplane_core.model.node import Node, Span
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.kind import Kind

_NOT_MANAGED = "-- Not managed, and never changed: it is here for what refers to it."


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A catalog and where it came from.

    `judge` is the server that spoke it, for people, and `version` that server's; the catalog's
    own version is the one of the database that steps are for. `unsound` are errors inside of
    what was declared, which the server itself would only tell when it is used, and `intents` what
    was said of it in annotations.
    """

    source: str
    dialect: str
    catalog: Any
    judge: str = ""
    version: str = ""
    notices: tuple[str, ...] = ()
    unsound: tuple[Finding, ...] = ()
    intents: tuple[Intent, ...] = ()
    is_live: bool = False


def read(bench: Bench, source: Source) -> State:
    """The state of a source. Raises `LockplaneError`."""
    log.debug("read", form=source.form, source=str(source))
    name = bench.dialect.redact(source.value) if source.form == "url" else str(source)
    with bench.busy(f"Reading {name}"):
        if source.form == "url":
            return _live(bench, source)
        if source.form == "json":
            return _json(bench, source)
        return _sheet(bench, source, sheet(bench, source))


def sheet(bench: Bench, source: Source) -> Sheet:
    """The statements of a source of SQL."""
    if source.form == "schema":
        found = loading.read_sheet(bench, sources.documents(source.value), is_schema=True)
        skipped = sources.skipped(source.value)
        links = [f"{link} is a symlink, so it was not read" for link in skipped]
        return msgspec.structs.replace(found, notices=(*found.notices, *links))
    if source.form == "script":
        script = sources.read_document(Path(source.value))
        return loading.read_sheet(bench, [script], is_schema=False)
    loader = bench.registry.loaders[source.prefix]
    loaded = loader.load(source.value, bench.dialect, Path.cwd())
    return loading.read_sheet(bench, loaded.documents, is_schema=loaded.declarative)


def _live(bench: Bench, source: Source) -> State:
    is_there = bench.dialect.exists(source.value)
    if not (is_there or source.may_be_new):
        raise absent(bench, source.value)
    with bench.session(source.value, "read") as session:
        catalog = bench.introspect(session)
    return State(
        source=bench.dialect.redact(source.value),
        dialect=bench.dialect.name,
        catalog=catalog,
        judge=f"{bench.dialect.title} {catalog.version}".strip(),
        version=catalog.version,
        notices=() if is_there else (_to_be_made(bench, source.value),),
        is_live=True,
    )


def _to_be_made(bench: Bench, url: str) -> str:
    return f"{bench.dialect.redact(url)} is not there yet: an empty database, which `apply` makes"


def absent(bench: Bench, url: str) -> SourceError:
    """The error for a database that has to be there."""
    return SourceError(
        f"{bench.dialect.redact(url)} is not there",
        hint=f"{sources.guess(Path(url))}A new database is made by `lockplane apply` or "
        "`lockplane init`.",
    )


def spoken(bench: Bench, state: State) -> State:
    """A live state as the judge speaks it: made again on the shadow where versions differ.

    The catalog keeps the live version: steps must be understood there.
    """
    if not state.is_live or bench.dialect.same_speech(state.catalog.version, bench.shadow.version):
        return state
    with bench.scratch() as session, _version_told(bench):
        make(bench, session, creation(bench, state.catalog))
        catalog = bench.introspect(session)
    live = state.catalog
    heard = Catalog(bench.dialect.name, catalog, unmodelled=live.unmodelled, version=live.version)
    return msgspec.structs.replace(
        state, catalog=carried(live, heard), judge=bench.shadow.judge, version=bench.shadow.version
    )


@contextmanager
def _version_told(bench: Bench) -> Iterator[None]:
    """An error of a scratch of another version than the database says so: that may be its cause."""
    try:
        yield
    except (InvalidSource, ScratchError) as error:
        error.hint = "\n".join(filter(None, (error.hint, bench.shadow.apart)))
        raise


def _sheet(bench: Bench, source: Source, found: Sheet) -> State:
    state = _in_some_order(bench, source, found)
    return msgspec.structs.replace(state, catalog=placed(state.catalog, found))


def _in_some_order(bench: Bench, source: Source, found: Sheet) -> State:
    """A script in its own order or, where that fails and means nothing, in one that works."""
    try:
        return _loaded(bench, source, found)
    except InvalidSource as error:
        arranged = loading.put_in_order(bench, found, error)
        if arranged is None:
            raise
        try:
            return _loaded(bench, source, arranged)
        except InvalidSource:
            raise error from error.__cause__


def _loaded(bench: Bench, source: Source, found: Sheet) -> State:
    bench.want(bench.dialect.extensions(found.statements))
    _have_shadow(bench, found)
    with _version_told(bench):
        catalog, wrong = resolve(bench, str(source), found)
    return State(
        source=str(source),
        dialect=bench.dialect.name,
        catalog=catalog,
        judge=bench.shadow.judge,
        version=bench.shadow.version,
        notices=(*found.notices, *bench.shadow.notices),
        unsound=wrong,
        intents=found.intents,
    )


def _have_shadow(bench: Bench, found: Sheet) -> None:
    """Get the shadow. An extension that none has is named with the place that asks for it."""
    try:
        _ = bench.shadow
    except ScratchError as error:
        places = [
            f"\n  {name} is asked for at {statement.span}"
            for statement in found.statements
            for name in bench.dialect.extensions([statement])
            if name in error.message
        ]
        raise ScratchError(error.message + "".join(places), hint=error.hint) from error


def placed(catalog: Catalog, found: Sheet) -> Catalog:
    """The catalog with the place where files declare each node."""
    spans: dict[Ref, Span] = {}
    for statement in found.statements:
        for item in statement.declares:
            spans.setdefault(item.ref, item.span)
    return catalog.replace(
        msgspec.structs.replace(node, span=spans[node.ref]) if node.ref in spans else node
        for node in catalog
    )


def _json(bench: Bench, source: Source) -> State:
    """Schema JSON goes through a scratch, which finds out what needs what."""
    catalog, intents = from_json(bench, source.value)
    declared = bench.dialect.declared
    parsed = [
        bench.dialect.script(Document(f"{source.value}: {step.description}", declared(sql)))
        for step in creation(bench, catalog)
        for sql in step.sql
    ]
    loading.refuse(parsed, [])
    statements = tuple(statement for p in parsed for statement in p.statements)
    found = loading.Sheet(statements=statements, declarative=True, intents=intents)
    return _loaded(bench, source, found)


def from_json(bench: Bench, path: str) -> tuple[Catalog, tuple[Intent, ...]]:
    """The catalog that a file of schema JSON describes, and what it says of former names.

    Raises `SourceError`, and `InvalidSource` for former names that can not be meant.
    """
    text = sources.read_document(Path(path)).text
    try:
        tree = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        reason, line, column = json_text.fault(text)
        raise SourceError(
            f"{path}: not valid JSON at line {line}, column {column}: {reason}",
            hint="Was it cut off, or edited by hand? `lockplane convert` writes it anew.",
        ) from error
    if isinstance(tree, dict) and "steps" in tree:
        raise SourceError(
            f"{path} is a plan, not a schema", hint=f"Run it with: lockplane apply --plan {path}"
        )
    catalog, formers = schema_tree.read_tree(tree, bench.dialect.name, bench.kinds, name=path)
    found = read_formers(bench, formers, path, text)
    inner = (ref for kind in bench.kinds.values() for ref in _inside(kind, catalog))
    declared = [*(node.ref for node in catalog), *inner]
    contradictions = faults(found.intents, declared, bench.dialect.fold)
    loading.refuse([], [*found.findings, *contradictions])
    return catalog, tuple(found.intents)


def _inside(kind: Kind, catalog: Catalog) -> Iterator[Ref]:
    for node in catalog.of_kind(kind.parent) if kind.inside else ():
        yield from kind.within(node)


def tree(bench: Bench, state: State) -> dict[str, Any]:
    """Schema JSON of a state; the dialect is named unless files without one mean it."""
    formers = {
        intent.new: bench.kinds[intent.new.kind].spelled(intent.old, intent.new, bench.dialect)
        for intent in state.intents
    }
    found = schema_tree.to_tree(printable(bench, state.catalog), bench.kinds, formers)
    return found if bench.dialect.is_default else {"dialect": bench.dialect.name, **found}


def printable(bench: Bench, catalog: Catalog) -> Catalog:
    """What a schema file says: all in scope, without what a fresh database holds.

    Of that only what something was added to, such as a comment, is there to hold it. What managed
    objects refer to comes along, since no file could be read without it. What is external is not
    said, but there for what stands on it.
    """
    managed = bench.managed(catalog, bench.scope)
    known = {node.ref for node in managed}
    known |= _referred_to(bench, catalog, managed)
    known |= {node.ref for node in catalog if node.external}
    holders = [
        node
        for node in catalog
        if bench.dialect.is_baseline(node)
        and node.ref not in known
        and any(below.ref in known for below in catalog.subtree(node.ref))
    ]
    return catalog.replace([*(node for node in catalog if node.ref in known), *holders])


def _referred_to(bench: Bench, catalog: Catalog, managed: Sequence[Node]) -> set[Ref]:
    """What is not managed, and managed objects need: as a whole, unless it is a part of one."""
    known = {node.ref for node in managed}
    near = {ref for node in managed for ref in (node.parent, *node.needs) if ref} - known
    found = closure(catalog, near, dependants=False) - known
    return {
        ref
        for ref in found
        if not bench.dialect.is_baseline(catalog[ref])
        and (ref in near or root_of(catalog, ref) not in known)
    }


def files(bench: Bench, state: State) -> list[tuple[str, str]]:
    """Schema files by name: one for each root, with its parts; numbered by their order."""
    catalog = printable(bench, state.catalog)
    managed = {node.ref for node in bench.managed(state.catalog, bench.scope)}
    groups: dict[str, list[str]] = {}
    intents = {intent.new: intent for intent in state.intents}
    for step in creation(bench, catalog):
        root = root_of(catalog, next(iter(step.settles or step.produces)))
        group = groups.setdefault(_file_name(root), [])
        for sql in step.sql:
            text, said = annotated(bench, bench.dialect.declared(sql), intents)
            intents = {new: intent for new, intent in intents.items() if new not in said}
            is_ours = root in managed or bench.dialect.is_baseline(catalog[root])
            group.append(text if group or is_ours else f"{_NOT_MANAGED}\n{text}")
    return [(name, _joined(sql)) for name, sql in sorted(groups.items())]


def unsaid(bench: Bench, state: State, *, json: bool) -> list[Intent]:
    """The annotations for which schema JSON, or else SQL, of a state has no place: read back."""
    if not state.intents:
        return []
    if json:
        dialect, kinds = bench.dialect.name, bench.kinds
        _, formers = schema_tree.read_tree(tree(bench, state), dialect, kinds, name="")
        said = {former.ref for former in formers}
    else:
        documents = [Document(name, text) for name, text in files(bench, state)]
        parsed = [bench.stages.parse(document) for document in documents]
        statements = [statement for p in parsed for statement in p.statements]
        read = read_annotations(bench, documents, statements)
        said = {intent.new for intent in read.intents}
    return [intent for intent in state.intents if intent.new not in said]


def _file_name(ref: Ref) -> str:
    stem = "_".join([ref.kind.rpartition(".")[2], *filter(None, ref.path)])
    return "".join(c if c.isalnum() or c in "_-" else "-" for c in stem) + sources.SUFFIX


def _joined(statements: Iterable[str]) -> str:
    return "".join(f"{sql};\n\n" for sql in statements).rstrip("\n") + "\n"
