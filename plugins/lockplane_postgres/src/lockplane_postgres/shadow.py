"""Shadows: the servers on which scratch databases are made.

A scratch is a new database under a random name that carries the marker of this run. Nothing
else on the server is ever changed, so a shadow address that equals the target's does no harm.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING

from lockplane_core.errors import LockplaneError, ScratchError, StatementFailed
from lockplane_core.spi.shadow import Shadow
from lockplane_postgres import addresses
from lockplane_postgres.kinds.tags import (
    MEMBERSHIP,
    PRIVILEGE,
    ROLE,
    ROLE_NAME,
    ROLE_SETTING,
    SERVER,
    SUBSCRIBER,
    TABLESPACE,
)
from lockplane_postgres.leftovers import MARK, NAMED, PREFIX, leftovers
from lockplane_postgres.majors import SUPPORTED
from lockplane_postgres.parting import part
from lockplane_postgres.quote import literal, quote
from lockplane_postgres.reader import FIRST_USER_OID
from lockplane_postgres.session import PgSession, open_session

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.session import Session
    from lockplane_core.spi.shadow import ScratchRequest
    from lockplane_postgres.server import Server
    from lockplane_postgres.server.docker import Container

_OF_SERVER = frozenset({SERVER, ROLE, MEMBERSHIP, ROLE_SETTING})
_STRATEGY_SINCE = 15
_EVENT_TRIGGERS_SINCE = 17
_MAY_NOT = "42501"  # insufficient_privilege
_READ_ONLY = "25006"  # read_only_sql_transaction
_SCRATCH = {"check_function_bodies": "off", "lock_timeout": "30s"}
_ADMIN = {"statement_timeout": "120s"}
"""DROP DATABASE waits until every process of the server has heard of it, which one that is stuck
never does (procsignal.c, since 15): a scratch that can not be dropped is found by a later run."""

_SUPERUSER = "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper"
_MARKER = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
_NO_ROLE = """
SELECT name FROM unnest(%s::text[]) wanted(name)
WHERE name NOT IN (SELECT rolname FROM pg_roles) ORDER BY 1
"""
_SUBSCRIBES = """
SELECT 1 FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = %s
"""
_NO_TABLESPACE = """
SELECT name FROM unnest(%s::text[]) wanted(name)
WHERE name NOT IN (SELECT spcname FROM pg_tablespace) ORDER BY 1
"""
_TABLESPACES = f"SELECT spcname FROM pg_tablespace WHERE oid >= {FIRST_USER_OID} ORDER BY 1"
_ROLES = f"SELECT rolname FROM pg_roles WHERE oid >= {FIRST_USER_OID} ORDER BY 1"
_LACKING = """
SELECT name FROM unnest(%s::text[]) wanted(name)
WHERE name NOT IN (SELECT a.name FROM pg_available_extensions a) ORDER BY 1
"""


class PgShadow(Shadow):
    """A server with the right to create databases on it."""

    def __init__(self, admin: PgSession, place: str) -> None:
        """Work through `admin`, a session on any database of the server; `place` is for people."""
        self.admin = admin
        admin.configure(_ADMIN)
        self.place = place
        self.version = admin.version
        self.judge = f"PostgreSQL {admin.version}, {place}"
        self.notices: tuple[str, ...] = ()
        self.marker = f"{MARK}{socket.gethostname()}:{os.getpid()} {secrets.token_hex(8)}"

    @contextmanager
    def scratch(self) -> Iterator[Session]:
        name = f"{PREFIX}{int(time.time())}_{secrets.token_hex(6)}"
        try:
            self._create(name)
            session = self._session(name)
            try:
                session.configure(_SCRATCH | self._unheard)
                yield session
            finally:
                session.close()
        finally:
            self._drop(name)

    def _session(self, name: str) -> PgSession:
        raise NotImplementedError

    @cached_property
    def _unheard(self) -> dict[str, str]:
        """Keeps event triggers from being called, where the server can (17, superusers alone).

        A scratch holds only what a plan touches, so one that writes down what was done to the
        schema would look for a table that is not there.
        """
        if int(self.version.partition(".")[0]) < _EVENT_TRIGGERS_SINCE:
            return {}
        return {"event_triggers": "off"} if self.admin.query(_SUPERUSER) else {}

    def _create(self, name: str) -> None:
        """CREATE DATABASE from template0, so that nothing local to the server gets in."""
        copy = (
            " STRATEGY file_copy" if int(self.version.partition(".")[0]) >= _STRATEGY_SINCE else ""
        )
        try:
            self.admin.execute(f"CREATE DATABASE {quote(name)} TEMPLATE template0{copy}")
            self.admin.execute(f"COMMENT ON DATABASE {quote(name)} IS {literal(self.marker)}")
        except StatementFailed as error:
            raise self._refused(error) from error

    def _refused(self, error: StatementFailed) -> ScratchError:
        hint = "Name another server with --shadow-db, or leave it out: Lockplane brings its own."
        if error.state == _MAY_NOT:
            ((role,),) = self.admin.query("SELECT current_user")
            return ScratchError(
                f"role {role} may not create databases on the shadow server ({self.place})",
                hint=f"Let an administrator run: ALTER ROLE {quote(role)} CREATEDB;\n{hint}",
            )
        if error.state == _READ_ONLY:
            return ScratchError(
                f"the shadow server ({self.place}) is a standby or read-only: no scratch can be "
                "made there",
                hint=hint,
            )
        return ScratchError(f"no scratch could be made on {self.place}: {error.message}", hint=hint)

    def _drop(self, name: str) -> None:
        """Drop the database if it is ours; what can not be dropped is found by a later run."""
        with suppress(LockplaneError):
            if self.admin.query(_MARKER, (name,)) == [(self.marker,)]:
                self.admin.execute(f"DROP DATABASE {quote(name)} WITH (FORCE)")

    def provide(self, refs: Collection[Ref]) -> None:
        for kind, query, lack in (
            (ROLE_NAME, _NO_ROLE, self._lack),
            (TABLESPACE, _NO_TABLESPACE, self._lack_tablespaces),
        ):
            names = sorted({ref.name for ref in refs if ref.kind == kind})
            missing = [name for (name,) in self.admin.query(query, (names,))] if names else []
            if missing:
                lack(missing)
        self._note_own({ref.name for ref in refs if ref.kind == PRIVILEGE})

    def _note_own(self, grantees: Collection[str]) -> None:
        """Say so where something is granted to the role that owns all that is on a scratch."""
        for (role,) in self.admin.query("SELECT current_user") if grantees else ():
            told = (
                f"what is granted to {role} counts for nothing: that role owns everything on the "
                f"scratches of {self.place}"
            )
            if role in grantees and told not in self.notices:
                self.notices = (*self.notices, told)

    def _lack(self, roles: Sequence[str]) -> None:
        """Do without roles, or not. Raises `ScratchError`."""
        raise NotImplementedError

    def _lack_tablespaces(self, names: Sequence[str]) -> None:
        """Do without tablespaces, or not. Raises `ScratchError`."""
        raise NotImplementedError

    def require(self, extensions: Collection[str]) -> None:
        """Raise `ScratchError` for an extension that can not be installed on this server."""
        lacking = [name for (name,) in self.admin.query(_LACKING, (list(extensions),))]
        if lacking:
            names = ", ".join(lacking)
            raise ScratchError(
                f"the shadow server ({self.place}) does not have the extension {names}",
                hint="Install its package on that server, name another with --shadow-db, or run "
                f"`lockplane shadow install {self.version.partition('.')[0]}` and leave "
                "--shadow-db out.",
            )

    def close(self) -> None:
        self.admin.close()


class OwnShadow(PgShadow):
    """A throw-away server that Lockplane started, shared by all who work in this process."""

    def __init__(self, server: Server | Container) -> None:
        self.server = server
        self._open = 0
        admin = open_session(server.dsn("postgres"), "the throw-away server")
        super().__init__(admin, server.place)

    def _create(self, name: str) -> None:
        self._open += 1
        super()._create(name)

    def _session(self, name: str) -> PgSession:
        return open_session(self.server.dsn(name), "the scratch")

    def provide(self, refs: Collection[Ref]) -> None:
        """Also refuse to make the one role that is there before all others."""
        roles = {ref.path[0] for ref in refs if ref.kind in _OF_SERVER}
        for (own,) in self.admin.query("SELECT current_user") if roles else ():
            if own in roles:
                raise ScratchError(
                    f"role {own} can not be tried out: the servers of scratches have a role of "
                    "that name, which everything on them belongs to",
                    hint="Take it out of the schema and make it by hand, or give it another name.",
                )
        super().provide(refs)

    def _lack(self, roles: Sequence[str]) -> None:
        """Make them: nobody can log in here, and what a role may do is not what is tried out."""
        try:
            for role in roles:
                self.admin.execute(f"CREATE ROLE {quote(role)} SUPERUSER NOLOGIN")
                self.admin.execute(f"COMMENT ON ROLE {quote(role)} IS {literal(self.marker)}")
        except StatementFailed as error:
            raise self._refused(error) from error

    def _lack_tablespaces(self, names: Sequence[str]) -> None:
        """Make them inside of the data folder, which a server of ours alone is asked to do."""
        try:
            self.admin.configure({"allow_in_place_tablespaces": "on"})
            for name in names:
                self.admin.execute(f"CREATE TABLESPACE {quote(name)} LOCATION ''")
        except StatementFailed as error:
            raise self._refused(error) from error

    def _drop(self, name: str) -> None:
        """Drop the database, and what came with it to the server, unless another one needs that."""
        with suppress(LockplaneError):
            if self.admin.query(_SUBSCRIBES, (name,)):
                session = self._session(name)
                try:
                    part(session)
                finally:
                    session.close()
        super()._drop(name)
        self._open -= 1
        if self._open:  # a scratch within one: what is there may be the other one's
            return
        for query, words in ((_ROLES, "ROLE"), (_TABLESPACES, "TABLESPACE")):
            with suppress(LockplaneError):
                for (found,) in self.admin.query(query):
                    with suppress(StatementFailed):
                        self.admin.execute(f"DROP {words} {quote(found)}")

    def close(self) -> None:
        """Leave it to the others; `Shadows.close` ends it."""


class NamedShadow(PgShadow):
    """A server that a user named by an address of any database on it."""

    foreign = True

    def __init__(self, request: ScratchRequest) -> None:
        self.url = request.shadow_url
        place = addresses.redact(self.url)
        try:
            admin = addresses.connect(self.url, "read")
        except LockplaneError as error:
            raise ScratchError(
                f"the shadow server can not be used: {error.message}",
                hint=f"{error.hint} No other server is taken instead of the one that was named; "
                "leave --shadow-db and SHADOW_DATABASE_URL out and Lockplane brings its own.",
            ) from error
        super().__init__(admin, place)
        try:
            self.require(request.extensions)
            self.beside_target = self._is_server_of(request.target_url)
            self.apart = what_is_apart(request.version, self.version, " and leave --shadow-db out")
            self.notices = (*filter(None, [self.apart]), *self._beside(), *self._leftovers())
        except BaseException:
            self.close()
            raise

    def _session(self, name: str) -> PgSession:
        session = addresses.connect(self.url, "apply", database=name)
        session.configure({NAMED: "on"})
        return session

    def provide(self, refs: Collection[Ref]) -> None:
        """Also refuse subscriptions: nothing keeps them from being enabled on this server.

        And roles: everybody on this server would have them.
        """
        roles = sorted({ref.path[0] for ref in refs if ref.kind in _OF_SERVER})
        if roles:
            raise ScratchError(
                f"role {roles[0]} is not tried out on the shadow server ({self.place}), which "
                "others use",
                hint="Leave --shadow-db out: a server of Lockplane's own is thrown away, roles "
                "and all. Or leave roles to somebody else (`manage`).",
            )
        found = sorted(ref.name for ref in refs if ref.kind == SUBSCRIBER)
        if found:
            raise ScratchError(
                f"subscription {found[0]} is not tried out on the shadow server ({self.place})",
                hint="Leave --shadow-db out: a server of Lockplane's own has no worker that could "
                "connect to a publisher.",
            )
        super().provide(refs)

    def _lack(self, roles: Sequence[str]) -> None:
        """Nothing is changed on this server but the scratches themselves."""
        names = ", ".join(roles)
        noun = "role" if len(roles) == 1 else "roles"
        raise ScratchError(
            f"the shadow server ({self.place}) does not have the {noun} {names}, which the schema "
            "names",
            hint=f"Make it there: {' '.join(f'CREATE ROLE {quote(role)};' for role in roles)} Or "
            "leave --shadow-db out: on a server of its own Lockplane makes the roles itself.",
        )

    def _lack_tablespaces(self, names: Sequence[str]) -> None:
        noun = "tablespace" if len(names) == 1 else "tablespaces"
        raise ScratchError(
            f"the shadow server ({self.place}) does not have the {noun} {', '.join(names)}, which "
            "the schema names",
            hint="Make it there (CREATE TABLESPACE … LOCATION …), or leave --shadow-db out: on a "
            "server of its own Lockplane makes the tablespaces itself.",
        )

    def _is_server_of(self, target_url: str) -> bool:
        if not target_url:
            return False
        with suppress(LockplaneError):
            target = addresses.connect(target_url, "read")
            try:
                return addresses.server_identity(target) == addresses.server_identity(self.admin)
            finally:
                target.close()
        return False

    def _beside(self) -> Iterator[str]:
        if self.beside_target:
            yield (
                "the shadow is the target's own server: scratches are new databases beside it, "
                f"named {PREFIX}…, and dropped at the end"
            )

    def _leftovers(self) -> Iterator[str]:
        for left in leftovers(self.admin):
            yield f"a run that died left the scratch {left.name}: lockplane shadow clean drops it"


def what_is_apart(database: str, shadow: str, more: str = "") -> str:
    """What follows from different majors of the two servers; nothing where they are the same."""
    theirs, ours = (version.partition(".")[0] for version in (database, shadow))
    if not theirs or theirs == ours:
        return ""
    told = (
        f"the database is PostgreSQL {theirs}, and scratches are made on {ours}: what only one of "
        "them understands may not be noticed before it runs on the other"
    )
    is_packed = theirs.isdecimal() and int(theirs) in SUPPORTED
    return f"{told}; run `lockplane shadow install {theirs}`{more}" if is_packed else told
