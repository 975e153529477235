"""CheckSuite: what every check must keep, run on the examples that it brings itself."""

from __future__ import annotations

import re
from collections import Counter
from inspect import cleandoc
from typing import TYPE_CHECKING, Protocol, get_args

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.engine import planner
from lockplane_core.engine.check_config import GUARDS
from lockplane_core.engine.sources import Source
from lockplane_core.errors import ScratchError, SourceError
from lockplane_core.model.statement import Document
from lockplane_core.spi.check import Check, CheckScope, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from lockplane_core.model.finding import Finding

_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CODE = re.compile(r"[A-Z]{2,}[0-9]{3,}")
_FILE = "example.lp.sql"

Example = str | tuple[str, str]


class BringsChecks(Protocol):
    """A plugin: a module or an object with this hook."""

    def lockplane_checks(self) -> Iterable[Check]:
        """Return the checks that this plugin brings."""
        ...


class CheckSuite:
    """Subclass it and name the plugin; each `bad` and `good` example becomes a test.

        class TestChecks(CheckSuite):
            plugin = my_package.plugin

    An example runs on every installed dialect that the check is for; where a product itself
    refuses the example, that test is skipped. The plugin need not be installed.
    """

    plugin: BringsChecks
    lockplane: Lockplane

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test per check, and one per example and dialect."""
        checks = list(self.plugin.lockplane_checks())
        if "dialect" in metafunc.fixturenames:
            side = "bad" if metafunc.function.__name__.startswith("test_a_bad") else "good"
            metafunc.parametrize(("check", "example", "dialect"), list(_cases(checks, side)))
        elif "check" in metafunc.fixturenames:
            metafunc.parametrize("check", checks, ids=lambda check: check.id)

    @classmethod
    def setup_class(cls) -> None:
        """Open the API with the installed plugins and no settings of a project."""
        cls.lockplane = Lockplane(load_registry(), Settings())

    @classmethod
    def teardown_class(cls) -> None:
        """Stop the shadows that were started."""
        cls.lockplane.close()

    # -- the laws --------------------------------------------------------------------------

    def test_a_check_is_documented_and_has_examples(self, check: Check) -> None:
        """Its docstring is its page in the docs, and begins with a sentence."""
        words = vars(type(check)).get("__doc__") or ""
        assert cleandoc(words).partition("\n")[0].endswith("."), "begin with a sentence"
        assert check.bad, "show in `bad` what is reported"
        assert check.good, "show in `good` what is not reported"

    def test_a_check_is_well_named(self, check: Check) -> None:
        """Its id is words in snake case, its code letters and digits; both can be switched."""
        assert _ID.fullmatch(check.id)
        assert _CODE.fullmatch(check.code)
        assert check.scope in get_args(CheckScope)
        assert check.severity in ("error", "warning", "info")

    def test_ids_and_codes_are_unique(self) -> None:
        """Among the checks of this plugin, those installed, and the guards of the core."""
        mine = list(self.plugin.lockplane_checks())
        installed = load_registry().checks.values()
        others = [check for check in installed if type(check) not in map(type, mine)]
        names = [name for check in [*mine, *others] for name in (check.id, check.code)]
        counted = Counter([*names, *GUARDS, *GUARDS.values()])
        assert [name for name, count in counted.items() if count > 1] == []

    def test_a_bad_example_is_reported(
        self, check: Check, example: Example, dialect: str, tmp_path: Path
    ) -> None:
        """Each finding carries the names of the check, and of a schema file the place."""
        findings = _complaints(check, _subject(self.lockplane, dialect, example, tmp_path))
        assert findings, "nothing was reported"
        for finding in findings:
            assert (finding.id, finding.code) == (check.id, check.code)
            assert finding.message
            if check.scope == "schema":
                assert finding.span is not None, "say where: pass `span`"
                assert finding.span.file == _FILE

    def test_a_good_example_is_not_reported(
        self, check: Check, example: Example, dialect: str, tmp_path: Path
    ) -> None:
        """What a check says in passing (`info` of a check that warns) is no report."""
        found = _complaints(check, _subject(self.lockplane, dialect, example, tmp_path))
        assert [finding.message for finding in found] == []


def _cases(checks: Iterable[Check], side: str) -> Iterator[object]:
    names = sorted(load_registry().dialects)
    for check in checks:
        mine = [name for name in names if not check.dialects or name in check.dialects]
        for number, example in enumerate(getattr(check, side), 1):
            for dialect in mine or [""]:
                name = f"{check.id}-{number}-{dialect or 'no-dialect'}"
                yield pytest.param(check, example, dialect, id=name)


def _complaints(check: Check, subject: Subject) -> list[Finding]:
    found = list(check.run(subject))
    return [f for f in found if f.severity != "info" or check.severity == "info"]


def _subject(lockplane: Lockplane, dialect: str, example: Example, folder: Path) -> Subject:
    """What the check sees of an example."""
    if not dialect:
        pytest.fail("no dialect for this check is installed; lockplane-sqlite is the lightest")
    if isinstance(example, str):
        return _schema(lockplane, dialect, cleandoc(example))
    before, after = (cleandoc(side) for side in example)
    try:
        return _plan(lockplane, dialect, before, after, folder)
    except (SourceError, ScratchError) as refusal:
        return pytest.skip(f"{dialect} does not take this example: {refusal}")


def _schema(lockplane: Lockplane, dialect: str, sql: str) -> Subject:
    parsed = lockplane.registry.dialect(dialect).parse(Document(_FILE, sql))
    if parsed.errors:
        pytest.skip(f"{dialect} does not take this example: {parsed.errors[0].message}")
    return Subject(
        dialect=dialect,
        statements=parsed.statements,
        roles=lockplane.registry.roles(dialect),
        kinds=lockplane.registry.kinds(dialect),
    )


def _plan(lockplane: Lockplane, dialect: str, before: str, after: str, folder: Path) -> Subject:
    bench = lockplane._bench_of(dialect)
    first, second = _source(folder / "a.lp.sql", before), _source(folder / "b.lp.sql", after)
    planned = planner.plan(bench, first, second, Settings(dialect=dialect))
    return Subject(
        dialect=dialect,
        plan=planned.plan,
        changes=planned.changes,
        before=planned.before,
        after=planned.after,
        roles=lockplane.registry.roles(dialect),
        kinds=lockplane.registry.kinds(dialect),
    )


def _source(path: Path, sql: str) -> Source:
    path.write_text(sql, encoding="utf-8")
    return Source("schema", str(path))
