"""Parquet and CSV files, read through DuckDB. Each file is a table, named like the file without its ending.

A directory holds one table per file; a directory within it is one table whose files are its parts. CSV values are
text as they stand in the file: an unquoted empty field is NULL, a quoted one is empty text, and nothing is guessed.
Files have no snapshots: rewriting one during a run is an error or is seen in parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from shadow.errors import StoreError
from verify.classes import CSV, PARQUET
from verify.store import TableSchema
from verify.stores.duckdb import DuckdbEngine
from verify.stores.duckdb_schema import describe_columns
from verify.stores.embedded import EmbeddedStore
from verify.stores.sql import quote, quote_text
from verify.stores.sqlite import check_file

_READERS = {
    "parquet": "read_parquet({}, union_by_name = true)",
    "csv": "read_csv({}, all_varchar = true, header = true, nullstr = '', allow_quoted_nulls = false,"
    " union_by_name = true, null_padding = false, strict_mode = true, quote = '\"', escape = '\"')",
}


class FileStore(EmbeddedStore):
    """A file or a directory of files of one format."""

    def __init__(self, path: Path, scheme: str) -> None:
        dialect = PARQUET if scheme == "parquet" else CSV
        engine = _FileEngine(dict(find_tables(path, scheme)), scheme, f"{scheme} {path}")
        super().__init__(scheme, f"{scheme}:{path}", dialect, engine)


def find_tables(path: Path, ending: str) -> Iterator[tuple[str, tuple[Path, ...]]]:
    """Yield each table's name and its files. Raises StoreError where there are none or two have the same name."""
    if not path.is_dir():
        check_file(path, f"{ending} file")
        yield path.stem, (path,)
        return
    seen: set[str] = set()
    try:
        for entry in sorted(path.iterdir()):
            parts = tuple(sorted(entry.rglob(f"*.{ending}"))) if entry.is_dir() else (entry,)
            if not parts or (entry.is_file() and entry.suffix.lower() != f".{ending}"):
                continue
            for part in parts:
                check_file(part, f"{ending} file")
            name = entry.name if entry.is_dir() else entry.stem
            if name in seen:
                raise StoreError(f"{path} has two tables named {name!r}.", "Rename the file or the directory.")
            seen.add(name)
            yield name, parts
    except PermissionError as error:
        raise StoreError(f"{path} must not be read by this user.", f"Grant it: chmod u+rx {path}.") from error
    if not seen:
        raise StoreError(f"{path} holds no .{ending} files.", "Name the directory that holds them.")


class _FileEngine(DuckdbEngine):
    """An in-memory DuckDB with one view per table."""

    def __init__(self, parts: dict[str, tuple[Path, ...]], scheme: str, what: str) -> None:
        super().__init__(what, ":memory:")
        self._parts = parts
        self._reader = _READERS[scheme]
        self._made = False

    has_transactions = False

    def files(self) -> tuple[Path, ...]:
        """Return all files of all tables."""
        return tuple(file for files in self._parts.values() for file in files)

    def describe(self) -> tuple[TableSchema, ...]:
        """Return one table per view; makes the views at the first call. Raises StoreError."""
        with self.guard():
            if not self._made:
                for name, files in self._parts.items():
                    listed = ", ".join(map(_literal, files))
                    source = self._reader.format(f"[{listed}]")
                    self.connection().execute(f"CREATE VIEW {quote(name)} AS SELECT * FROM {source}")  # noqa: S608
                self._made = True
            tables = tuple(
                TableSchema(name=name, columns=describe_columns(self.connection(), name), knows_constraints=False)
                for name in sorted(self._parts)
            )
        self.remember(tables)
        return tables


def _literal(file: Path) -> str:
    """Return a path as an SQL string; wildcards in it are names of files, not patterns."""
    return quote_text(re.sub(r"([\[*?])", r"[\1]", str(file.resolve())))
