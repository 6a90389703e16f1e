"""Copies of databases that are a file: SQLite through its backup interface, DuckDB file by file while nobody writes."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Protocol

from shadow.errors import EnvironmentFailure, StoreError
from verify.migration.locks import LockTimes
from verify.migration.scratch import Copy
from verify.stores.duckdb import DuckdbEngine
from verify.stores.sqlite import BUSY_S, check_file
from verify.stores.worker import Worker

PREFIX = "shadow-scratch-"
"""How the folder of the copies begins; it is where TMPDIR says."""

_PAGES = 4096
_CHUNK = 8 * 2**20


class Duplicate(Protocol):
    """Copies one file database to a new path; gives up soon after `stop` is set. Raises StoreError, OSError."""

    def __call__(self, source: Path, target: Path, stop: threading.Event) -> None:
        """Copy it."""


class FileScratch:
    """Makes copies of one file in a folder of their own, and removes them."""

    secrets: tuple[str, ...] = ()

    def __init__(self, scheme: str, path: Path, duplicate: Duplicate) -> None:
        check_file(path, "Database file")
        self.label = f"{scheme}:///{path}"
        self._scheme, self._path, self._duplicate = scheme, path, duplicate
        self._stop = threading.Event()
        self._worker = Worker("copy", self._stop.set)
        self._folder: Path | None = None
        self._made: list[Path] = []

    @property
    def labels(self) -> tuple[str, ...]:
        """How to call the copies that there are."""
        return tuple(f"{self._scheme}:///{path}" for path in self._made)

    async def size(self) -> int:
        """Return how many bytes the file and its journal take."""
        journals = (self._path.with_name(f"{self._path.name}{end}") for end in ("-wal", ".wal"))
        return sum(path.stat().st_size for path in (self._path, *journals) if path.exists())

    async def copy(self) -> Copy:
        """Copy the given file. Raises StoreError, EnvironmentFailure where there is no room."""
        return await self._to_a_new_file(self._path)

    async def again(self, copy: Copy) -> Copy:
        """Copy a copy. Raises StoreError, EnvironmentFailure where there is no room."""
        return await self._to_a_new_file(Path(copy.url.partition(":///")[2]))

    async def _to_a_new_file(self, source: Path) -> Copy:
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
            target = self._folder / f"{len(self._made) + 1}{self._path.suffix}"
            self._made.append(target)
            await self._worker.call(lambda: self._duplicate(source, target, self._stop))
        except OSError as error:
            raise EnvironmentFailure(
                f"{self.label} cannot be copied to {tempfile.gettempdir()} ({error.strerror or error}).",
                "Make room there, or set TMPDIR to a folder that has it.",
            ) from error
        url = f"{self._scheme}:///{target}"
        return Copy(url=url, label=url, how="as a file")

    def environment(self, copy: Copy) -> Mapping[str, str]:
        """Return DATABASE_URL."""
        return {"DATABASE_URL": copy.url}

    def watch(self, copy: Copy) -> AbstractAsyncContextManager[LockTimes] | None:
        """Return nothing: a file is locked as a whole."""
        return None

    async def drop(self) -> None:
        """Remove the folder with all copies; safe to call twice."""
        # Waits for a copy that is being made: it must not go on in a folder that is gone.
        await self._worker.finish(self._stop.set)
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
            self._made.clear()


def copy_sqlite(source: Path, target: Path, stop: threading.Event) -> None:
    """Copy a SQLite database as one transaction sees it. Raises StoreError."""

    def look(_status: int, _remaining: int, _total: int) -> None:
        if stop.is_set():
            raise InterruptedError("the copy was given up")

    try:
        uri = f"{source.resolve().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            # Within one read transaction; else the backup begins anew whenever somebody writes.
            old.execute("BEGIN")
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()
            old.backup(new, pages=_PAGES, progress=look)
    except sqlite3.Error as error:
        raise StoreError(
            f"SQLite file {source} cannot be copied ({error}).", "Wait for its writer to end, and check the file."
        ) from error


def copy_duckdb(source: Path, target: Path, stop: threading.Event) -> None:
    """Copy a DuckDB database and its journal while nobody can write. Raises StoreError, OSError."""
    engine = DuckdbEngine(f"DuckDB file {source}", str(source))
    try:
        # Held open for reading: DuckDB then lets nobody write.
        engine.describe()
        for end in ("", ".wal"):
            one, other = (path.with_name(f"{path.name}{end}") for path in (source, target))
            if one.exists():
                _copy_bytes(one, other, stop.is_set)
    finally:
        engine.close()


def _copy_bytes(source: Path, target: Path, stopped: Callable[[], bool]) -> None:
    with source.open("rb") as old, target.open("wb") as new:
        while (chunk := old.read(_CHUNK)) and not stopped():
            new.write(chunk)
