"""How a derived table is named in the plan, and what every kind of it can do.

    orders.items[]                the items of the array `items` in the documents (or the JSON column) of `orders`
    orders + order_notes          rows of both tables that have the same key, as one row
    orders_2025 | orders_2026     the rows of both tables
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from shadow.config.model import TablePair
from shadow.errors import ConfigError
from verify.classes import Dialect
from verify.nearest import nearest, require
from verify.store import Key, KeyRange, Row, Selection, Snapshot, TableSchema

ARRAY = "[]"
JOINED = "+"
UNITED = "|"


class Source(Protocol):
    """One derived table, read through a snapshot of the store that has its parts. Methods raise StoreError."""

    @property
    def name(self) -> str:
        """What the plan calls it."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The tables that it is made of."""

    @property
    def dialect(self) -> Dialect:
        """What its values can express."""

    async def describe(self, snapshot: Snapshot) -> TableSchema:
        """Return its columns."""

    async def count(self, snapshot: Snapshot, where: str) -> int:
        """Return how many rows it has."""

    def orders(self, key: Sequence[str]) -> bool:
        """Return whether its rows can be read in the order of this key."""

    async def boundaries(self, snapshot: Snapshot, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return keys that cut it into parts of about equal size, None where there is no shared order."""

    def belongs(self, keys: KeyRange) -> Callable[[Row], bool] | None:
        """Return whether a row of a part counts for a range of keys, None where all that are read for it do."""

    def rows(
        self, snapshot: Snapshot, selection: Selection, keys: KeyRange, *, ordered: bool
    ) -> AsyncIterator[list[Row]]:
        """Yield its rows in batches of bounded size."""

    async def now(self, snapshot: Snapshot, selection: Selection, keys: Sequence[Key]) -> list[Row]:
        """Return the rows that these keys have now; only where the snapshot itself can."""


def source_of(
    name: str, pair: TablePair, tables: Mapping[str, TableSchema], dialect: Dialect, key: Sequence[str]
) -> Source | None:
    """Return the derived table of that name, None where it is not a name of one, or of a table that is there.

    `key` are the columns that the plan names for this side. Raises ConfigError for parts that do not exist.
    """
    from verify.derived.joined import Joined
    from verify.derived.united import United
    from verify.derived.unwound import Unwound

    if name in tables:
        return None
    if UNITED in name:
        return United(name, _parts(name, UNITED, tables), dialect)
    if JOINED in name:
        parts = _parts(name, JOINED, tables)
        if pair.where or pair.old_where or pair.new_where:
            raise ConfigError(f"verify.tables: {name}: `where` has no meaning for a join.", "Leave it out.")
        return Joined(name, parts, dialect, key)
    if not name.endswith(ARRAY):
        return None
    path = name.removesuffix(ARRAY)
    parent = max((one for one in tables if path.startswith(f"{one}.")), key=len, default=None)
    if parent is None or ARRAY in path:
        first = path.partition(".")[0]
        raise ConfigError(
            f"verify.tables: {name}: there is no table {first!r} with an array.",
            f"Write it as table.field[]. {nearest(first, tables)}",
        )
    fields = tuple(path[len(parent) + 1 :].split("."))
    by = pair.parent or tables[parent].primary_key
    columns = [column.name for column in tables[parent].columns]
    require(f"verify.tables: {name}", (fields[0], *by), parent, columns)
    if not by:
        raise ConfigError(f"verify.tables: {name}: {parent} has no primary key.", "Name the columns in `parent`.")
    return Unwound(name, tables[parent], fields, by, pair.first_position, dialect)


def _parts(name: str, sign: str, tables: Mapping[str, TableSchema]) -> list[TableSchema]:
    parts = [part.strip() for part in name.split(sign)]
    for part in parts:
        if part not in tables:
            raise ConfigError(f"verify.tables: {name}: there is no table {part!r}.", nearest(part, tables))
    if len(set(parts)) < len(parts):
        raise ConfigError(f"verify.tables: {name}: a table occurs twice.", "Name each part once.")
    return [tables[part] for part in parts]
