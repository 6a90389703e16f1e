"""Made-up rows of a pair: values that both sides read as the same, changes of them, and a snapshot that holds them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from verify.classes import TypeClass
from verify.equality.canonical import MISSING, encode_row
from verify.equality.reading import reader_of
from verify.equality.values import ObjectKey
from verify.planning.plan import Pair
from verify.proof.selfproof import CHANGES, LAST_DIGIT, SAMPLES
from verify.rows.digest import is_ordered, streamed_digest
from verify.store import BucketDigest, Buckets, Key, KeyRange, Reading, Row, Scanned, Selection, Value

_FIRST_DAY = datetime(2024, 2, 29, tzinfo=UTC)
_NUMBERED: dict[TypeClass, Callable[[int], Value]] = {
    TypeClass.integer: int,
    TypeClass.text: lambda n: f"n{n:08}",
    TypeClass.other: lambda n: f"n{n:08}",
    TypeClass.bytes: lambda n: n.to_bytes(8, "big"),
    TypeClass.decimal: Decimal,
    TypeClass.float: float,
    TypeClass.uuid: lambda n: uuid.UUID(int=n),
    TypeClass.objectid: lambda n: ObjectKey(n.to_bytes(12, "big")),
    TypeClass.timestamp: lambda n: _FIRST_DAY + timedelta(seconds=n),
    TypeClass.date: lambda n: date.fromordinal(700_000 + n),
}
"""The value number n of a class, ascending."""



def numbered(kind: TypeClass, n: int) -> Value:
    """Return the value number n of a class that has numbers."""
    return _NUMBERED[kind](n)


Form = Callable[[Value], Value]
"""What a value becomes on its way out of a side."""


class Alike(msgspec.Struct, frozen=True):
    """A value as each side hands it over, read as the same by both."""

    old: Value
    new: Value


class Column:
    """One compared column of a pair."""

    def __init__(
        self, old: Reading, new: Reading, forms: tuple[Form, Form], near: Callable[[Value, Value], bool]
    ) -> None:
        self.name = old.column
        self.names = old.column, new.column
        self._readings = old, new
        self._forms = forms
        self._near = near
        self._reads = [_reader(reading) for reading in (old, new)]
        self.kind = old.before if old.transformed else old.kind
        found = [alike for value in (*SAMPLES[self.kind], LAST_DIGIT[self.kind]) if (alike := self.alike(value))]
        self.samples = found or [Alike(None, None)]

    def alike(self, value: Value) -> Alike | None:
        """Return a value of the old side with its like on the new side, None where none is known."""
        try:
            read = self._reads[0](self._forms[0](value))
            for other in (read, value):
                if encode_row((self._reads[1](self._forms[1](other)),)) == encode_row((read,)):
                    return Alike(self._forms[0](value), self._forms[1](other))
        except (TypeError, ValueError, ArithmeticError):
            return None  # a declared step that this value is not made for
        return None

    def numbered(self, n: int) -> Alike | None:
        """Return the value number n."""
        return self.alike(numbered(self.kind, n)) if self.kind in _NUMBERED else None

    def read(self, side: int, value: Value) -> Value:
        """Return a value as both sides agreed to read it; `side` is 0 for the old one, 1 for the new one."""
        return self._reads[side](value)

    def marks(self, value: Alike) -> bytes:
        """Return what tells a value from others."""
        return encode_row((self._reads[0](value.old),))

    def absent(self, side: int) -> Value:
        """Return what stands for a missing value."""
        return None if self._readings[side].missing_is_null else MISSING

    def changes(self) -> list[tuple[str, Alike, Alike]]:
        """Return the changes that have to be noticed. What a declared transform, cut or tolerance makes equal is not
        asked for."""
        kind = self.kind
        wanted: list[tuple[str, Value, Value]] = [
            ("another value", SAMPLES[kind][0], SAMPLES[kind][1]),
            ("the last digit", SAMPLES[kind][0], LAST_DIGIT[kind]), ("a value became NULL", SAMPLES[kind][0], None),
            ("NULL became a value", None, SAMPLES[kind][0]),
            ("NULL became empty text", None, ""), *CHANGES.get(kind, ()),
        ]  # fmt: skip
        found = []
        for change, before, after in wanted:
            held, other = self.alike(before), self.alike(after)
            if held is not None and other is not None and not self._is_declared(held, other):
                found.append((change, held, other))
        return found

    def _is_declared(self, before: Alike, after: Alike) -> bool:
        one, other = self._reads[0](before.old), self._reads[1](after.new)
        if self._near(one, other):
            return True
        plain = not any(reading.transformed or reading.step_us > 1 for reading in self._readings)
        return not plain and encode_row((one,)) == encode_row((other,))


def columns_of(pair: Pair, forms: Sequence[tuple[Form, Form]]) -> list[Column]:
    """Return the compared columns of a pair; `forms` say of each what its values become on either side."""
    both = zip(pair.old_selection.readings, pair.new_selection.readings, forms, strict=True)
    return [
        Column(old, new, each, pair.tolerances[old.column].near if old.column in pair.tolerances else _never)
        for old, new, each in both
    ]


def as_it_is(value: Value) -> Value:
    """Return the value."""
    return value


def _never(_old: Value, _new: Value) -> bool:
    return False


def _reader(reading: Reading) -> Callable[[Value], Value]:
    read = reader_of(Selection(table="", readings=(reading,)))
    return lambda value: read((value,))[0]


class MadeUpSnapshot:
    """Tables of made-up rows, each a mapping of its columns; a column that a row lacks is missing."""

    def __init__(self, tables: Mapping[str, Sequence[Mapping[str, Value]]]) -> None:
        self._tables = tables

    async def estimate(self, table: str) -> int:
        """Return more rows than the table has: so there are buckets of a few rows, and bounds between them."""
        return 8 * len(self._tables[table])

    async def count(self, table: str, where: str = "") -> int:
        """Return how many rows the table has: the condition is taken to hold."""
        return len(self._tables[table])

    async def boundaries(self, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return ascending keys that cut the table into equal parts, None where the keys have no shared order."""
        keys = [row[: selection.key_width] for row in self._selected(selection)]
        if not selection.key_width or not is_ordered(keys):
            return None
        keys.sort()
        step = max(1, -(-len(keys) // buckets))
        return tuple(dict.fromkeys(keys[step::step]))

    async def digest(
        self, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
    ) -> tuple[BucketDigest, ...]:
        """Return one digest per bucket."""
        return await streamed_digest(self, selection, buckets, salt, scanned)

    async def rows(self, selection: Selection, keys: KeyRange, *, ordered: bool) -> AsyncIterator[list[Row]]:
        """Yield the rows of the range in two batches."""
        width = selection.key_width
        found = [
            row for row in self._selected(selection)
            if (keys.low is None or row[:width] >= keys.low) and (keys.high is None or row[:width] < keys.high)
        ]  # fmt: skip
        if ordered:
            found.sort(key=lambda row: row[:width])
        half = len(found) // 2
        for batch in (found[:half], found[half:]):
            if batch:
                yield batch

    def _selected(self, selection: Selection) -> list[Row]:
        places: list[tuple[str, Any]] = [
            (one.column, None if one.missing_is_null else MISSING) for one in selection.readings
        ]
        return [tuple(row.get(name, absent) for name, absent in places) for row in self._tables[selection.table]]
