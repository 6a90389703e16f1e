"""The SQL that SQLite and DuckDB share, as text and parameters. Nothing here touches a database."""

from __future__ import annotations

from typing import Protocol

from verify.store import Key, KeyRange, Selection, Value

Statement = tuple[str, tuple[Value, ...]]


def quote(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """Return text as an SQL string, for engines to which a backslash is a character like any other."""
    return "'" + text.replace("'", "''") + "'"


class Spelling(Protocol):
    """How an engine spells what the shared statements need."""

    @property
    def has_row_values(self) -> bool:
        """Whether `(a, b) >= (?, ?)` works, which an index can serve."""

    def value(self, table: str, column: str) -> str:
        """Return the SQL that reads a column."""

    def key(self, table: str, column: str) -> str:
        """Return the SQL that orders and compares a key column in byte order."""


def select_rows(selection: Selection, keys: KeyRange, spelling: Spelling, *, ordered: bool) -> Statement:
    """Return the statement that reads the rows of a key range, in key order where asked for."""
    table = selection.table
    columns = ", ".join(spelling.value(table, reading.column) for reading in selection.readings)
    key_columns = [spelling.key(table, name) for name in selection.key]
    conditions: list[str] = []
    parameters: list[Value] = []
    for sign, bound in ((">=", keys.low), ("<", keys.high)):
        if bound is not None:
            compare = _row_value if spelling.has_row_values else _part_by_part
            condition, values = compare(key_columns, sign, bound)
            conditions.append(condition)
            parameters.extend(values)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    if selection.where:
        where = f"{where} AND" if where else " WHERE"
        where += within_parentheses(selection.where)
    order = f" ORDER BY {', '.join(key_columns)}" if ordered and key_columns else ""
    return f"SELECT {columns} FROM {quote(table)}{where}{order}", tuple(parameters)  # noqa: S608 (names are quoted)


def _row_value(columns: list[str], sign: str, bound: Key) -> Statement:
    if len(columns) == 1:
        return f"{columns[0]} {sign} ?", bound
    return f"({', '.join(columns)}) {sign} ({', '.join('?' * len(bound))})", bound


def _part_by_part(columns: list[str], sign: str, bound: Key) -> Statement:
    """Return `a > ? OR (a = ? AND b >= ?)`: the order of row values for engines that do not compare them."""
    if len(columns) == 1:
        return f"{columns[0]} {sign} ?", bound
    rest, values = _part_by_part(columns[1:], sign, bound[1:])
    first = columns[0]
    return f"({first} {sign[0]} ? OR ({first} = ? AND {rest}))", (bound[0], bound[0], *values)


def select_boundaries(selection: Selection, step: int, spelling: Spelling) -> Statement:
    """Return the statement that reads every `step`-th key in ascending order, the first left out."""
    columns = [spelling.key(selection.table, name) for name in selection.key]
    names = [f"k{at}" for at in range(len(columns))]
    aliased = ", ".join(f"{column} AS {name}" for column, name in zip(columns, names, strict=True))
    numbered = f"row_number() OVER (ORDER BY {', '.join(columns)}) - 1 AS n"
    where = f" WHERE{within_parentheses(selection.where)}" if selection.where else ""
    inner = f"SELECT {aliased}, {numbered} FROM {quote(selection.table)}{where}"  # noqa: S608 (names are quoted)
    every = f"SELECT {', '.join(names)} FROM ({inner}) AS numbered WHERE n > 0 AND n % ? = 0 ORDER BY n"  # noqa: S608
    return every, (step,)


def select_count(table: str, where: str = "") -> str:
    """Return the statement that counts the rows of a table, or those that a condition lets through."""
    condition = f" WHERE{within_parentheses(where)}" if where else ""
    return f"SELECT count(*) FROM {quote(table)}{condition}"  # noqa: S608 (names are quoted)


def rows_of(selection: Selection) -> str:
    """Return what stands behind FROM for the rows of a selection."""
    where = f" WHERE{within_parentheses(selection.where)}" if selection.where else ""
    return f"{quote(selection.table)}{where}"


def within_parentheses(condition: str) -> str:
    """Return a declared condition so that neither OR nor a comment in it reaches beyond it."""
    return f" (\n{condition}\n)"
