"""Copy the old backend's database into the new backend's schema.

    python examples/orders/migrate.py --old old.db --new new.db [--fixed]

Without `--fixed` it has the two faults of plants.json: it pages through the audit events by time, and it cuts notes.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from plants import add_plant_flags, chosen_plants
from schema import COLUMNS, column_names, create_statements, new_column, new_table

PAGE = 500
NOTE_WIDTH = 120
# Rows of client writes are not migrated: they are booked into orders before a cut-over.
LEFT_BEHIND = ("intake",)

Row = tuple[object, ...]


def pages_by_key(db: sqlite3.Connection, table: str) -> Iterator[list[Row]]:
    """All rows of a table in pages; each page starts after the last row of the one before."""
    last = 0
    while page := db.execute(
        f"SELECT rowid, {', '.join(column_names(table))} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?",
        (last, PAGE),
    ).fetchall():
        last = page[-1][0]
        yield [row[1:] for row in page]


def pages_by_time(db: sqlite3.Connection, table: str, column: str) -> Iterator[list[Row]]:
    """The planted fault: pages by a column that is not unique, which loses ties at the edge of a page."""
    last = ""
    names = column_names(table)
    while page := db.execute(
        f"SELECT {', '.join(names)} FROM {table} WHERE {column} > ? ORDER BY {column}, rowid LIMIT ?", (last, PAGE)
    ).fetchall():
        last = page[-1][names.index(column)]
        yield page


def cut_notes(page: list[Row]) -> list[Row]:
    """The planted fault: the new backend's first draft had a column of 120 characters."""
    at = column_names("customer_notes").index("text")
    return [(*row[:at], str(row[at])[:NOTE_WIDTH], *row[at + 1 :]) for row in page]


def migrate(old_path: Path, new_path: Path, plants: frozenset[str]) -> None:
    """Create the new database from the old one. An existing new file is replaced."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{new_path}{suffix}").unlink(missing_ok=True)
    old = sqlite3.connect(f"file:{old_path}?mode=ro", uri=True)
    new = sqlite3.connect(new_path)
    try:
        new.execute("PRAGMA journal_mode = WAL")
        new.execute("PRAGMA synchronous = OFF")
        for statement in create_statements(renamed=True):
            new.execute(statement)
        for table in COLUMNS:
            if table in LEFT_BEHIND:
                continue
            names = ", ".join(new_column(table, name) for name in column_names(table))
            marks = ", ".join("?" for _ in column_names(table))
            if table == "audit_events" and "audit-row-lost" in plants:
                pages = pages_by_time(old, table, "happened_at")
            else:
                pages = pages_by_key(old, table)
            for page in pages:
                rows = cut_notes(page) if table == "customer_notes" and "note-cut" in plants else page
                new.executemany(f"INSERT INTO {new_table(table)} ({names}) VALUES ({marks})", rows)
        new.commit()
    finally:
        new.close()
        old.close()


def main() -> None:
    """Migrate as the flags say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", type=Path, required=True)
    parser.add_argument("--new", type=Path, required=True)
    add_plant_flags(parser)
    arguments = parser.parse_args()
    migrate(arguments.old, arguments.new, chosen_plants(arguments))


if __name__ == "__main__":
    main()
