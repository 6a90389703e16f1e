"""Repairs as SQL: transactions of some rows each, every statement only where the row is as it was, all counted.

The table `shadow_repair`, which ends with the session, says how many rows each statement changed: 0 where the row had
changed meanwhile and was left alone. More than one breaks its check, and the transaction with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from verify.repair.change import Change
from verify.repair.references import ForeignKey
from verify.repair.spelling import Spelling
from verify.stores.sql import quote

BATCH = 500
"""Rows per transaction."""

Engine = Literal["postgresql", "sqlite", "duckdb"]

_BEGIN = {"postgresql": "BEGIN;", "sqlite": "BEGIN IMMEDIATE;", "duckdb": "BEGIN TRANSACTION;"}
_SESSION = {
    "postgresql": (
        "SET standard_conforming_strings = on;", "SET TimeZone = 'UTC';", "SET DateStyle = 'ISO, YMD';",
        "SET IntervalStyle = 'iso_8601';", "SET extra_float_digits = 1;", "SET bytea_output = 'hex';",
    ),
    "sqlite": (), "duckdb": (),
}  # fmt: skip


class SqlFile:
    """Writes changes as the SQL of one engine. `source` gives a table's name as the engine writes it, `spelling` what
    its columns need; `batch` statements make a transaction."""

    def __init__(
        self, engine: Engine, source: Callable[[str], str], spelling: Callable[[str], Spelling], batch: int = BATCH
    ) -> None:
        self._engine, self._source, self._spelling, self._batch = engine, source, spelling, batch

    def statement(self, change: Change) -> tuple[str, str, str]:
        """Return the statement without its conditions, the conditions, and the table. Raises CannotWriteError."""
        table, spelling = self._source(change.table), self._spelling(change.table)
        if change.kind == "insert":
            names = ", ".join(quote(name) for name in change.after)
            values = ", ".join(spelling.literal(name, value) for name, value in change.after.items())
            # An identity that is always generated must not give the row another number.
            override = " OVERRIDING SYSTEM VALUE" if self._engine == "postgresql" else ""
            there = " AND ".join(spelling.is_key(name, change.after[name]) for name in change.key)
            absent = f"NOT EXISTS (SELECT 1 FROM {table} WHERE {there})"  # noqa: S608
            return f"INSERT INTO {table} ({names}){override} SELECT {values}", absent, table
        same = [spelling.is_key(name, change.before[name]) for name in change.key]
        same += [spelling.holds(name, value) for name, value in change.before.items()]
        if change.kind == "delete":
            return f"DELETE FROM {table}", " AND ".join(same), table  # noqa: S608
        written = ", ".join(f"{quote(name)} = {spelling.literal(name, value)}" for name, value in change.after.items())
        return f"UPDATE {table} SET {written}", " AND ".join(same), table  # noqa: S608

    def counted(self, number: int, change: Change) -> str:
        """Return the SQL that makes a change and counts it. Raises CannotWriteError."""
        statement, where, table = self.statement(change)
        if self._engine == "postgresql":
            done = f"WITH done AS ({statement} WHERE {where} RETURNING 1)"
            return f"{done}\nINSERT INTO shadow_repair SELECT {number}, count(*) FROM done;"  # noqa: S608
        if self._engine == "sqlite":
            return f"{statement} WHERE {where};\nINSERT INTO shadow_repair SELECT {number}, changes();"
        rows = f"SELECT {number}, count(*) FROM {table} WHERE {where}"  # noqa: S608
        if change.kind == "insert":
            rows = f"SELECT {number}, CASE WHEN {where} THEN 1 ELSE 0 END"
        return f"INSERT INTO shadow_repair {rows};\n{statement} WHERE {where};"

    def together(self, statements: Sequence[str], keys: Sequence[ForeignKey]) -> str:
        """Return statements for one transaction, whose rows refer to one another by these foreign keys; what checks
        them is put off to its end where the engine can."""
        names = ", ".join(f"{key.table} ({', '.join(key.columns)}) -> {key.parent}" for key in keys)
        circle = names or "unique values"
        lines = [_comment(f"These {len(statements)} rows depend on one another in a circle: {circle}.")]
        fixed = [key for key in keys if not key.deferrable]
        if fixed:
            lines.append("-- No order satisfies what is checked at once. Make it deferrable, or run them by hand:")
        if self._engine == "postgresql":
            lines += [
                f"--   ALTER TABLE {self._source(key.table)} ALTER CONSTRAINT {quote(key.name)} DEFERRABLE;"
                for key in fixed
            ]
            lines.append("SET CONSTRAINTS ALL DEFERRED;")
        elif self._engine == "sqlite":
            lines.append("PRAGMA defer_foreign_keys = ON;")
        return "\n".join([*lines, *statements])

    def lines(self, header: Sequence[str], statements: Sequence[str]) -> Iterator[str]:
        """Yield the file: what `counted` and `together` returned, in its order, in transactions."""
        yield from (f"-- {line}".rstrip() for line in header)
        yield ""
        yield from _SESSION[self._engine]
        yield "CREATE TEMPORARY TABLE shadow_repair (number integer, changed integer CHECK (changed <= 1));"
        for start in range(0, len(statements), self._batch):
            yield f"\n{_BEGIN[self._engine]}"
            yield from statements[start : start + self._batch]
            yield "COMMIT;"
        yield "\n-- A row that had changed meanwhile was left alone: of it nothing was changed."
        yield "SELECT count(*) AS rows, sum(changed) AS changed FROM shadow_repair;"
        yield "SELECT number AS left_alone FROM shadow_repair WHERE changed = 0 ORDER BY number;"


def _comment(text: str) -> str:
    return f"-- {' '.join(text.split())}"
