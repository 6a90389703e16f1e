"""How long a migration held locks that keep others waiting, by looking at them at short intervals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from shadow.errors import StoreError
from verify.stores.postgres.connection import close, connect, translated

EVERY_S = 0.02
"""Pause between two looks."""

BLOCKS = {
    "AccessExclusiveLock": "nobody else can read or write",
    "ExclusiveLock": "nobody else can write",
    "ShareRowExclusiveLock": "nobody else can write",
    "ShareLock": "nobody else can write",
}
"""The modes that keep applications waiting; a migration's own reads and writes take weaker ones."""

_LOOK = """
SELECT l.pid, l.virtualtransaction, l.relation, l.mode,
       CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name
FROM pg_locks l
JOIN pg_stat_activity a ON a.pid = l.pid
JOIN pg_class c ON c.oid = l.relation
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND a.backend_type = 'client backend' AND c.relkind IN ('r', 'p', 'm')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND l.mode = ANY($1::text[])
"""
"""Tables that the migration itself has made are in no catalogue yet, and nobody waits for them."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The longest time that a mode was held on a table: from the first to the last look that saw it, and from the
    look before to the look after; the truth lies between."""

    table: str
    mode: str
    at_least_s: float
    at_most_s: float


class LockTimes:
    """What was seen so far. `looks` is how often it was looked, `resolution_s` the longest time between two looks;
    `problem` says why the looking ended early, "" where it did not."""

    def __init__(self) -> None:
        self.problem = ""
        self.looks = 0
        self.resolution_s = 0.0
        self._last = 0.0
        self._open: dict[tuple[Any, ...], tuple[str, float, float, float]] = {}
        self._longest: dict[tuple[str, str], Held] = {}

    def saw(self, at: float, locks: dict[tuple[Any, ...], str]) -> None:
        """Take in one look at an instant: the names of tables by (holder, table, mode); the mode stands last."""
        before = self._last if self.looks else at
        self.resolution_s = max(self.resolution_s, at - before)
        self.looks += 1
        self._last = at
        for key, (name, start, first, last) in list(self._open.items()):
            if key not in locks:
                del self._open[key]
                self._close(key[-1], name, last - first, at - start)
        for key, name in locks.items():
            shown, start, first, _ = self._open.get(key, (name, before, at, at))
            self._open[key] = (shown, start, first, at)

    def _close(self, mode: str, name: str, at_least: float, at_most: float) -> None:
        known = self._longest.get((name, mode))
        if known is None or known.at_most_s < at_most:
            self._longest[name, mode] = Held(table=name, mode=mode, at_least_s=at_least, at_most_s=at_most)

    def held(self) -> tuple[Held, ...]:
        """Return the longest time per table and mode, the longest first; what is still held counts until now."""
        open_now = LockTimes()
        open_now._longest = dict(self._longest)
        for key, (name, start, first, last) in self._open.items():
            open_now._close(key[-1], name, last - first, self._last - start)
        return tuple(sorted(open_now._longest.values(), key=lambda one: (-one.at_most_s, one.table, one.mode)))


@asynccontextmanager
async def watched(url: str, label: str) -> AsyncIterator[LockTimes]:
    """Look at the locks of a PostgreSQL database from before the context begins until it has ended.

    Raises StoreError where the database cannot be connected to; what fails later is the `problem` of the result.
    """
    times = LockTimes()
    connection = await connect(url, label)
    try:
        await _look(connection, label, times)
        over = asyncio.Event()
        looking = asyncio.create_task(_keep_looking(connection, label, times, over))
        try:
            yield times
        finally:
            over.set()
            await looking
    finally:
        await close(connection)


async def _keep_looking(connection: Any, label: str, times: LockTimes, over: asyncio.Event) -> None:
    while not over.is_set():
        try:
            await asyncio.wait_for(over.wait(), EVERY_S)
        except TimeoutError:
            pass
        try:
            await _look(connection, label, times)
        except StoreError as error:
            times.problem = str(error)
            return


async def _look(connection: Any, label: str, times: LockTimes) -> None:
    async with translated(label):
        rows = await connection.fetch(_LOOK, list(BLOCKS))
    locks = {(row["pid"], row["virtualtransaction"], row["relation"], row["mode"]): row["name"] for row in rows}
    times.saw(asyncio.get_running_loop().time(), locks)
