"""The SQL that SQLite and DuckDB share, as text and parameters. Nothing here touches a database."""

from __future__ import annotations

from collections.abc import Callable

from verify.store import KeyRange, Selection, Value

Statement = tuple[str, tuple[Value, ...]]
Expression = Callable[[str, str], str]
"""Gives for a table and a column the SQL that reads it."""


def quote(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def select_rows(
    selection: Selection, keys: KeyRange, value: Expression, key: Expression, *, ordered: bool
) -> Statement:
    """Return the statement that reads the rows of a key range.

    Keys are compared as row values, `(a, b) >= (?, ?)`, which is the order of the key and friendly to an index.
    """
    table = selection.table
    columns = ", ".join(value(table, reading.column) for reading in selection.readings)
    key_columns = [key(table, name) for name in selection.key]
    conditions: list[str] = []
    parameters: list[Value] = []
    for sign, bound in ((">=", keys.low), ("<", keys.high)):
        if bound is not None:
            left = ", ".join(key_columns)
            marks = ", ".join("?" * len(bound))
            conditions.append(f"({left}) {sign} ({marks})" if len(bound) > 1 else f"{left} {sign} {marks}")
            parameters.extend(bound)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = f" ORDER BY {', '.join(key_columns)}" if ordered and key_columns else ""
    return f"SELECT {columns} FROM {quote(table)}{where}{order}", tuple(parameters)  # noqa: S608 (names are quoted)


def select_boundaries(selection: Selection, step: int, key: Expression) -> Statement:
    """Return the statement that reads every `step`-th key in ascending order, the first left out."""
    columns = [key(selection.table, name) for name in selection.key]
    names = [f"k{at}" for at in range(len(columns))]
    aliased = ", ".join(f"{column} AS {name}" for column, name in zip(columns, names, strict=True))
    numbered = f"row_number() OVER (ORDER BY {', '.join(columns)}) - 1 AS n"
    inner = f"SELECT {aliased}, {numbered} FROM {quote(selection.table)}"  # noqa: S608 (names are quoted)
    every = f"SELECT {', '.join(names)} FROM ({inner}) AS numbered WHERE n > 0 AND n % ? = 0 ORDER BY n"  # noqa: S608
    return every, (step,)


def select_count(table: str) -> str:
    """Return the statement that counts the rows of a table."""
    return f"SELECT count(*) FROM {quote(table)}"  # noqa: S608 (names are quoted)
