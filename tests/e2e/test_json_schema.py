"""The JSON Schemas that are shipped are those that the structs make now.

That the files hold what the schemas say is a law of the kit, checked on every case.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lockplane_core.testing.shell import Shell

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["plan", "schema"])
def test_the_shipped_files_are_what_the_command_prints(lockplane: Shell, name: str) -> None:
    """Mended by `lockplane schema NAME > schema-json/NAME.json`, and a copy in the package."""
    printed = lockplane("schema", name).succeeded().out
    for folder in ("schema-json", "lockplane_core/json_schemas"):
        assert (ROOT / folder / f"{name}.json").read_text("utf-8") == printed, folder
