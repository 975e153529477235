"""Cases are read from files, and a file that says nothing is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.testing import Case, read_cases

if TYPE_CHECKING:
    from pathlib import Path


def test_each_case_runs_both_ways(tmp_path: Path) -> None:
    text = '[[case]]\nname = "a"\nbefore = "x"\nafter = "y"\nseed = "s"\nloses = "forward"\n'
    (tmp_path / "f.toml").write_text(text)
    assert read_cases(tmp_path) == [
        Case(name="f/a", before="x", after="y", seed="s", loses="forward"),
        Case(name="f/a~back", before="y", after="x", seed_after="s", loses="backward"),
    ]


@pytest.mark.parametrize(("loses", "back"), [("both", "both"), ("", ""), ("backward", "forward")])
def test_what_is_lost_is_told_for_each_way(loses: str, back: str) -> None:
    case = Case(name="c", loses=loses)  # type: ignore[arg-type]  # one of them
    assert case.reversed().loses == back
    assert case.loses_forward == (loses == "both")


def test_the_refusal_of_each_way_goes_with_it() -> None:
    back = Case(name="c", refused="there", refused_back="back").reversed()
    assert (back.refused, back.refused_back) == ("back", "there")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[cases]]\nname = "a"\n', "f.toml: Object contains unknown field `cases`"),
        ('[[case]]\nname = "a"\nthen = "x"\n', r"f.toml: .*unknown field `then`.*case\[0\]"),
        ('[[case]]\nafter = "x"\n', "f.toml: .*missing required field `name`"),
        ('[[case]]\nname = "a"\nloses = "much"\n', "f.toml: Invalid enum value 'much'"),
        ("[[case\n", "f.toml: Expected"),
        ("", "f.toml: Object missing required field `case`"),
        ('[[case]]\nname = "a"\n[[case]]\nname = "a"\n', "two cases are called f/a"),
    ],
)
def test_a_file_that_can_not_be_understood_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "f.toml").write_text(text)
    with pytest.raises(ValueError, match=said):
        read_cases(tmp_path)


def test_a_folder_without_cases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no cases"):
        read_cases(tmp_path)
