from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from lockplane_core.errors import ConnectionFailed
from lockplane_postgres import addresses
from lockplane_postgres.testing import beside, database

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_postgres.session import PgSession


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:p@h:5432/d",
        "postgresql://h/d?sslmode=require",
        "postgresql:///d?host=/tmp",
        "POSTGRES://h/d",
        "postgresql+psycopg://h/d",
        "host=localhost dbname=d",
        "service=main",
        " dbname = d ",
        "postgres://h/d?options=-c%20x%3Dy",
    ],
)
def test_addresses_of_ours(url: str) -> None:
    assert addresses.is_ours(url)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://x",
        "schema.lp.sql",
        "schema/",
        "mysql://h/d",
        "x=y",
        "file:db?mode=ro",
        "",
        "a=b.json",
        "exec:cmd --host=postgres://x",
        "sqlite:///x?a=postgres://y",
    ],
)
def test_addresses_of_others(url: str) -> None:
    assert not addresses.is_ours(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgres://u:hunter2@h:5432/d", "postgres://u:***@h:5432/d"),
        ("postgres://u@h/d?sslmode=disable", "postgres://u@h/d?sslmode=disable"),
        ("postgresql:///d?host=%2Ftmp%2Fs&user=u", "postgresql:///d?host=%2Ftmp%2Fs&user=u"),
        ("postgres://h/d?password=hunter2&x=", "postgres://h/d?password=***&x="),
        ("postgres://u:hun/ter2@h/d", "postgres://…"),
        ("postgres://u:hun#ter2@h/d", "postgres://…"),
        ("host=h dbname=d password='hunter2 x'", "password=*** dbname=d host=h"),
        ("host=h password=hunter2 nonsense", "host=…"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    assert addresses.redact(url) == shown
    assert "hunter2" not in addresses.redact(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:hunter2@[::1/d",
        "postgres://u:hunter2@h:port/d",
        "postgres://u:hunter2@127.0.0.1:1/d?nonsense=1",
        "postgres://u:hunter2@127.0.0.1:1/d",
        "postgres://u:hunt%65r2@127.0.0.1:1/d?sslmode=nonsense",
        "host=127.0.0.1 port=1 password=hunter2 nonsense=1",
        "host=127.0.0.1 port=1 password=hunter2",
        "postgres://h/d?password=hunter2&port=x",
    ],
)
def test_a_failure_tells_no_password(url: str) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        addresses.connect(url, "read")

    assert "hunter2" not in str(caught.value)
    assert caught.value.hint


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match="can not connect to") as caught:
        addresses.connect("postgres://u@127.0.0.1:1/d", "read")
    assert str(caught.value).count("Is the server running") == 1
    assert "Is the server running" in caught.value.hint


def test_a_database_that_is_not_there(url: str) -> None:
    with pytest.raises(ConnectionFailed, match="does not exist") as caught:
        addresses.connect(beside(url, "nowhere"), "read")
    assert "Create it first" in caught.value.hint


def test_a_service_and_a_password_file_are_honoured(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from psycopg.conninfo import conninfo_to_dict

    values = conninfo_to_dict(url)
    lines = [f"{key}={value}" for key, value in values.items() if key != "client_encoding"]
    file = tmp_path / "services"
    file.write_text("[mine]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setenv("PGSERVICEFILE", str(file))

    session = addresses.connect("service=mine", "read")

    assert session.query("SELECT current_database()") == [(values["dbname"],)]
    session.close()


def test_the_driver_of_sqlalchemy_is_left_out(url: str) -> None:
    session = addresses.connect(url.replace("postgresql:", "postgresql+psycopg:"), "read")
    assert session.query("SELECT 1") == [(1,)]
    session.close()


def test_sessions_on_one_server_agree_on_its_identity(
    admin: str, url: str, session: PgSession
) -> None:
    with database(admin) as other_url:
        other = addresses.connect(other_url, "read")
        assert addresses.server_identity(session) == addresses.server_identity(other)
        other.close()


def test_identity_without_the_right_to_ask_the_server(url: str, session: PgSession) -> None:
    """Managed services take EXECUTE on pg_control_system() away."""
    session.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public")
    session.execute("CREATE ROLE lockplane_plain")
    try:
        session.execute("SET ROLE lockplane_plain")
        again = addresses.connect(url, "read")
        again.execute("SET ROLE lockplane_plain")

        assert addresses.server_identity(session) == addresses.server_identity(again)
        again.close()
    finally:
        session.execute("RESET ROLE")
        session.execute("DROP ROLE lockplane_plain")


def test_another_database_of_the_same_server(url: str) -> None:
    session = addresses.connect(url, "read", database="postgres")

    assert session.query("SELECT current_database()") == [("postgres",)]
    assert urlsplit(session.address).path != "/postgres"
    session.close()
