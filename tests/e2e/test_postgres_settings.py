"""Scenarios P: where the database and the shadow are named, and what the doctor says of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Shell

    Sql = Callable[..., list[tuple[Any, ...]]]


def test_p8_flags_go_before_variables(pg: Shell, main: str, server: str) -> None:
    pg.save("m.json", "plan", "--to", "schema.lp.sql")
    pg.env |= {"DATABASE_URL": "postgres://bad:s3cret@localhost:1/x"}
    pg.env |= {"SHADOW_DATABASE_URL": "postgres://bad:s3cret@localhost:1/x"}
    done = pg("apply", "--plan", "m.json").refused()
    assert "s3cret" not in done.out + done.err
    assert pg("apply", "--plan", "m.json", "--db", main, "--shadow-db", server).applied == 1


def test_p16_the_file_of_the_project_is_used_and_variables_go_before_it(
    pg: Shell, main: str, server: str
) -> None:
    del pg.env["DATABASE_URL"], pg.env["SHADOW_DATABASE_URL"]
    (pg.folder / ".git").mkdir()
    pg.write(
        "lockplane.toml",
        f'database_url = "{main}"\nshadow_database_url = "{server}"\nschema_path = "schema"\n',
    )
    assert pg("apply", "--auto-approve").applied == 1
    assert pg("plan").succeeded().json["steps"] == []
    pg("plan", DATABASE_URL="postgres://localhost:1/x").refused("localhost")


def test_doctor_names_the_server_and_the_shadow(pg: Shell) -> None:
    done = pg("doctor").succeeded()
    assert re.search(r"✓ database: PostgreSQL \d+", done.out)
    assert "✓ shadow: scratches are made on PostgreSQL" in done.out
    assert "environment variable DATABASE_URL" in done.out
    done = pg("doctor", "--db", "postgres://me:s3cret@localhost:1/x")
    assert done.code == 1
    assert "✗ database:" in done.out
    assert "s3cret" not in done.out


def test_doctor_says_what_a_role_may_not_do(
    first: Shell, as_user: Callable[..., str], sql: Sql
) -> None:
    sql("create role lockplane_guest login")
    try:
        done = first("doctor", "--db", as_user("lockplane_guest"))
    finally:
        sql("drop role lockplane_guest")
    assert done.code == 1
    assert "lockplane_guest may not create anything in schema public" in done.out
    assert "belong to roles that lockplane_guest is no member of" in done.out
    assert "GRANT" in done.out
