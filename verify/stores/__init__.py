"""Opening a store by its URL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shadow.errors import StoreError
from verify.store import Store

_FORMS = (
    "postgresql://user@host/database, mongodb://host/database, sqlite:///path, duckdb:///path, "
    "parquet:path-or-directory, csv:path-or-directory, memory:"
)


def open_store(url: str) -> Store:
    """Return the store behind a URL; nothing is read yet where the engine allows that.

    As usual, `sqlite:///a.db` is relative and `sqlite:////srv/a.db` absolute. Raises StoreError for an unknown
    scheme, a missing path or a missing driver; the message never repeats credentials.
    """
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    opener = _OPENERS.get(scheme)
    if not colon or opener is None:
        raise StoreError(f"{scheme or 'an empty text'!r} is not a kind of store.", f"Use one of {_FORMS}.")
    return opener(scheme, rest)


def path_of(url: str) -> Path:
    """Return the path of a store that is a file. Raises StoreError for a missing one."""
    scheme, _, rest = url.partition(":")
    return _path_of(scheme, rest)


def absolute(url: str) -> str:
    """Return the same URL for a process with another working directory."""
    scheme, _, rest = url.partition(":")
    if _OPENERS.get(scheme.lower()) in (_sqlite, _duckdb, _files):
        return f"{scheme}:///{_path_of(scheme, rest).absolute()}"
    return url


def _path_of(scheme: str, rest: str) -> Path:
    if rest.startswith("//"):
        if not rest.startswith("///"):
            raise StoreError(
                f"{scheme}:{rest} names a host where a path is expected.",
                f"Use three slashes for a relative path ({scheme}:///data.db) and four for an absolute one.",
            )
        rest = rest[3:]
    if not rest:
        raise StoreError(f"{scheme}: needs a path.", f"Write it as {scheme}:///data/file.")
    return Path(rest)


def _memory(_scheme: str, _rest: str) -> Store:
    from verify.stores.memory import MemoryStore

    return MemoryStore({})


def _sqlite(scheme: str, rest: str) -> Store:
    from verify.stores.sqlite import SqliteStore

    return SqliteStore(_path_of(scheme, rest))


def _duckdb(scheme: str, rest: str) -> Store:
    from verify.stores.duckdb import DuckdbStore

    return DuckdbStore(_path_of(scheme, rest))


def _files(scheme: str, rest: str) -> Store:
    from verify.stores.files import FileStore

    return FileStore(_path_of(scheme, rest), scheme)


def _postgres(scheme: str, rest: str) -> Store:
    from verify.stores.postgres.store import PostgresStore

    if not rest.startswith("//"):
        raise StoreError(f"{scheme}: needs a host or two slashes.", "Write it as postgresql://user@host:5432/database.")
    return PostgresStore(f"{scheme}:{rest}")


def _mongo(scheme: str, rest: str) -> Store:
    from verify.stores.mongo.store import MongoStore

    if not rest.startswith("//"):
        raise StoreError(f"{scheme}: needs a host.", "Write it as mongodb://user@host:27017/database?replicaSet=rs0.")
    return MongoStore(f"{scheme}:{rest}")


_OPENERS: dict[str, Callable[[str, str], Store]] = {
    "postgresql": _postgres,
    "postgres": _postgres,
    "mongodb": _mongo,
    "mongodb+srv": _mongo,
    "sqlite": _sqlite,
    "duckdb": _duckdb,
    "parquet": _files,
    "csv": _files,
    "memory": _memory,
}
