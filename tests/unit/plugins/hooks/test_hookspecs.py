"""Each hook is typed, documented and tested."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from lockplane_core.spi import hookspecs

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("lockplane_"))
HERE = Path(__file__).parent
PAGE = HERE.parents[3] / "docs/hooks.md"


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_test_that_is_named_after_it(hook: str) -> None:
    tests = "".join(path.read_text("utf-8") for path in HERE.glob("test_*.py"))
    assert f"\ndef test_hook_{hook}(" in tests


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_typed_and_says_what_it_is_for(hook: str) -> None:
    function = getattr(hookspecs, hook)
    signature = inspect.signature(function)
    assert (inspect.getdoc(function) or "").partition("\n")[0].endswith((".", ":"))
    assert signature.return_annotation is not signature.empty
    assert all(p.annotation is not p.empty for p in signature.parameters.values())


@pytest.mark.skipif(not PAGE.exists(), reason="the docs are no part of the source distribution")
@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_heading_with_its_signature_in_the_docs(hook: str) -> None:
    signature = str(inspect.signature(getattr(hookspecs, hook))).replace("'", "")
    assert f"\n### `{hook}{signature}`\n" in PAGE.read_text("utf-8")
