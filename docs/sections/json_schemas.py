"""The JSON Schemas of the repository and of the package, as `lockplane schema` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.engine.json_text import pretty

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = ("schema-json", "lockplane_core/json_schemas")


def json_schemas() -> Iterator[tuple[str, str]]:
    """Each file from the top of the repository, and what it must hold."""
    from lockplane_core.app import load_registry
    from lockplane_core.engine.json_schema import SCHEMAS

    registry = load_registry()
    for name, schema in SCHEMAS.items():
        text = pretty(schema(registry))
        yield from ((f"{folder}/{name}.json", text) for folder in FOLDERS)
