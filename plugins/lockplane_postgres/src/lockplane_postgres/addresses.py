"""Addresses of PostgreSQL databases: URLs, conninfo strings, services."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from lockplane_core.errors import ConnectionFailed

if TYPE_CHECKING:
    import psycopg

    from lockplane_core.spi.dialect import Purpose
    from lockplane_postgres.session import PgSession

_SCHEMES = frozenset({"postgres", "postgresql"})
_KEYWORDS = frozenset({
    "dbname", "host", "hostaddr", "options", "passfile", "password", "port", "service",
    "sslmode", "target_session_attrs", "user",
})  # fmt: skip
_KEPT = "embedded:"
_SECRET = frozenset({"password", "sslpassword"})
_FEW = 3
_CONNECT_SECONDS = "10"
_ALIVE = {
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_CONTROL = "SELECT has_function_privilege('pg_control_system()', 'EXECUTE')"
_SYSTEM = "SELECT system_identifier::text FROM pg_control_system()"
_PLACE = """
SELECT concat_ws(':', inet_server_addr(), inet_server_port(), pg_postmaster_start_time())
"""


def is_ours(url: str) -> bool:
    """Whether a text is the address of a PostgreSQL database: a URL or a conninfo string.

    `embedded:NAME` is a server of our own that stays, and its database of that name.
    """
    if is_kept(url):
        return True
    scheme, separator, _ = url.partition("://")
    if separator and "=" not in scheme:
        # SQLAlchemy names the driver as well: postgresql+psycopg://
        return scheme.lower().partition("+")[0] in _SCHEMES
    keyword, equals, _ = url.strip().partition("=")
    return bool(equals) and keyword.strip() in _KEYWORDS


def is_kept(url: str) -> bool:
    """Whether an address is `embedded:NAME`, or `embedded:NAME/DATABASE`."""
    return url.startswith(_KEPT)


def redact(url: str) -> str:
    """The address without passwords; of one that makes no sense, only its beginning."""
    if is_kept(url):
        return url
    if "://" in url.partition("=")[0]:
        return _redact_url(url)
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    try:
        values = {k: "***" if k in _SECRET else str(v) for k, v in conninfo_to_dict(url).items()}
        return make_conninfo("", **values)
    except ProgrammingError:
        return f"{url.strip().partition('=')[0]}=…"


def _redact_url(url: str) -> str:
    parts = _split(url)
    if parts is None or "@" in parts.path + parts.query + parts.fragment:
        # A / or # in a password that is not percent-encoded ends the host for every parser.
        return f"{url.partition(':')[0]}://…"
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    netloc = f"{name}:***@{host}" if colon else f"{name}{at}{host}"
    given = parse_qsl(parts.query, keep_blank_values=True)
    query = parts.query
    if any(key in _SECRET for key, _ in given):
        query = "&".join(f"{key}={'***' if key in _SECRET else value}" for key, value in given)
    return f"{parts.scheme}://{netloc}{parts.path}{query and '?'}{query}"


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # an IPv6 address without its bracket
        return None


def _scrubbed(said: str, url: str) -> str:
    """The driver's words without the address that they may repeat, password and all."""
    for text in (url, conninfo(url)):
        said = said.replace(text, redact(url))
    parts = _split(url) if "://" in url else None
    secrets = {value for key, value in parse_qsl(parts.query) if key in _SECRET} if parts else set()
    if parts and parts.password:
        secrets |= {parts.password, unquote(parts.password)}
    for secret in sorted(secrets, key=len, reverse=True):
        said = _without(secret, said)
    return said


def _without(secret: str, said: str) -> str:
    """A password of a few letters only where it stands by itself: else words would go with it."""
    if len(secret) > _FEW:
        return said.replace(secret, "***")
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", said)


def conninfo(url: str) -> str:
    """The address as libpq reads it."""
    scheme, separator, rest = url.partition("://")
    if separator and "+" in scheme and "=" not in scheme:
        return f"{scheme.partition('+')[0]}://{rest}"
    return url


def database_of(url: str) -> str:
    """The name of the database in an address; empty where it names none."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        return str(conninfo_to_dict(conninfo(url)).get("dbname") or "")
    except ProgrammingError:
        return ""


def connect(url: str, purpose: Purpose, *, database: str = "") -> PgSession:
    """A session on the database of the address, or on another one of the same server.

    Raises `ConnectionFailed` in words that hold no password.
    """
    import psycopg

    from lockplane_postgres.session import open_session

    address, url = redact(url), _awake(url)
    options: dict[str, str] = {"fallback_application_name": f"lockplane {purpose}"}
    if database:
        options["dbname"] = database
    try:
        given = psycopg.conninfo.conninfo_to_dict(conninfo(url))
        usual = {**_ALIVE, "connect_timeout": _CONNECT_SECONDS}
        options |= {name: value for name, value in usual.items() if name not in given}
        return open_session(conninfo(url), address, **options)
    except psycopg.Error as error:
        raise _failed(url, address, error) from error


def _awake(url: str) -> str:
    """The address as libpq reads it; a server of our own is started for it."""
    if not is_kept(url):
        return url
    from lockplane_postgres.server import kept

    name, _, database = url.removeprefix(_KEPT).partition("/")
    server = kept.named(name)
    server.start()
    return server.url(database)


def _failed(url: str, address: str, error: psycopg.Error) -> ConnectionFailed:
    said = _scrubbed(_in_a_line(error), url)
    return ConnectionFailed(f"can not connect to {address}: {said}", hint=_way_out(said, error))


def _in_a_line(error: psycopg.Error) -> str:
    """What libpq said; its own hint ("Is the server running …") is on a line with a tab."""
    lines = str(error).splitlines()
    return " ".join(" ".join(line for line in lines if not line.startswith("\t")).split())


def _way_out(said: str, error: psycopg.Error) -> str:
    """What to do about a failed connection: its SQLSTATE is not told for most of them."""
    for phrase, hint in _WAYS_OUT.items():
        if phrase in said:
            return hint
    if isinstance(error, _programming_error()):
        return "Write it as postgres://user:password@host:5432/database?sslmode=require."
    return "Check the address."


def _programming_error() -> type[Exception]:
    from psycopg import ProgrammingError

    return ProgrammingError


_WAYS_OUT = {
    "password authentication failed": "Check user and password, or the line in PGPASSFILE.",
    "no password supplied": "Put the password into the address, PGPASSWORD or a PGPASSFILE.",
    "does not exist": "Create it first, or correct the name in the address.",
    "no pg_hba.conf entry": "The server does not let this user in from this host (pg_hba.conf); "
    "it may also want TLS: add sslmode=require.",
    "Connection refused": "Is the server running, and do host and port name it?",
    "No such file or directory": "Is the server running, and is its socket in that folder?",
    "timeout expired": "The host does not answer: check host, port and firewall.",
    "Servname not supported": "The port must be a number; in a password, / : @ and # must be "
    "percent-encoded (%2F %3A %40 %23).",
    "could not translate host name": "Check the host's name.",
    "failed to resolve host": "Check the host's name.",
    "server does not support SSL": "Say sslmode=disable or sslmode=prefer.",
    "definition of service": "PGSERVICEFILE or ~/.pg_service.conf has no section of that name.",
    "too many": "Wait until other sessions end.",
    "starting up": "Try again in a moment.",
}


def server_identity(session: PgSession) -> str:
    """A text that is equal for sessions on the same server."""
    ((allowed,),) = session.query(_CONTROL)
    ((found,),) = session.query(_SYSTEM if allowed else _PLACE)
    return str(found)
