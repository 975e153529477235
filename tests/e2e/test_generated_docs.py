"""The generated sections of docs say all that there is; that none is stale is part of lint."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockplane_core import errors
from lockplane_core.app import load_registry
from lockplane_core.builtin.commands import TABLE

ROOT = Path(__file__).parents[2]
ERRORS = sorted(
    (name, found.code)
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, errors.LockplaneError)
)


@pytest.mark.parametrize(("name", "code"), ERRORS)
def test_every_sort_of_refusal_is_explained(name: str, code: str) -> None:
    """Words of ours stand between the heading and the messages."""
    page = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    _, heading, section = page.partition(f"\n## `{code}`\n")
    words, marker, _ = section.partition(f"<!-- generated: refusals {name} -->")
    assert heading
    assert marker
    assert len(words.split()) > 10
    assert "\n## " not in words


@pytest.mark.parametrize("name", [name for name, _ in TABLE])
def test_every_command_is_in_the_reference(name: str) -> None:
    assert f"\n## `lockplane {name}`\n" in (ROOT / "docs/cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
def test_every_kind_is_in_the_table_of_what_is_supported(dialect: str) -> None:
    page = (ROOT / "docs/support.md").read_text(encoding="utf-8")
    for tag in load_registry().kinds(dialect):
        assert f"\n| {tag.partition('.')[2].replace('_', ' ')} | yes |" in page
