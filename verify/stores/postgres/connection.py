"""One connection to PostgreSQL: as libpq would make it, read-only, with all settings that show in values pinned."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from shadow.errors import StoreError
from verify.stores.postgres.load import APPLICATION
from verify.stores.postgres.values import set_codecs

MINIMUM = 13
"""The oldest server that is understood: trim_scale, and what is older gets no more fixes from PostgreSQL itself."""
CONNECT_S = 15.0
STATEMENT_S = 3600
LOCK_S = 10

SETTINGS = f"""
SET default_transaction_read_only = on;
SET statement_timeout = '{STATEMENT_S}s';
SET lock_timeout = '{LOCK_S}s';
SET idle_in_transaction_session_timeout = 0;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'iso_8601';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
SET lc_monetary = 'C';
SET lc_numeric = 'C';
SET xmlbinary = 'base64';
SET row_security = off;
SET enable_sort = off;
SET jit = off;
SET work_mem = '32MB';
"""
"""`row_security = off` makes a policy that would hide rows an error, instead of a comparison without them.
`enable_sort = off` is a matter of cost only: where there is another way than to sort a table, it is taken."""


GIVE_UP_WITHOUT_US = "SET client_connection_check_interval = '1s'"
"""A statement whose client was killed ends within a second, not when it has read its table to the end."""
_LOOKS_FOR_CLIENT = 14


FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What a statement may raise. The driver calls it internal where its connection was ended while it was asked."""


def label_of(url: str) -> str:
    """Return the URL without credentials and options."""
    try:
        parts = urlsplit(url)
        hosts = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "postgresql:"
    return f"postgresql://{hosts}{parts.path}"


async def connect(url: str, label: str) -> Any:
    """Return a connection. Raises StoreError, which never repeats credentials."""
    try:
        connection = await asyncpg.connect(
            dsn=url, timeout=CONNECT_S, server_settings={"application_name": APPLICATION}
        )
    except (ValueError, asyncpg.InterfaceError, ssl.SSLError) as error:
        # The driver's own words may repeat parts of the URL.
        raise StoreError(
            f"{label} cannot be connected to: {type(error).__name__}.",
            "Check the URL: postgresql://user@host:5432/database?sslmode=verify-full;"
            " the password belongs in ~/.pgpass or PGPASSWORD.",
        ) from error
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise explained(error, label) from error
    try:
        version = connection.get_server_version()
        if version.major < MINIMUM:
            raise StoreError(
                f"{label} runs PostgreSQL {version.major}.{version.minor}; {MINIMUM} is the oldest that is supported.",
                "Upgrade the server, or restore a dump of it into a newer one and verify that.",
            )
        await connection.execute(SETTINGS)
        if version.major >= _LOOKS_FOR_CLIENT:
            with suppress(asyncpg.InvalidParameterValueError, asyncpg.FeatureNotSupportedError):
                # A server on a system that cannot tell refuses it.
                await connection.execute(GIVE_UP_WITHOUT_US)
        await set_codecs(connection)
    except asyncpg.PostgresError as error:
        await close(connection)
        raise explained(error, label) from error
    except BaseException:
        await close(connection)
        raise
    return connection


async def close(connection: Any) -> None:
    """Close a connection, by force where it does not answer."""
    try:
        await connection.close(timeout=5)
    except (asyncio.CancelledError, *FAILURES):
        connection.terminate()


def explained(error: BaseException, label: str) -> StoreError:
    """Return what a failure means and what to do; the server's messages name objects, never contents of rows."""
    text = str(error).partition("\n")[0] or type(error).__name__
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            remedy = "Check user and password (~/.pgpass, PGPASSFILE or PGPASSWORD) and the server's pg_hba.conf."
            return StoreError(f"{label} refused the login.", remedy)
        case asyncpg.InvalidCatalogNameError():
            return StoreError(f"{label}: {text}.", "Check the name of the database in the URL.")
        case asyncpg.InsufficientPrivilegeError():
            remedy = "Grant it: GRANT SELECT ON ALL TABLES IN SCHEMA ... TO ...; with row security also BYPASSRLS."
            return StoreError(f"{label}: {text}.", remedy)
        case asyncpg.LockNotAvailableError():
            remedy = "Another session holds the table exclusively (a migration?): wait for it to end."
            return StoreError(f"{label}: a table was locked for {LOCK_S} seconds.", remedy)
        case asyncpg.QueryCanceledError():
            return StoreError(f"{label}: {text}.", "Verify when the server is less busy.")
        case asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError():
            remedy = "It was there when the run began: did a migration run meanwhile?"
            return StoreError(f"{label}: {text}.", remedy)
        case TimeoutError():
            remedy = "Check host, port and firewall."
            return StoreError(f"{label} did not answer within {CONNECT_S:.0f} seconds.", remedy)
        case OSError():
            return StoreError(f"{label} cannot be reached ({text}).", "Check host, port and whether the server runs.")
        case asyncpg.InternalClientError():
            return StoreError(f"{label}: the connection was ended ({text}).", "Look into the server's log.")
        case asyncpg.DataError():
            # These messages quote the value, which may be anybody's.
            remedy = "Look for this code in the server's log, where the value is named."
            return StoreError(f"{label}: a value could not be read or asked for ({error.sqlstate}).", remedy)
        case _:
            state = getattr(error, "sqlstate", "") or type(error).__name__
            return StoreError(f"{label} failed ({state}: {text}).", "Look into the server's log.")


BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
RECOVER = "ROLLBACK TO SAVEPOINT shadow"
"""Goes on with the snapshot after a statement that failed or was given up."""


async def begin(connection: Any, shared: str = "") -> str:
    """Begin the transaction that is a snapshot, or join an exported one; return what others join it by."""
    await connection.execute(BEGIN)
    if shared:
        await connection.execute(f"SET TRANSACTION SNAPSHOT '{shared}'")
    else:
        shared = await connection.fetchval("SELECT pg_export_snapshot()")
    # A statement that fails must not end the snapshot: the checks after it go on from here.
    await connection.execute("SAVEPOINT shadow")
    return shared


@asynccontextmanager
async def translated(label: str, connection: Any = None) -> AsyncIterator[None]:
    """Raise StoreError instead of the driver's errors; a snapshot's connection can be used again afterwards."""
    try:
        yield
    except FAILURES as error:
        if connection is not None and isinstance(error, asyncpg.PostgresError) and not connection.is_closed():
            with suppress(*FAILURES):
                await connection.execute(RECOVER)
        raise explained(error, label) from error
