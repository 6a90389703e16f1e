"""The statements of the PostgreSQL store, as text and parameters. Nothing here touches a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from verify.equality.canonical import MISSING
from verify.equality.values import JSON_NULL, Foreign, ObjectKey
from verify.rows.digest import ORDERED_TYPES
from verify.store import Key, KeyOrderLost, KeyRange, Selection
from verify.stores.postgres.schema import PgTable
from verify.stores.postgres.types import PgType, array_of, ordering, parameter, reading
from verify.stores.sql import quote, within_parentheses

Statement = tuple[str, tuple[Any, ...]]

INT8 = range(-(2**63), 2**63)


def from_table(table: PgTable) -> str:
    """Return the qualified name of a table."""
    return f"{quote(table.schema)}.{quote(table.name)}"


def rows_of(table: PgTable, where: str) -> str:
    """Return what stands behind FROM for the rows that a condition lets through; the planner sees through it."""
    if not where:
        return from_table(table)
    return f"(SELECT * FROM {from_table(table)} WHERE{within_parentheses(where)}) AS filtered"  # noqa: S608


def key_columns(table: PgTable, selection: Selection) -> list[str]:
    """Return the SQL of each key column, in the order in which both sides agree."""
    return [ordering(name, table.types[name]) for name in selection.key]


def within(table: PgTable, selection: Selection, keys: KeyRange, first: int = 1) -> Statement:
    """Return the condition `key >= low AND key < high` and its parameters, numbered from `first`; "" for no bound.

    Row values, which an index serves. Raises KeyOrderLost for a bound that no key of this table could have.
    """
    columns = key_columns(table, selection)
    conditions, values = [], []
    for sign, bound in ((">=", keys.low), ("<", keys.high)):
        if bound is None:
            continue
        values += [checked(part) for part in bound]
        marks = [
            parameter(first + at, table.types[name])
            for at, name in enumerate(selection.key)
        ]  # fmt: skip
        first += len(columns)
        if len(columns) == 1:
            conditions.append(f"{columns[0]} {sign} {marks[0]}")
        else:
            conditions.append(f"({', '.join(columns)}) {sign} ({', '.join(marks)})")
    return " AND ".join(conditions), tuple(values)


def checked(part: Any) -> Any:
    """Return a part of a bound. Raises KeyOrderLost for a value that PostgreSQL cannot be asked about."""
    if isinstance(part, str):
        try:
            part.encode()
        except UnicodeEncodeError:
            raise KeyOrderLost("a bound that is not Unicode") from None
        if "\0" in part:
            raise KeyOrderLost("a bound with a zero character")
    if part.__class__ is int and part not in INT8:
        raise KeyOrderLost("a bound beyond 64 bits")
    return part


def select_rows(table: PgTable, selection: Selection, keys: KeyRange, *, ordered: bool) -> Statement:
    """Return the statement that reads the rows of a key range, in key order where asked for."""
    columns = ", ".join(reading(one.column, table.types[one.column]) for one in selection.readings) or "NULL"
    condition, values = within(table, selection, keys)
    where = f" WHERE {condition}" if condition else ""
    order = f" ORDER BY {', '.join(key_columns(table, selection))}" if ordered and selection.key_width else ""
    return f"SELECT {columns} FROM {rows_of(table, selection.where)}{where}{order}", values  # noqa: S608 (names are quoted)


def rows_by_key(table: PgTable, selection: Selection) -> str:
    """Return the statement that reads the rows of some keys, its parameters (an array per key column)."""
    names = [f"k{at}" for at in range(selection.key_width)]
    arrays = ", ".join(f"${at}::{array_of(table.types[name])}" for at, name in enumerate(selection.key, start=1))
    matches = " AND ".join(
        f"{column} {'=' if name in table.not_null else 'IS NOT DISTINCT FROM'} r.{alias}"
        for column, name, alias in zip(key_columns(table, selection), selection.key, names, strict=True)
    )
    columns = ", ".join(reading(one.column, table.types[one.column]) for one in selection.readings)
    if selection.where:
        matches += f" AND{within_parentheses(selection.where)}"
    inner = f"SELECT {columns} FROM {from_table(table)} AS t WHERE {matches}"  # noqa: S608
    return f"SELECT d.* FROM unnest({arrays}) AS r({', '.join(names)}) CROSS JOIN LATERAL ({inner}) AS d"  # noqa: S608


def select_made_up(kind: PgType, changes: Sequence[tuple[str, str]]) -> str:
    """Return the statement that reads NULL and then both values of each change, as a column of this type is read."""
    literals = ["NULL", *(f"'{value}'" for change in changes for value in change)]
    rows = ", ".join(f"({at}, {literal}::{kind.name})" for at, literal in enumerate(literals))
    return f"SELECT {reading('v', kind)} FROM (VALUES {rows}) AS made_up(at, v) ORDER BY at"  # noqa: S608


def can_be_asked(key: Key) -> bool:
    """Return whether PostgreSQL can be asked about a key: nothing is missing, nested, or of another engine alone."""
    for part in key:
        if isinstance(part, Foreign | Mapping | list) or part is MISSING or part is JSON_NULL:
            return False
        try:
            checked(part)
        except KeyOrderLost:
            return False
    return True


def spelled(table: PgTable, selection: Selection, keys: Sequence[Key]) -> list[Key]:
    """Return the keys as their columns hold them: an ObjectId is text in either case of its digits, or bytes."""
    found: list[Key] = []
    for key in keys:
        choices = []
        for part, name in zip(key, selection.key, strict=False):
            if not isinstance(part, ObjectKey):
                choices.append([part])
            elif table.types[name].is_text:
                choices.append(list(dict.fromkeys([part.binary.hex(), part.binary.hex().upper()])))
            else:
                choices.append([part.binary])
        found += product(*choices)
    return found


def select_boundaries(table: PgTable, selection: Selection, step: int, first: int = 0) -> Statement:
    """Return the statement that reads every `step`-th key in ascending order from row `first` (from 0) on; the first
    key of all is left out."""
    columns = key_columns(table, selection)
    names = [f"k{at}" for at in range(len(columns))]
    aliased = ", ".join(f"{column} AS {name}" for column, name in zip(columns, names, strict=True))
    inner = (
        f"SELECT {aliased}, row_number() OVER (ORDER BY {', '.join(columns)}) - 1 AS n FROM"  # noqa: S608
        f" {rows_of(table, selection.where)}"
    )
    return f"SELECT {', '.join(names)} FROM ({inner}) AS numbered WHERE n > 0 AND n % $1 = $2 ORDER BY n", (step, first)  # noqa: S608


def sample_boundaries(table: PgTable, selection: Selection) -> str:
    """Return the statement that reads the keys of the first rows on some pages, ascending: evenly spread over the
    table where its rows lie in the order of their keys, a fair sample of the keys where they do not."""
    columns = key_columns(table, selection)
    names = [f"k{at}" for at in range(len(columns))]
    aliased = ", ".join(f"{column} AS {name}" for column, name in zip(columns, names, strict=True))
    inner = f"SELECT {aliased} FROM {from_table(table)} WHERE ctid = ANY ($1::tid[])"  # noqa: S608
    every = ", ".join(names)
    # Materialized: else the planner, told not to sort, walks the whole index to find these rows in their order.
    return f"WITH sampled AS MATERIALIZED ({inner}) SELECT DISTINCT {every} FROM sampled ORDER BY {every}"  # noqa: S608


def has_shared_order(selection: Selection) -> bool:
    """Return whether every key column is of a class that all engines order alike."""
    return all(one.kind in ORDERED_TYPES for one in selection.readings[: selection.key_width])
