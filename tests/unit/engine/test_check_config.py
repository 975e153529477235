"""The table `[checks]` of lockplane.toml."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from lockplane_core.engine.check_config import GUARDS, Policy, policy
from lockplane_core.errors import ConfigError
from lockplane_core.model.node import Span
from lockplane_core.model.ref import Ref
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from lockplane_core.model.finding import Severity
    from lockplane_core.spi.check import CheckScope


class NoKey(Check):
    """A check that warns."""

    id = "no_primary_key"
    code = "LP105"
    scope: ClassVar[CheckScope] = "schema"
    severity: ClassVar[Severity] = "warning"


class Hint(Check):
    """A check that only informs."""

    id = "hint"
    code = "XX001"
    scope: ClassVar[CheckScope] = "plan"
    severity: ClassVar[Severity] = "info"


def read(text: str) -> Policy:
    """The policy of a table as a project writes it."""
    return policy(tomllib.loads(text).get("checks", {}), [NoKey(), Hint()])


def severity(
    text: str,
    *,
    file: str = "schema/a.lp.sql",
    ref: str = "public.users",
    check: Check | None = None,
) -> Severity:
    """How severe a finding in a file about an object is."""
    check = check or NoKey()
    place = Ref("toy.table", tuple(ref.split(".")))
    return read(text).severity_of(check, check.finding("…", ref=place, span=Span(file, 1)))


@pytest.mark.parametrize("key", ["no_primary_key", "LP105"])
@pytest.mark.parametrize("level", ["off", "info", "warning", "error"])
def test_id_and_code_both_set_the_severity(key: str, level: str) -> None:
    assert severity(f'[checks]\n{key} = "{level}"') == level


def test_without_a_word_the_check_decides() -> None:
    assert severity("") == "warning"


LEGACY = """
[[checks.override]]
path = "legacy/*.lp.sql"
object = "public.audit_*"
no_primary_key = "off"
"""


@pytest.mark.parametrize(
    ("file", "ref", "expected"),
    [
        ("legacy/a.lp.sql", "public.audit_log", "off"),
        ("/home/me/legacy/a.lp.sql", "public.audit_log", "off"),
        ("legacy/a.lp.sql", "public.audit_log.entry", "off"),
        ("legacy/a.lp.sql", "public.users", "warning"),
        ("schema/a.lp.sql", "public.audit_log", "warning"),
        ("old_legacy/a.lp.sql", "public.audit_log", "warning"),
    ],
)
def test_an_override_covers_what_matches_both_globs(file: str, ref: str, expected: str) -> None:
    assert severity(LEGACY, file=file, ref=ref) == expected


def test_an_override_without_a_place_in_the_finding_does_not_cover_it() -> None:
    assert read(LEGACY).severity_of(NoKey(), NoKey().finding("…")) == "warning"


def test_the_last_override_wins_over_those_before_and_over_the_table() -> None:
    text = '[checks]\nLP105 = "off"\n' + LEGACY.replace("off", "error")
    assert severity(text, file="legacy/a.lp.sql", ref="public.audit_log") == "error"
    again = text + LEGACY.replace('"off"', '"info"')
    assert severity(again, file="legacy/a.lp.sql", ref="public.audit_log") == "info"


def test_what_is_off_everywhere_need_not_run() -> None:
    assert read('[checks]\nLP105 = "off"').off == {"no_primary_key"}
    assert read('[checks]\nLP105 = "off"\n' + LEGACY.replace('"off"', '"error"')).off == set()
    assert read('[checks]\nLP105 = "error"').off == set()


def test_what_a_warning_check_says_in_passing_is_never_made_an_error() -> None:
    said = NoKey().finding("fine", severity="info")
    assert read('[checks]\nLP105 = "error"').severity_of(NoKey(), said) == "info"
    assert read('[checks]\nLP105 = "off"').severity_of(NoKey(), said) == "off"
    assert read('[checks]\nhint = "error"').severity_of(Hint(), Hint().finding("…")) == "error"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('no_primary_kye = "off"', ["no check no_primary_kye", "Did you mean 'no_primary_key'?"]),
        ('LP106 = "off"', ["no check LP106", "Did you mean 'LP105'?"]),
        ('zzz = "off"', ["no check zzz", "docs/checks.md"]),
        ('no_primary_key = "of"', ["'of' is no severity", '"off"']),
        ("no_primary_key = false", ["False is no severity"]),
        ('no_primary_key = "off"\nLP105 = "error"', ["no_primary_key and LP105 are the same"]),
        ('override = "x"', ["[[checks.override]]"]),
        ("override = [1]", ["expected a table, got 1"]),
        ('[[checks.override]]\nLP105 = "off"', ["say where"]),
        ('[[checks.override]]\npath = 3\nLP105 = "off"', ["say where"]),
        ('[[checks.override]]\npath = "a"', ["no check is named"]),
        ('[[checks.override]]\npaths = "a"\nLP105 = "off"', ["Did you mean 'path'?"]),
    ],
)
def test_a_mistake_is_an_error_that_helps(text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f"[checks]\n{text}" if not text.startswith("[[") else text)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize("name", [*GUARDS, *GUARDS.values()])
@pytest.mark.parametrize("level", ["off", "error"])
def test_a_guard_can_not_be_configured(name: str, level: Any) -> None:
    with pytest.raises(ConfigError, match=f"{name} is a guard"):
        policy({name: level}, [NoKey()])
