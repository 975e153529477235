"""lockplane.toml and .env files."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from lockplane_core.app import agree, load_registry
from lockplane_core.config import load
from lockplane_core.config.environments import environments
from lockplane_core.engine import check_config
from lockplane_core.errors import LockplaneError
from lockplane_core.testing.hostile import Law, files, folder, moment, texts

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.plugins.registry import Registry

TOML = """\
database_url = "app.db"
dialect = "sqlite"
schemas = ["public", "app_*"]
exclude = ["public.tmp_*"]
protected = false
default_environment = "local"

[checks]
no_primary_key = "off"
LP107 = "warning"

[[checks.override]]
path = "legacy/*.lp.sql"
object = "public.audit_*"
empty_table = "error"

[environments.local]
description = "here"
database_url = "postgresql://me:secret@localhost/app"
shadow_database_url = 'shadow.db'
schema_path = "schema/"
"""
ENV = """\
# of one environment
export DATABASE_URL='postgresql://me:s3cret@localhost:5432/app?sslmode=require'
SHADOW_DATABASE_URL="sqlite:shadow\\n.db"  # said twice
SCHEMA_PATH=schema
POSTGRES_URL=$DATABASE_URL
SQLITE_DB_PATH=
EMPTY
"""
PIECES = (
    "[", "[[", "]]", "{a=", "'''", '"""', "\\u0000", "\\uD800", "\\U0010FFFF",
    "0x", "1979-05-27T07:32:00Z", "1979-02-31", "inf", "nan", "true", "\nchecks = ", "[postgres]\n",
    "\n[environments.local]\n", "schema_path = ", "override = ", "export ", "${A}", "=", "\n", "#",
)  # fmt: skip


@cache
def _registry() -> Registry:
    return load_registry()


def holds(given: tuple[bytes, bytes]) -> None:
    """Whatever stands in both files is read or refused."""
    toml, env = given
    here, registry = folder(), _registry()
    (here / "lockplane.toml").write_bytes(toml)
    (here / ".env.local").write_bytes(env)
    for name in ("", "local"):
        try:
            environments(here)
            settings = load(here, name, {})
            agree(settings, registry)
            check_config.policy(settings.checks, registry.checks.values())
        except LockplaneError:
            pass


LAWS = {
    "settings": Law(st.tuples(files(texts([TOML], PIECES)), files(texts([ENV], PIECES))), holds)
}


def test_any_settings_are_read_or_refused() -> None:
    LAWS["settings"].tried(150)


FOUND = [
    (b"x = " + b"9" * 5000, b""),  # more digits than int() takes
    (b"x = " + b"[" * 5000, b""),
    (b"x = " + b"{a=" * 5000, b""),
]
"""What once broke the law: lockplane.toml, and .env.local."""


@pytest.mark.parametrize("given", FOUND)
def test_what_once_broke_the_law(given: tuple[bytes, bytes]) -> None:
    with moment():
        holds(given)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "lockplane.toml").write_bytes(b'\xef\xbb\xbfdialect = "sqlite"\n')
    assert load(tmp_path, "", {}).dialect == "sqlite"
