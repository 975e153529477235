"""Former words: options and commands of the program that came before, and what they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENVIRONMENT = "An environment is chosen with --env NAME; --db names another database."
_PHASES = "A plan whose steps need several transactions says so, and `apply` runs it in order."
_PARTS = "Say the target first: lockplane init postgres --url, or --host, --port, --database …"

OPTIONS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "--target",
            "--target-environment",
            "--source-environment",
            "--from-environment",
            "--to-environment",
        ),
        _ENVIRONMENT,
    ),
    **dict.fromkeys(("--shadow-schema", "--shadow-db-environment"),
        "Scratches are databases of their own, never schemas in yours; --shadow-db names a server "
        "for them, and without it Lockplane brings one."),
    **dict.fromkeys(
        ("--connection-string", "--host", "--port", "--database", "--user", "--password",
         "--ssl-mode", "--shadow-db-port"), _PARTS),
    "--auth-token": "libSQL and Turso servers are not reached: see `lockplane init sqlite`.",
    "--check-schema": "Files are checked by: lockplane validate sql schema/",
    "--db-type": "Say the target instead: lockplane init postgres, embedded or sqlite",
    "--file-path": "Say: lockplane init sqlite --file PATH",
    "--force": "Nothing that exists is overwritten; edit the files, or name another --env.",
    "--skip-shadow-db": "It is called --skip-shadow.",
    "--supabase": "Say: lockplane init supabase",
    "--phase": _PHASES,
    "--next": _PHASES,
}  # fmt: skip
COMMANDS: Mapping[str, str] = {
    "check-schema": "Files are checked by: lockplane validate sql schema/",
    "plan-rollback": "Say: lockplane rollback --plan FILE",
    **dict.fromkeys(
        ("plan-multiphase", "apply-phase", "rollback-phase", "phase-status"), _PHASES),
}  # fmt: skip
