"""Copies of a PostgreSQL database on its own server: from a template where nobody is connected, else dump and restore.

A copy by template takes about as long as copying the files; meanwhile the server lets nobody connect to the original.
A dump reads like any reader (ACCESS SHARE), so it waits for, and holds up, nothing but changes of the schema.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from urllib.parse import quote as escaped

import asyncpg

from shadow.errors import ConfigError, StoreError
from verify.migration.dump import dump_and_restore
from verify.migration.locks import LockTimes, watched
from verify.migration.scratch import Copy, How
from verify.stores.postgres.connection import FAILURES, close, connect, explained, label_of, translated
from verify.stores.sql import quote, quote_text
from verify.telling.findings import plural

PREFIX = "shadow_scratch_"
"""How every copy's name begins, so that one that was left behind by a power cut is known for what it is."""

_USED = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'"
_LIKE = """
SELECT pg_encoding_to_char(encoding) AS encoding, datcollate, datctype FROM pg_database WHERE datname = $1
"""
_SETTINGS = """
SELECT unnest(s.setconfig) AS setting FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
WHERE d.datname = $1 AND s.setrole = 0
"""


class PostgresScratch:
    """Makes copies of one database, and drops them."""

    def __init__(self, url: str, how: How) -> None:
        self.label = label_of(url)
        self._how = how
        self._parts = urlsplit(url)
        self._query = dict(parse_qsl(self._parts.query))
        self._name = _database_of(url)
        if not self._name or {"dbname", "database"} & self._query.keys():
            raise ConfigError(
                f"{self.label} does not name its database after the host.",
                "Write it as postgresql://user@host:5432/database.",
            )
        password = self._query.get("password") or unquote(self._parts.password or "")
        self.secrets: tuple[str, ...] = tuple({password, escaped(password, safe="")}) if password else ()
        self._password = password
        self._token = secrets.token_hex(4)
        self._made: list[str] = []

    @property
    def labels(self) -> tuple[str, ...]:
        """How to call the copies that there are."""
        return tuple(label_of(self._url_of(name)) for name in self._made)

    async def size(self) -> int:
        """Return how many bytes the given database takes. Raises StoreError."""
        async with self._admin() as admin:
            found: int | None = await admin.fetchval(
                "SELECT pg_database_size(datname) FROM pg_database WHERE datname = $1", self._name
            )
        if found is None:
            raise StoreError(f"{self.label}: there is no such database.", "Check the name in the URL.")
        return found

    async def copy(self) -> Copy:
        """Copy the given database. Raises StoreError."""
        async with self._admin() as admin:
            used = await admin.fetchval(_USED, self._name)
            if self._how == "template" and used:
                are = f"{plural(used, 'session')} {'is' if used == 1 else 'are'} connected to it"
                raise StoreError(f"{self.label} cannot be a template: {are}.", "End them, or dump it: --copy dump.")
            name = self._next()
            if self._how == "template" or (self._how == "auto" and not used):
                # Somebody may have connected since; a template has to be one's own, too.
                try:
                    await _create(admin, name, self._name)
                    await self._like(admin, name)
                    return self._copy(name, "by template")
                except (asyncpg.ObjectInUseError, asyncpg.InsufficientPrivilegeError):
                    if self._how == "template":
                        raise
            like = await admin.fetchrow(_LIKE, self._name)
            await admin.execute(
                f"CREATE DATABASE {quote(name)} TEMPLATE template0 ENCODING {quote_text(like['encoding'])}"
                f" LC_COLLATE {quote_text(like['datcollate'])} LC_CTYPE {quote_text(like['datctype'])}"
            )
            await self._like(admin, name)
        await dump_and_restore(
            self.libpq_url(self._name), self.libpq_url(name), self.label, self.environment_of(name)
        )
        return self._copy(name, "by dump and restore")

    async def again(self, copy: Copy) -> Copy:
        """Copy a copy, to which nobody is connected. Raises StoreError."""
        name = self._next()
        async with self._admin() as admin:
            await _create(admin, name, _database_of(copy.url))
            await self._like(admin, name)
        return self._copy(name, "by template")

    def environment(self, copy: Copy) -> Mapping[str, str]:
        """Return DATABASE_URL and what libpq reads, so that psql and its like go to the copy too."""
        return {"DATABASE_URL": copy.url, **self.environment_of(_database_of(copy.url))}

    def environment_of(self, database: str) -> dict[str, str]:
        """Return libpq's variables for a database of this server."""
        parts = self._parts
        hosts = parts.netloc.rpartition("@")[2].split(",")
        found = {
            "PGHOST": ",".join(host.rpartition(":")[0] if _has_port(host) else host for host in hosts),
            "PGPORT": ",".join(host.rpartition(":")[2] if _has_port(host) else "5432" for host in hosts),
            "PGUSER": unquote(parts.username or ""),
            "PGPASSWORD": self._password,
            "PGDATABASE": database,
        }
        return {name: value for name, value in found.items() if value}

    def libpq_url(self, database: str) -> str:
        """Return the URL of a database as libpq takes it: without the password, which would be seen by everybody on
        this machine, and without options that are not libpq's."""
        user, at, host = self._parts.netloc.rpartition("@")
        query = "&".join(f"{name}={escaped(text)}" for name, text in self._query.items() if name in _LIBPQ)
        shown = f"postgresql://{user.partition(':')[0]}{at}{host}/{escaped(database)}"
        return f"{shown}?{query}" if query else shown

    def watch(self, copy: Copy) -> AbstractAsyncContextManager[LockTimes] | None:
        """Watch the locks in a copy."""
        return watched(copy.url, copy.label)

    async def drop(self) -> None:
        """Drop every copy, and end the sessions that are left in them. Raises StoreError, which names what is left."""
        if not self._made:
            return
        try:
            async with self._admin() as admin:
                while self._made:
                    await admin.execute(f"DROP DATABASE IF EXISTS {quote(self._made[-1])} WITH (FORCE)")
                    self._made.pop()
        except StoreError as error:
            left = ", ".join(self._made)
            raise StoreError(f"{error.message} Copies are left: {left}.", "Drop them: DROP DATABASE.") from error

    def _next(self) -> str:
        # Noted before it is made: a copy that is half made has to go too.
        self._made.append(f"{PREFIX}{self._token}_{len(self._made) + 1}")
        return self._made[-1]

    def _url_of(self, name: str) -> str:
        return self._parts._replace(path=f"/{name}").geturl()

    def _copy(self, name: str, how: str) -> Copy:
        url = self._url_of(name)
        return Copy(url=url, label=label_of(url), how=how)

    async def _like(self, admin: Any, name: str) -> None:
        """Give a copy the settings of the database (a search path, a time zone), which no copy takes along."""
        for row in await admin.fetch(_SETTINGS, self._name):
            key, _, value = row["setting"].partition("=")
            # A list (search_path) is kept as it is written in SQL, anything else is one text.
            shown = value if key in _LISTS else quote_text(value)
            with suppress(asyncpg.InsufficientPrivilegeError):
                await admin.execute(f"ALTER DATABASE {quote(name)} SET {key} TO {shown}")

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[Any]:
        """Hold a connection to another database of the server: who is connected to one can neither copy nor drop it."""
        other = "template1" if self._name == "postgres" else "postgres"
        connection = await connect(self._url_of(other), self.label)
        try:
            async with translated(self.label):
                await connection.execute("SET default_transaction_read_only = off; SET statement_timeout = 0")
            try:
                yield connection
            except asyncpg.InsufficientPrivilegeError as error:
                raise StoreError(
                    f"{self.label}: {str(error).partition(chr(10))[0]}.",
                    "Copies are databases of their own on that server: ALTER ROLE ... CREATEDB.",
                ) from error
            except FAILURES as error:
                raise explained(error, self.label) from error
        finally:
            await close(connection)


_LISTS = frozenset({"search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"})
_LIBPQ = frozenset(
    {
        "host", "hostaddr", "port", "user", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl",
        "target_session_attrs", "connect_timeout", "krbsrvname", "gssencmode", "channel_binding", "options",
        "ssl_min_protocol_version", "ssl_max_protocol_version", "requirepeer", "service",
    }
)  # fmt: skip


async def _create(admin: Any, name: str, template: str) -> None:
    await admin.execute(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(template)}")


def _database_of(url: str) -> str:
    return unquote(urlsplit(url).path.lstrip("/"))


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and not host.endswith("]")
