"""The statements that ask PostgreSQL about whole columns."""

from __future__ import annotations

from verify.store import Selection
from verify.stores.postgres.schema import PgTable
from verify.stores.postgres.sql import rows_of
from verify.stores.postgres.types import reading


def latest(table: PgTable, selection: Selection) -> str:
    """Return the statement that reads the greatest value of each column."""
    columns = ", ".join(f"max({reading(each.column, table.types[each.column])})" for each in selection.readings)
    return f"SELECT {columns} FROM {rows_of(table, selection.where)}"  # noqa: S608 (names are quoted)


def tally(table: PgTable, selection: Selection, most: int) -> str:
    """Return the statement that counts the values of a column, `most` + 1 of them at most."""
    (only,) = selection.readings
    value = reading(only.column, table.types[only.column])
    return f"SELECT {value}, count(*) FROM {rows_of(table, selection.where)} GROUP BY 1 LIMIT {most + 1}"  # noqa: S608
