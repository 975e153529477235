"""`lockplane plugins`: what is installed, and what is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from lockplane_core import __version__
from lockplane_core.cli import exit_codes, failing, options, output
from lockplane_core.engine.json_text import pretty
from lockplane_core.plugins.inventory import conflicts, inventory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.cli.program import Program
    from lockplane_core.plugins.registry import Registry


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A plugin in the list."""

    name: str
    distribution: str
    version: str
    brings: dict[str, list[str]] = msgspec.field(default_factory=dict)
    error: str = ""


@click.command("plugins")
@options.listing
@options.pass_program
def command(program: Program, form: str) -> int:
    """List the plugins, where they come from and what they bring; broken ones with the reason.

    The exit code is 1 if one of them can not be used, or two of them claim one name.
    """
    entries = list(_entries(program.registry))
    clashes = conflicts(program.registry)
    if form == "json":
        output.answer(pretty({"plugins": msgspec.to_builtins(entries)}))
    else:
        for entry in entries:
            output.answer("\n".join(_lines(entry)))
    for clash in clashes:
        failing.explain(clash)
    return exit_codes.FAILED if program.registry.broken or clashes else exit_codes.DONE


def _entries(registry: Registry) -> Iterator[_Entry]:
    brought = inventory(registry)  # asks every plugin, so that all that are broken are known
    errors = {broken.name: broken.error for broken in registry.broken}
    found = {entry.name: (entry.distribution, entry.version) for entry in registry.found}
    names = [*(name for name in brought if name not in found), *found]
    for name in names:
        origin, version = found.get(name, ("lockplane-core", __version__))
        yield _Entry(name, origin, version, brought.get(name, {}), errors.get(name, ""))


def _lines(entry: _Entry) -> Iterator[str]:
    mark = "✗" if entry.error else "✓"
    yield f"{mark} {entry.name} ({entry.distribution} {entry.version})"
    if entry.error:
        yield f"    can not be used: {entry.error}"
    for noun, names in entry.brings.items():
        yield f"    {noun}: {', '.join(names)}"
