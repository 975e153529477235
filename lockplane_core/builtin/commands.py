"""The commands of the core, as plain data: `lockplane --help` reads nothing else."""

from __future__ import annotations

_PACKAGE = "lockplane_core.cli.commands"

TABLE = (
    ("init", "Make a first database, and the files of a project"),
    ("introspect", "Read a database, or any other source, as a schema"),
    ("diff", "Show what differs between two schemas"),
    ("plan", "Work out the steps from one schema to another"),
    ("apply", "Prove a plan on a throw-away database, then run it"),
    ("rollback", "Work out, or run, what takes a plan back"),
    ("validate", "Check schema files, schema JSON and plans"),
    ("convert", "Turn SQL into schema JSON, and back"),
    ("schema", "Print the JSON Schema of plans and of schema JSON"),
    ("shadow", "Look after the servers for throw-away databases"),
    ("plugins", "List what is installed, and what is broken"),
    ("doctor", "Say which database, rights and shadow are used, and what to do"),
    ("completion", "Print the script that makes a shell complete commands"),
    ("version", "Print the version"),
    ("help", "Show the help of a command"),
)
"""Names and one line of help each; `module_of` tells where a command lives."""


def module_of(name: str) -> str:
    """`package.module:attribute` of a command of the core."""
    return f"{_PACKAGE}.{name}:command"
