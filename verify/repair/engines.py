"""What a repair needs to know of each engine: which columns it computes itself, and how its values are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, cast

from shadow.errors import ConfigError
from verify.catalogue import Queries
from verify.repair.change import Change
from verify.repair.references import ForeignKey
from verify.repair.spelling import DuckdbSpelling, PostgresSpelling, Spelling, SqliteSpelling
from verify.repair.sqlfile import BATCH, Engine, SqlFile
from verify.store import Snapshot, Store, TableSchema
from verify.stores.sql import quote, quote_text

_GENERATED = {
    "postgresql": "SELECT attname FROM pg_attribute WHERE attrelid = {}::regclass AND attgenerated <> ''",
    "sqlite": "SELECT name FROM pragma_table_xinfo({}) WHERE hidden IN (2, 3)",
}


class Writer(Protocol):
    """What writes the files of one engine."""

    def counted(self, number: int, change: Change) -> str:
        """Return the text that makes a change and counts it. Raises CannotWriteError."""

    def together(self, statements: Sequence[str], keys: Sequence[ForeignKey]) -> str:
        """Return statements that depend on one another as one text, which is not torn apart."""

    def lines(self, header: Sequence[str], statements: Sequence[str]) -> Iterable[str]:
        """Return the lines of a file."""


def check_writable(store: Store) -> None:
    """Raise ConfigError for a store that cannot be repaired by statements."""
    if store.dialect.name not in ("postgresql", "sqlite", "duckdb", "mongodb"):
        raise ConfigError(
            f"{store.label} cannot be repaired by statements.",
            "Export it again, or repair the other side with --side.",
        )


async def generated_columns(store: Store, snapshot: Snapshot, table: str) -> frozenset[str]:
    """Return the columns that the engine computes. Raises StoreError."""
    query = _GENERATED.get(store.dialect.name)
    if query is None or not isinstance(snapshot, Queries):
        return frozenset()
    name = snapshot.source(table) if store.dialect.name == "postgresql" else table
    return frozenset(str(found) for (found,) in await snapshot.query(query.format(quote_text(name))))


def writer_of(
    store: Store, snapshot: Snapshot, tables: tuple[TableSchema, ...], keys: Sequence[ForeignKey] = ()
) -> Writer:
    """Return what writes the files of an engine; `keys` are the foreign keys among the tables that are changed."""
    if store.dialect.name == "mongodb":
        from verify.repair.mongofile import MongoFile

        return MongoFile()
    by_name = {table.name: table for table in tables}
    spelling: Callable[[str], Spelling]
    if store.dialect.name == "postgresql":
        from verify.stores.postgres.store import PostgresSnapshot

        assert isinstance(snapshot, PostgresSnapshot)
        postgres = snapshot

        def spelling(table: str) -> Spelling:
            return PostgresSpelling(postgres.table(table).types)
    elif store.dialect.name == "duckdb":

        def spelling(table: str) -> Spelling:
            return DuckdbSpelling({column.name: column.declared for column in by_name[table].columns})
    else:

        def spelling(table: str) -> Spelling:
            return SqliteSpelling()

    source = snapshot.source if isinstance(snapshot, Queries) else quote
    # DuckDB refuses to delete a row whose children were deleted in the same transaction.
    batch = 1 if keys and store.dialect.name == "duckdb" else BATCH
    return SqlFile(cast(Engine, store.dialect.name), source, spelling, batch)
