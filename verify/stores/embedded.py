"""The store and snapshot that embedded engines share: SQL in a thread, digests computed here from streamed rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol, cast

from shadow.errors import StoreError
from verify.classes import Dialect, TypeClass
from verify.load.brake import Brake
from verify.profiling import Measures, Profile
from verify.proof.handing import CHANGES, Handed, words
from verify.rows.digest import Accumulator, is_ordered
from verify.sharing import Shared, check_mark, mark_of
from verify.store import (
    BucketDigest,
    Buckets,
    Key,
    KeyRange,
    Reading,
    Row,
    Scanned,
    Selection,
    Snapshot,
    TableSchema,
    Value,
)
from verify.stores.spelled import Spelled, statements
from verify.stores.sql import Spelling, Statement, quote, rows_of, select_boundaries, select_count, select_rows
from verify.stores.sql_profile import measures_of
from verify.stores.worker import Worker

BATCH_ROWS = 2000
"""Rows fetched and hashed per turn: large enough to hide the hop between threads, small enough to stay in cache."""


class Cursor(Protocol):
    """The part of a driver's cursor that is used."""

    def fetchmany(self, size: int, /) -> list[Row]:
        """Return the next rows, an empty list at the end."""

    def fetchone(self) -> Row | None:
        """Return the next row."""


class Engine(Spelling, Protocol):
    """What an embedded engine brings along."""

    def execute(self, sql: str, parameters: tuple[Value, ...] = ()) -> Cursor:
        """Run a statement; raises the driver's own errors."""

    def stream(self, sql: str, parameters: tuple[Value, ...] = ()) -> Cursor:
        """Run a statement whose result is read bit by bit, beside others; raises the driver's own errors."""

    def guard(self) -> AbstractContextManager[None]:
        """Turn the driver's errors into StoreError."""

    def made_up(self, table: str, column: str, kind: TypeClass, value: str | None) -> Statement | None:
        """Return the SQL of a made-up value of a column, None where the column can hold no such value."""

    def measures(self, table: str, reading: Reading) -> Spelled:
        """Return the SQL of what is measured of a column."""


class StoreEngine(Engine, Protocol):
    """What an engine needs beside that to be a store's."""

    def describe(self) -> tuple[TableSchema, ...]:
        """Return the tables, ascending by name. Raises StoreError."""

    @property
    def has_transactions(self) -> bool:
        """Whether a transaction shows one state whatever is written meanwhile."""

    def files(self) -> tuple[Path, ...]:
        """Return the files that hold the data."""

    def begin(self) -> None:
        """Begin the transaction that is the snapshot. Raises StoreError."""

    def rollback(self) -> None:
        """End it."""

    def interrupt(self) -> None:
        """Stop the statement that runs; called from another thread."""

    def close(self) -> None:
        """Close the connection; safe to call twice."""


class EmbeddedStore:
    """A store whose engine lives in one thread of this process."""

    def __init__(self, name: str, label: str, dialect: Dialect, engine: StoreEngine) -> None:
        self.label = label
        self.dialect = dialect
        self._engine = engine
        self._worker = Worker(name, engine.interrupt)

    async def describe(self) -> tuple[TableSchema, ...]:
        """Return the tables, ascending by name. Raises StoreError."""
        return await self._worker.call(self._engine.describe)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Hold one read transaction; plain files must not change meanwhile. Raises StoreError."""
        before = mark_of(self._engine.files())
        await self._worker.call(self._engine.begin)
        try:
            # Written between the two marks: then nobody knows which of them the transaction shows.
            mark = before if mark_of(self._engine.files()) == before else ""
            yield EmbeddedSnapshot(self._worker, self._engine, mark)
        finally:
            await self._worker.call(self._engine.rollback)

    @asynccontextmanager
    async def joined(self, token: str) -> AsyncIterator[Snapshot]:
        """Hold a read transaction of the files as they were when they were marked. Raises StoreError, StateChanged."""
        await self.describe()
        async with self.snapshot() as snapshot:
            check_mark(self._engine.files(), token, self.label)
            yield snapshot
            if not self._engine.has_transactions:
                check_mark(self._engine.files(), token, self.label)

    async def close(self) -> None:
        """Close the connection and end its thread; safe to call twice."""
        await self._worker.finish(self._engine.close)


class EmbeddedSnapshot:
    """Reads one state of an embedded engine; the transaction belongs to the store that made it."""

    def __init__(self, worker: Worker, engine: StoreEngine, mark: str) -> None:
        self.brake = Brake()
        self._mark = mark
        self._worker = worker
        self._engine = engine

    async def share(self) -> Shared | None:
        """Return the mark of the files, None where they were written since this snapshot began."""
        if mark_of(self._engine.files()) != self._mark:
            return None
        return Shared(token=self._mark, words="the files did not change meanwhile", holds=self._engine.has_transactions)

    async def estimate(self, table: str) -> int:
        """Return how many rows the table has; embedded engines count quickly."""
        return await self.count(table)

    async def count(self, table: str, where: str = "") -> int:
        """Return how many rows the table has, or those of them that a condition lets through."""

        def fetch() -> int:
            with self._engine.guard():
                row = self._engine.execute(select_count(table, where)).fetchone()
            assert row is not None and isinstance(row[0], int)
            return row[0]

        return await self._worker.call(fetch)

    async def boundaries(self, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return ascending keys that cut the table into equal parts, None where the keys have no shared order."""
        if not selection.key_width:
            return None
        step = max(1, -(-await self.count(selection.table, selection.where) // buckets))
        statement = select_boundaries(selection, step, self._engine)

        def fetch() -> tuple[Key, ...]:
            with self._engine.guard():
                return tuple(_fetch_all(self._engine.execute(*statement)))

        keys = await self._worker.call(fetch)
        return tuple(dict.fromkeys(keys)) if is_ordered(keys) else None

    async def digest(
        self, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
    ) -> tuple[BucketDigest, ...]:
        """Return one digest per bucket from a single streaming scan."""
        accumulator = Accumulator(selection, buckets, salt)
        batches = self._cursor(selection, KeyRange(), ordered=False)

        def take() -> int:
            with self._engine.guard():
                batch = batches().fetchmany(BATCH_ROWS)
            accumulator.add(batch)
            return len(batch)

        while rows := await self._worker.call(take):
            scanned(rows)
            await self.brake.passes()
        return accumulator.digests()

    async def latest(self, selection: Selection) -> Row:
        """Return the greatest value of each column, None of an empty one."""
        columns = [f"max({self._engine.value(selection.table, each.column)})" for each in selection.readings]
        return (await self.query(f"SELECT {', '.join(columns)} FROM {rows_of(selection)}"))[0]  # noqa: S608

    async def tally(self, selection: Selection, most: int) -> list[tuple[Value, int]]:
        """Return the values of a column with how many rows hold each: all of them, or `most` + 1 of more."""
        column = self._engine.value(selection.table, selection.readings[0].column)
        statement = f"SELECT {column}, count(*) FROM {rows_of(selection)} GROUP BY 1 LIMIT {most + 1}"  # noqa: S608
        return [(value, cast(int, n)) for value, n in await self.query(statement)]

    async def profile(self, selection: Selection) -> Profile:
        """Return the profile of every column."""
        columns: list[Measures] = []
        rows = 0
        spell = partial(self._engine.measures, selection.table)
        for spelled, statement in statements(selection, spell, rows_of(selection)):
            (found,) = await self.query(statement)
            rows = cast(int, found[0])
            columns += measures_of(spelled, found)
        return Profile(rows=rows, columns=tuple(columns))

    async def handed_over(self, selection: Selection) -> list[Handed]:
        """Return made-up values of the columns' types, read as those of a run. Raises StoreError."""

        def fetch() -> list[Handed]:
            found = []
            with self._engine.guard():
                for at, one in enumerate(selection.readings):
                    for change in CHANGES.get(one.kind, ()):
                        made = [self._engine.made_up(selection.table, one.column, one.kind, value) for value in change]
                        if None in made:
                            continue
                        read = self._engine.value(selection.table, one.column)
                        values = []
                        for sql, parameters in filter(None, made):
                            source = f"SELECT {read} FROM (SELECT {sql} AS {quote(one.column)}) AS made_up"  # noqa: S608
                            row = self._engine.execute(source, parameters).fetchone()
                            values.append(row[0] if row is not None else None)
                        found.append(Handed(at, words(*change), *values))
            return found

        return await self._worker.call(fetch)

    async def query(self, sql: str) -> list[Row]:
        """Return the rows of a query, which runs on a connection that can only read."""

        def fetch() -> list[Row]:
            with self._engine.guard():
                return list(_fetch_all(self._engine.execute(sql)))

        return await self._worker.call(fetch)

    def source(self, table: str) -> str:
        """Return a table's name as an identifier."""
        return quote(table)

    async def rows(self, selection: Selection, keys: KeyRange, *, ordered: bool) -> AsyncIterator[list[Row]]:
        """Yield the rows of the range in batches."""
        batches = self._cursor(selection, keys, ordered=ordered)

        def take() -> list[Row]:
            with self._engine.guard():
                return batches().fetchmany(BATCH_ROWS)

        while batch := await self._worker.call(take):
            yield batch
            await self.brake.passes()

    def _cursor(self, selection: Selection, keys: KeyRange, *, ordered: bool) -> Callable[[], Cursor]:
        """Return a function that opens the cursor at its first call: in the thread of the worker, not in ours."""
        statement = select_rows(selection, keys, self._engine, ordered=ordered)
        opened: list[Cursor] = []

        def cursor() -> Cursor:
            if not opened:
                opened.append(self._engine.stream(*statement))
            return opened[0]

        return cursor


def _fetch_all(cursor: Cursor) -> Iterator[Row]:
    while batch := cursor.fetchmany(BATCH_ROWS):
        yield from batch


@contextmanager
def translated(errors: tuple[type[Exception], ...], explain: Callable[[Exception], StoreError]) -> Iterator[None]:
    """Raise what `explain` makes of a driver's error instead of the error."""
    try:
        yield
    except errors as error:
        raise explain(error) from error
