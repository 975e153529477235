"""`--online`: who asks for it, who is told what, and what a run says of its transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Shell

INDEX = "CREATE INDEX users_email ON users (email);\n"
SETTING = "online = true\n"


def test_an_index_is_built_while_others_write(
    pg: Shell, sql: Callable[..., list[tuple[Any, ...]]]
) -> None:
    assert pg("apply", "--auto-approve").code == 0
    pg.write("schema/index.lp.sql", INDEX + "CREATE INDEX users_at ON users (created_at);\n")

    done = pg("apply", "--auto-approve", "--online")

    assert done.code == 0, done.err
    assert "This plan runs in 2 transactions" in done.err
    assert "step 1; stays if a later one fails" in done.err
    found = sql("SELECT count(*) FROM pg_index WHERE indrelid = 'users'::regclass AND indisvalid")
    assert found == [(3,)]
    assert pg("plan", "--online", "--exit-code").code == 0


def test_settings_ask_for_it_and_a_flag_goes_before(pg: Shell) -> None:
    assert pg("apply", "--auto-approve").code == 0
    pg.write("schema/index.lp.sql", INDEX)

    def is_online(*flags: str) -> bool:
        done = pg("plan", "--format", "sql", *flags)
        assert done.code == 0, done.err
        return "CREATE INDEX CONCURRENTLY" in done.out

    assert not is_online()
    pg.write("lockplane.toml", SETTING)
    assert is_online()
    assert not is_online("--offline")
    pg.write("lockplane.toml", f"[environments.live]\n{SETTING}")
    assert not is_online()
    assert is_online("--env", "live")


def test_a_product_without_it_says_so(lockplane: Shell) -> None:
    lockplane.write("schema/users.lp.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY);\n")

    done = lockplane("plan", "--online", "--db", "app.db", "--from", "app.db", "--to", "schema/")

    assert done.code == 0, done.err
    assert "SQLite has no steps for online changes" in done.err
