"""PostgreSQL through asyncpg: one read-only transaction per snapshot, never a lock stronger than a reader's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal, cast

from shadow.errors import StoreError
from verify.catalogue import DbObject, SequenceState
from verify.classes import POSTGRES, Dialect
from verify.comparison import Comparison, Task
from verify.load.brake import Brake, Load
from verify.profiling import Measures, Profile
from verify.proof.handing import Handed
from verify.rows.digest import is_ordered, streamed_digest
from verify.sharing import Shared
from verify.store import (
    BucketDigest,
    Buckets,
    Key,
    KeyRange,
    Row,
    Scanned,
    Selection,
    Snapshot,
    TableSchema,
    Value,
)
from verify.stores.postgres import profile as profiles
from verify.stores.postgres import sql, survey
from verify.stores.postgres.catalogue import read_objects, read_sequences
from verify.stores.postgres.connection import begin, close, connect, label_of, translated
from verify.stores.postgres.handing import handed_over
from verify.stores.postgres.load import load_of
from verify.stores.postgres.plans import sorts_table
from verify.stores.postgres.schema import PgTable, describe
from verify.stores.sql_profile import measures_of

BATCH_ROWS = 2000
_WATERMARK = """
SELECT 'WAL ' || CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text
"""
_EXACT_BYTES = 16 * 2**20
"""Tables up to this size are cut at exact keys; larger ones at sampled ones, since numbering all rows takes a while."""


class PostgresStore:
    """One database. `label` is its URL without credentials and options."""

    def __init__(self, url: str) -> None:
        self.label = label_of(url)
        self.dialect: Dialect = POSTGRES
        self._url = url
        self._opened: Any = None
        self._described: tuple[TableSchema, ...] | None = None

    async def _connection(self) -> Any:
        if self._opened is None:
            self._opened = await connect(self._url, self.label)
        return self._opened

    async def describe(self) -> tuple[TableSchema, ...]:
        """Return the tables of all schemas, ascending by name: as a snapshot sees them while one is held. Raises
        StoreError."""
        if self._described is not None:
            return self._described
        connection = await self._connection()
        async with translated(self.label):
            return (await describe(connection))[0]

    @asynccontextmanager
    async def snapshot(self, join: str = "") -> AsyncIterator[Snapshot]:
        """Hold one REPEATABLE READ, READ ONLY transaction, or join an exported one. Raises StoreError."""
        connection = await connect(self._url, self.label)
        opened: list[Any] = [connection]

        async def worker(shared: str) -> Any:
            opened.append(await connect(self._url, self.label))
            if shared:
                await begin(opened[-1], shared)
            return opened[-1]

        try:
            async with translated(self.label):
                shared = await begin(connection, join)
                self._described, tables = await describe(connection)
                watermark = await connection.fetchval(_WATERMARK)
            yield PostgresSnapshot(connection, self.label, tables, worker, watermark, shared)
        finally:
            self._described = None
            # Closing ends the transaction and whatever statement still runs.
            for one in opened:
                await close(one)

    def joined(self, token: str) -> AbstractAsyncContextManager[Snapshot]:
        """Hold the exported snapshot of another process."""
        return self.snapshot(token)

    async def load(self) -> Load:
        """Return how busy the server is. Raises StoreError."""
        connection = await self._connection()
        async with translated(self.label):
            return await load_of(connection)

    async def close(self) -> None:
        """Close the connection; safe to call twice."""
        if self._opened is not None:
            opened, self._opened = self._opened, None
            await close(opened)


class PostgresSnapshot:
    """Reads one state of a database."""

    bulk: Literal["records"] = "records"

    def __init__(
        self,
        connection: Any,
        label: str,
        tables: dict[str, PgTable],
        worker: Callable[[str], Awaitable[Any]],
        watermark: str,
        shared: str,
    ) -> None:
        self.brake = Brake()
        self._sorting: dict[tuple[str, tuple[str, ...]], bool] = {}
        self._shared = shared
        self.watermark = watermark
        self._present: Any = None
        self.connection = connection
        self.label = label
        self.major: int = connection.get_server_version().major
        self._tables = tables
        self._worker = worker
        self._workers: list[Any] = []

    async def share(self) -> Shared:
        """Return how to join this snapshot."""
        return Shared(token=self._shared, words="one exported snapshot", is_server=True)

    async def workers(self, n: int) -> list[Any]:
        """Return up to n further connections that see the same state. Raises StoreError."""
        async with translated(self.label, self.connection):
            while len(self._workers) < n:
                self._workers.append(await self._worker(self._shared))
        return self._workers[:n]

    async def query(self, sql_text: str) -> list[Row]:
        """Return the rows of a query, which runs in the read-only snapshot. Raises StoreError."""
        async with translated(self.label, self.connection):
            return [tuple(row) for row in await self.connection.fetch(sql_text)]

    def source(self, table: str) -> str:
        """Return a table's qualified name."""
        return sql.from_table(self.table(table))

    async def latest(self, selection: Selection) -> Row:
        """Return the greatest value of each column, None of an empty one. Raises StoreError."""
        return (await self.query(survey.latest(self.table(selection.table), selection)))[0]

    async def tally(self, selection: Selection, most: int) -> list[tuple[Value, int]]:
        """Return the values of a column with how many rows hold each: all of them, or `most` + 1 of more."""
        found = await self.query(survey.tally(self.table(selection.table), selection, most))
        return [(value, cast(int, n)) for value, n in found]

    async def profile(self, selection: Selection) -> Profile:
        """Return the profile of every column. Raises StoreError."""
        columns: list[Measures] = []
        is_utf8 = self.connection.get_settings().server_encoding == "UTF8"
        rows = 0
        for spelled, statement in profiles.statements(self.table(selection.table), selection, is_utf8=is_utf8):
            (one,) = await self.query(statement)
            rows = cast(int, one[0])
            columns += measures_of(spelled, one)
        async with translated(self.label, self.connection):
            found = profiles.sketched(self.connection, self.table(selection.table), selection, is_utf8=is_utf8)
            async for at, distinct in found:
                columns[at] = {**columns[at], "distinct": distinct}
        return Profile(rows=rows, columns=tuple(columns))

    async def objects(self) -> tuple[DbObject, ...]:
        """Return views, triggers, constraints and the like. Raises StoreError."""
        async with translated(self.label, self.connection):
            return await read_objects(self.connection, self._tables)

    async def sequences(self) -> tuple[SequenceState, ...]:
        """Return the sequences that fill a column. Raises StoreError."""
        async with translated(self.label, self.connection):
            return await read_sequences(self.connection, self._tables)

    async def handed_over(self, selection: Selection) -> list[Handed]:
        """Return made-up values of the columns' types, read as those of a run. Raises StoreError."""
        return await handed_over(self, selection)

    def asks(self, key: Key) -> bool:
        """Return whether rows can be looked up by this key."""
        return sql.can_be_asked(key)

    async def now(self, selection: Selection, keys: Sequence[Key]) -> list[Row]:
        """Return the rows that these keys have now, outside of the snapshot. Raises StoreError."""
        async with translated(self.label, self.connection):
            if self._present is None:
                self._present = await self._worker("")
            table = self.table(selection.table)
            statement = sql.rows_by_key(table, selection)
            asked = sql.spelled(table, selection, keys)
            rows = await self._present.fetch(statement, *(list(column) for column in zip(*asked, strict=True)))
        return [tuple(row) for row in rows]

    async def comparison(self, task: Task) -> Comparison | None:
        """Return how this table is compared with one of another PostgreSQL inside the servers; None elsewhere."""
        from verify.stores.postgres.offer import offer

        if any(reading.step_us > 1 for reading in task.old.selection.readings):
            # What is cut is cut here: the statements in the servers know of no steps.
            return None
        other = task.new.snapshot
        return await offer(self, other, task) if isinstance(other, PostgresSnapshot) else None

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

    async def count(self, table: str, where: str = "") -> int:
        """Return how many rows the table has, or those of them that a condition lets through, exactly."""
        source = sql.rows_of(self.table(table), where)
        async with translated(self.label, self.connection):
            found: int = await self.connection.fetchval(f"SELECT count(*) FROM {source}")  # noqa: S608
        return found

    async def boundaries(self, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return ascending keys that cut the table into about equal parts, None where they have no shared order."""
        if not selection.key_width or not sql.has_shared_order(selection) or await self.sorts(selection):
            return None
        keys = await self.cut(selection, buckets)
        return keys if is_ordered(keys) else None

    async def cut(self, selection: Selection, buckets: int, shift: float = 0.0) -> tuple[Key, ...]:
        """Return about `buckets` - 1 ascending keys: counted where the table is small, else sampled, `shift` of the
        distance between two of them later."""
        table = self.table(selection.table)
        if table.kind == "r" and table.bytes >= _EXACT_BYTES:
            return await self.sampled(selection, buckets, shift)
        step = max(1, -(-await self.count(selection.table, selection.where) // buckets))
        statement, values = sql.select_boundaries(table, selection, step, int(shift * step))
        async with translated(self.label, self.connection):
            keys = [tuple(row) for row in await self.connection.fetch(statement, *values)]
        return tuple(dict.fromkeys(keys))

    async def sorts(self, selection: Selection) -> bool:
        """Return whether this server would sort a large table to read it in the order of the key."""
        known = self._sorting.get((selection.table, selection.key))
        if known is None:
            statement, values = sql.select_rows(self.table(selection.table), selection, KeyRange(), ordered=True)
            async with translated(self.label, self.connection):
                known = await sorts_table(self.connection, statement, *values)
            self._sorting[selection.table, selection.key] = known
        return known

    async def sampled(self, selection: Selection, buckets: int, shift: float) -> tuple[Key, ...]:
        """Return about `buckets` - 1 ascending keys, taken from pages spread evenly over the table."""
        table = self.table(selection.table)
        pages = max(1, table.bytes // 8192)
        wanted = min(pages, buckets)
        # Rows on a page are numbered from 1. Where the first one is dead the page gives no bound, which does no harm.
        tids = [(int((page + shift) * pages / wanted), 1) for page in range(wanted)]
        async with translated(self.label, self.connection):
            found = await self.connection.fetch(sql.sample_boundaries(table, selection), tids)
        return tuple(tuple(row) for row in found[1:] if None not in row.values())

    async def digest(
        self, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
    ) -> tuple[BucketDigest, ...]:
        """Return one digest per bucket from a single streaming scan, computed here: the one all engines share."""
        return await streamed_digest(self, selection, buckets, salt, scanned)

    async def rows(self, selection: Selection, keys: KeyRange, *, ordered: bool) -> AsyncIterator[list[Row]]:
        """Yield the rows of the range in batches."""
        statement, values = sql.select_rows(self.table(selection.table), selection, keys, ordered=ordered)
        async with translated(self.label, self.connection):
            cursor = await self.connection.cursor(statement, *values)
            while batch := await cursor.fetch(BATCH_ROWS):
                yield [tuple(record) for record in batch]
                await self.brake.passes()
