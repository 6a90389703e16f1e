"""PostgreSQL through asyncpg: one read-only transaction per snapshot, never a lock stronger than a reader's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from shadow.errors import StoreError
from verify.classes import POSTGRES, Dialect
from verify.digest import Accumulator, is_ordered
from verify.store import BucketDigest, Buckets, Key, KeyRange, Row, Scanned, Selection, Snapshot, TableSchema
from verify.stores import postgres_sql as sql
from verify.stores.postgres_connection import close, connect, label_of, translated
from verify.stores.postgres_schema import PgTable, describe

BATCH_ROWS = 2000
_EXACT_BYTES = 64 * 2**20
"""Tables up to this size are cut at exact keys; larger ones at sampled ones, since numbering all rows takes a while."""


class PostgresStore:
    """One database. `label` is its URL without credentials and options."""

    def __init__(self, url: str) -> None:
        self.label = label_of(url)
        self.dialect: Dialect = POSTGRES
        self._url = url
        self._opened: Any = None

    async def _connection(self) -> Any:
        if self._opened is None:
            self._opened = await connect(self._url, self.label)
        return self._opened

    async def describe(self) -> tuple[TableSchema, ...]:
        """Return the tables of all schemas, ascending by name. Raises StoreError."""
        connection = await self._connection()
        async with translated(self.label):
            return (await describe(connection))[0]

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Hold one REPEATABLE READ, READ ONLY transaction. Raises StoreError."""
        connection = await connect(self._url, self.label)
        try:
            async with translated(self.label):
                await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                _, tables = await describe(connection)
            yield PostgresSnapshot(connection, self.label, tables)
        finally:
            # Closing ends the transaction and whatever statement still runs.
            await close(connection)

    async def close(self) -> None:
        """Close the connection; safe to call twice."""
        if self._opened is not None:
            opened, self._opened = self._opened, None
            await close(opened)


class PostgresSnapshot:
    """Reads one state of a database."""

    def __init__(self, connection: Any, label: str, tables: dict[str, PgTable]) -> None:
        self.connection = connection
        self.label = label
        self._tables = tables

    def table(self, name: str) -> PgTable:
        """Return what is known of a table. Raises StoreError where there is none."""
        try:
            return self._tables[name]
        except KeyError:
            raise StoreError(f"{self.label} has no table {name!r}.", "Name one of its tables.") from None

    async def estimate(self, table: str) -> int:
        """Return the planner's number of rows, counted where it has none yet or the table is small."""
        known = self.table(table)
        if known.rows < 0 or known.bytes < _EXACT_BYTES:
            return await self.count(table)
        return round(known.rows)

    async def count(self, table: str) -> int:
        """Return how many rows the table has, exactly."""
        known = self.table(table)
        async with translated(self.label):
            found: int = await self.connection.fetchval(f"SELECT count(*) FROM {sql.from_table(known)}")  # noqa: S608
        return found

    async def boundaries(self, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return ascending keys that cut the table into about equal parts, None where they have no shared order."""
        table = self.table(selection.table)
        if not selection.key_width or not sql.has_shared_order(selection):
            return None
        if table.kind == "r" and table.bytes >= _EXACT_BYTES:
            return await self.sampled(selection, buckets)
        step = max(1, -(-await self.count(selection.table) // buckets))
        statement, values = sql.select_boundaries(table, selection, step)
        async with translated(self.label):
            keys = [sql.key_values(row) for row in await self.connection.fetch(statement, *values)]
        return tuple(dict.fromkeys(keys)) if is_ordered(keys) else None

    async def sampled(self, selection: Selection, buckets: int) -> tuple[Key, ...]:
        """Return about `buckets` - 1 ascending keys, taken from pages spread evenly over the table."""
        table = self.table(selection.table)
        pages = max(1, table.bytes // 8192)
        wanted = min(pages, buckets)
        # Rows on a page are numbered from 1; the first may be dead, so the second is asked for too and often dropped.
        tids = [f"({page * pages // wanted},1)" for page in range(wanted)]
        async with translated(self.label):
            found = await self.connection.fetch(sql.sample_boundaries(table, selection), tids)
        keys = [sql.key_values(row) for row in found]
        return tuple(key for key in keys[1:] if None not in key)

    async def digest(
        self, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
    ) -> tuple[BucketDigest, ...]:
        """Return one digest per bucket from a single streaming scan, computed here: the one all engines share."""
        accumulator = Accumulator(selection, buckets, salt)
        async for batch in self.rows(selection, KeyRange(), ordered=False):
            accumulator.add(batch)
            scanned(len(batch))
        return accumulator.digests()

    async def rows(self, selection: Selection, keys: KeyRange, *, ordered: bool) -> AsyncIterator[list[Row]]:
        """Yield the rows of the range in batches."""
        statement, values = sql.select_rows(self.table(selection.table), selection, keys, ordered=ordered)
        async with translated(self.label):
            cursor = await self.connection.cursor(statement, *values)
            while batch := await cursor.fetch(BATCH_ROWS):
                yield [tuple(record) for record in batch]
