"""DuckDB files, opened read-only. The driver is an extra and is imported when the first store is opened."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any
from weakref import WeakSet

from shadow.errors import StoreError
from verify.classes import DUCKDB, TypeClass
from verify.store import Reading, TableSchema, Value
from verify.stores.duckdb_schema import class_of, collated_tables, describe_tables
from verify.stores.embedded import Cursor, EmbeddedStore, translated
from verify.stores.spelled import Spelled
from verify.stores.sql import Statement, quote
from verify.stores.sql_profile import duckdb_measures
from verify.stores.sqlite import check_file

_INSTANTS = ("TIMESTAMP '290308-12-22 (BC) 00:00:00'", "TIMESTAMP '294247-01-10 04:00:54.775806'")
_DAYS = ("DATE '5877641-06-25 (BC)'", "DATE '5881580-07-10'")
"""The first and the last of each that is finite: what stands for the infinite ones, which the driver makes Python's
first and last."""
_INFINITE = {
    "DATE": _DAYS, "TIMESTAMP": _INSTANTS, "TIMESTAMP_S": _INSTANTS, "TIMESTAMP_MS": _INSTANTS
}  # fmt: skip
_LOSSY = ("INTERVAL", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")


def _with_ends(name: str, finite: str, ends: tuple[str, str]) -> str:
    first, last = ends
    infinite = f"CASE WHEN {name} = 'infinity' THEN {last} ELSE {first} END"
    return f"CASE WHEN isinf({name}) THEN {infinite} ELSE {finite} END"


_MADE_UP = frozenset(
    {"VARCHAR", "BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIME",
     "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "INTERVAL", "UUID", "BLOB", "JSON"}
)  # fmt: skip


def import_duckdb() -> ModuleType:
    """Return the driver. Raises StoreError where it is not installed."""
    try:
        import duckdb
    except ModuleNotFoundError as error:
        raise StoreError(
            "DuckDB, Parquet and CSV stores need the package duckdb, which is not installed.",
            "Run: pip install 'shadow-parity[duckdb]'.",
        ) from error
    return duckdb


class DuckdbStore(EmbeddedStore):
    """One DuckDB file."""

    def __init__(self, path: Path) -> None:
        check_file(path, "DuckDB file")
        with path.open("rb") as file:
            if file.read(15) == b"SQLite format 3":
                raise StoreError(f"{path} is a SQLite file.", f"Name it as sqlite:///{path}.")
        super().__init__("duckdb", f"duckdb:///{path}", DUCKDB, DuckdbEngine(f"DuckDB file {path}", str(path)))


class DuckdbEngine:
    """The connection; everything but `interrupt` runs in the worker's thread."""

    has_row_values = False
    has_transactions = True

    def __init__(self, what: str, database: str) -> None:
        self._what = what
        self._database = database
        self._driver = import_duckdb()
        self._opened: Any = None
        self._kinds: dict[tuple[str, str], str] = {}
        self._collated: frozenset[str] = frozenset()
        self._streams: WeakSet[Any] = WeakSet()

    def connection(self) -> Any:
        """Return the connection, opened at the first call."""
        if self._opened is None:
            in_memory = self._database == ":memory:"
            settings = {
                # Nothing is fetched from the network, and a file database reads no other files.
                "autoinstall_known_extensions": "false",
                "allow_community_extensions": "false",
            } | ({} if in_memory else {"enable_external_access": "false"})
            self._opened = self._driver.connect(self._database, read_only=not in_memory, config=settings)
            self._opened.execute("SET preserve_insertion_order = false")
        return self._opened

    def files(self) -> tuple[Path, ...]:
        """Return the database and what was written to it last."""
        return Path(self._database), Path(f"{self._database}.wal")

    def execute(self, sql: str, parameters: tuple[Value, ...] = ()) -> Cursor:
        """Run a statement; the result is streamed, and ends when the next statement runs."""
        cursor: Cursor = self.connection().execute(sql, parameters)
        return cursor

    def stream(self, sql: str, parameters: tuple[Value, ...] = ()) -> Cursor:
        """Run a statement whose result is streamed beside others. Outside of the transaction: a file that is opened
        for reading only has no writer."""
        opened = self.connection().cursor()
        self._streams.add(opened)
        cursor: Cursor = opened.execute(sql, parameters)
        return cursor

    def describe(self) -> tuple[TableSchema, ...]:
        """Return the tables of the main schema. Raises StoreError."""
        with self.guard():
            tables = describe_tables(self.connection())
            self._collated = collated_tables(self.connection())
        self.remember(tables)
        return tables

    def remember(self, tables: tuple[TableSchema, ...]) -> None:
        """Keep the declared types, on which it depends how columns are read."""
        self._kinds = {(table.name, column.name): column.declared for table in tables for column in table.columns}

    def made_up(self, table: str, column: str, _kind: TypeClass, value: str | None) -> Statement | None:
        """Return a value of the declared type, None where that holds no such value (an enum, whole seconds)."""
        declared = self._kinds.get((table, column), "")
        if declared.partition("(")[0] not in _MADE_UP or (declared != "VARCHAR" and value == ""):
            return None
        return f"CAST(? AS {declared.partition('(')[0]})", (value,)

    def value(self, table: str, column: str) -> str:
        """Return the SQL that reads a column in a form that loses nothing on its way to Python.

        Cannot see: infinite days and instants within lists and structs, which the driver makes the last of 9999.
        """
        name, declared = quote(column), self._kinds.get((table, column), "")
        if declared == "TIMESTAMP WITH TIME ZONE":
            # Through microseconds: the driver's own conversion needs a package of time zones.
            return _with_ends(name, f"make_timestamp(epoch_us({name}))", _INSTANTS)
        if declared in _INFINITE:
            return _with_ends(name, name, _INFINITE[declared])
        # Nanoseconds do not fit Python's datetime, nor months its timedelta; within lists and structs too.
        is_nested = declared.endswith("]") or declared.startswith(("STRUCT(", "MAP(", "UNION("))
        if declared == "TIMESTAMP_NS" or class_of(declared) is TypeClass.interval or (
            is_nested and any(kind in declared for kind in _LOSSY)
        ):
            return f"CAST({name} AS VARCHAR)"
        return name

    def key(self, table: str, column: str) -> str:
        """Return the SQL that orders a key column by bytes, whatever its declared collation."""
        is_text = self._kinds.get((table, column), "").startswith("VARCHAR")
        return f"{quote(column)} COLLATE C" if is_text and table in self._collated else quote(column)

    def measures(self, table: str, reading: Reading) -> Spelled:
        """Return the SQL of what is measured of a column."""
        declared = self._kinds.get((table, reading.column), "")
        return duckdb_measures(reading, declared, self.value(table, reading.column))

    def guard(self) -> AbstractContextManager[None]:
        """Turn the driver's errors into StoreError."""
        return translated((self._driver.Error,), self._explain)

    def begin(self) -> None:
        """Begin the transaction that is the snapshot. Raises StoreError."""
        # First, so that views of files are there for every stream; nobody can write in between.
        self.describe()
        with self.guard():
            self.connection().execute("BEGIN TRANSACTION")

    def rollback(self) -> None:
        """End the snapshot."""
        try:
            if self._opened is not None:
                self._opened.execute("ROLLBACK")
        except self._driver.Error:
            pass  # nothing was written; the reads that failed have said so already

    def interrupt(self) -> None:
        """Make the running statement give up; may be called from another thread."""
        if self._opened is not None:
            for one in (self._opened, *self._streams):
                one.interrupt()

    def close(self) -> None:
        """Close the connection."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _explain(self, error: Exception) -> StoreError:
        text = " ".join(str(error).split())[:200]
        if "lock" in text.lower():
            return StoreError(
                f"{self._what} is locked by another process ({text}).",
                "DuckDB lets one process write or several read: end the writer, or verify a copy of the file.",
            )
        if isinstance(error, self._driver.IOException | self._driver.SerializationException):
            return StoreError(
                f"{self._what} cannot be read ({text}).",
                "Check that the file is whole and was written by a version of DuckDB that this one can read.",
            )
        return StoreError(f"{self._what} cannot be used ({text}).", "Check the file, or verify an export of it.")
