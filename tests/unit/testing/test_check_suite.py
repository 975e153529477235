"""The kit for checks finds what is wrong with a check."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from _pytest.outcomes import Failed, Skipped

from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span
from lockplane_core.spi.check import Check, CheckScope
from lockplane_core.testing.checks import CheckSuite, Example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lockplane_core.app import Lockplane
    from lockplane_core.model.finding import Severity
    from lockplane_core.spi.check import Subject

    Laws = Callable[..., CheckSuite]


class Shouting(Check):
    """A name is written in capitals."""

    id = "shouting"
    code = "XX001"
    scope: ClassVar[CheckScope] = "schema"
    severity: ClassVar[Severity] = "warning"
    bad = ("create shelf BOOKS",)
    good = ("create shelf books",)

    def run(self, subject: Subject) -> Iterator[Finding]:
        for statement in subject.statements:
            for item in statement.declares:
                if item.ref.name.isupper():
                    yield self.finding("do not shout", span=item.span)


class Growing(Check):
    """A plan makes a shelf."""

    id = "growing"
    code = "XX002"
    scope: ClassVar[CheckScope] = "plan"
    severity: ClassVar[Severity] = "info"
    bad = (("", "create shelf books"),)
    good = (("create shelf books", ""),)

    def run(self, subject: Subject) -> Iterator[Finding]:
        for change in subject.changes:
            if change.action == "create" and subject.role(change.ref) == "table":
                yield self.finding(f"{subject.name(change.ref)} is new", ref=change.ref)


@pytest.fixture
def laws(lockplane: Lockplane) -> Laws:
    """Make a suite of checks over the fake product."""

    def make(*checks: Check) -> CheckSuite:
        made = CheckSuite()
        plugin: Any = SimpleNamespace(lockplane_checks=lambda: checks)
        made.plugin, made.lockplane = plugin, lockplane
        return made

    return make


def altered(**members: Any) -> Check:
    """The check with something else about it."""
    made: Check = type("Altered", (Shouting,), {"__doc__": Shouting.__doc__, **members})()
    return made


@pytest.mark.parametrize("check", [Shouting(), Growing()], ids=lambda check: check.id)
def test_a_sound_check_passes(check: Check, laws: Laws, tmp_path: Path) -> None:
    suite = laws(check)
    suite.test_a_check_is_documented_and_has_examples(check)
    suite.test_a_check_is_well_named(check)
    suite.test_ids_and_codes_are_unique()
    suite.test_a_bad_example_is_reported(check, check.bad[0], "fake", tmp_path)
    suite.test_a_good_example_is_not_reported(check, check.good[0], "fake", tmp_path)


@pytest.mark.parametrize(
    "flawed",
    [
        altered(__doc__=None),
        altered(__doc__="no sentence"),
        altered(bad=()),
        altered(good=()),
    ],
)
def test_a_check_without_words_or_examples_fails(flawed: Check, laws: Laws) -> None:
    with pytest.raises(AssertionError):
        laws().test_a_check_is_documented_and_has_examples(flawed)


@pytest.mark.parametrize(
    "flawed",
    [
        altered(id="Shouting"),
        altered(id="do-not"),
        altered(code="x1"),
        altered(scope="all"),
        altered(severity="off"),
    ],
)
def test_a_badly_named_check_fails(flawed: Check, laws: Laws) -> None:
    with pytest.raises(AssertionError):
        laws().test_a_check_is_well_named(flawed)


@pytest.mark.parametrize(
    "other",
    [
        altered(code="XX002"),
        altered(id="other"),
        altered(id="data_loss", code="XX002"),
        altered(id="other", code="LP011"),
    ],
)
def test_a_name_that_is_taken_fails(other: Check, laws: Laws) -> None:
    with pytest.raises(AssertionError):
        laws(Shouting(), other).test_ids_and_codes_are_unique()


def reporting(**fields: Any) -> Check:
    """A check that reports one finding of this kind, whatever it sees."""

    def run(self: Check, subject: Subject) -> list[Finding]:
        plain = {"id": self.id, "code": self.code, "severity": "warning", "message": "no"}
        return [Finding(**{**plain, "span": Span("example.lp.sql", 1), **fields})]

    return altered(run=run)


@pytest.mark.parametrize(
    "flawed",
    [
        altered(run=lambda *_: []),
        reporting(severity="info"),
        reporting(id="other"),
        reporting(code="XX009"),
        reporting(message=""),
        reporting(span=None),
        reporting(span=Span("elsewhere", 1)),
    ],
)
def test_a_bad_example_that_is_not_properly_reported_fails(
    flawed: Check, laws: Laws, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError):
        laws().test_a_bad_example_is_reported(flawed, "create shelf BOOKS", "fake", tmp_path)


def test_a_good_example_that_is_reported_fails(laws: Laws, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="do not shout"):
        laws().test_a_good_example_is_not_reported(
            Shouting(), "create shelf BOOKS", "fake", tmp_path
        )


@pytest.mark.parametrize("example", ["nonsense", ("", "create box books.title text")])
def test_a_dialect_that_does_not_take_the_example_skips_it(
    example: Example, laws: Laws, tmp_path: Path
) -> None:
    with pytest.raises(Skipped, match="fake does not take this example"):
        laws().test_a_bad_example_is_reported(Shouting(), example, "fake", tmp_path)


def test_without_any_dialect_an_example_fails(laws: Laws, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="lockplane-sqlite"):
        laws().test_a_bad_example_is_reported(Shouting(), "create shelf BOOKS", "", tmp_path)
