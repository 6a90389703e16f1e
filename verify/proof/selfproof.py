"""Proof that the digest would notice: known changes go through the very same hashing before each run.

For each pair, made-up rows of the classes of its columns are digested, changed in one way, and digested again.
A change that leaves the digest as it was is a survivor, and a run with survivors proves nothing.

Each store's own way of handing over values is tried too (`verify.proof.handing`), and so are the comparison of rows
(`verify.rehearsal.rowwise`) and what derived tables are made of (`verify.rehearsal.derivation`). What compares within
or between servers proves itself where it is offered.

Cannot see: what lies outside the digest (columns outside the selection; what a server or a file lost before it hands a
value over); what a tolerance calls near; tables in which no column can tell made-up rows apart.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence, Set
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from verify.answer import blind_spot
from verify.classes import TypeClass
from verify.equality.reading import reader_of
from verify.equality.values import Interval, ObjectKey
from verify.rows.digest import Accumulator
from verify.store import BucketDigest, Buckets, Row, Selection, Value

NAME = "self_proof"
CANNOT_SEE = blind_spot(__doc__)

Digest = Callable[[Selection, Sequence[Row]], tuple[BucketDigest, ...]]

_AT = datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)

SAMPLES: dict[TypeClass, tuple[Value, Value, Value]] = {
    TypeClass.other: ("a", "b", "c"),
    TypeClass.boolean: (True, False, True),
    TypeClass.integer: (2**53, 7, -1),
    TypeClass.decimal: (Decimal("0.10"), Decimal("12345678901234567.89"), Decimal("-3")),
    TypeClass.float: (0.1, 1e22, -2.5),
    TypeClass.text: ("Zoë", "x ", "0"),
    TypeClass.bytes: (b"\x00", b"\x00\x01", b"z"),
    TypeClass.date: (date(2024, 2, 29), date(1969, 12, 31), date(1, 1, 1)),
    TypeClass.time: (time(23, 59, 59, 999_999), time(0), time(12)),
    TypeClass.timestamp: (_AT, _AT - timedelta(days=40_000), _AT + timedelta(hours=1)),
    TypeClass.interval: (timedelta(days=31), timedelta(microseconds=1), timedelta(0)),
    TypeClass.uuid: (uuid.UUID(int=1), uuid.UUID(int=2**64), uuid.UUID(int=2**127)),
    TypeClass.json: ('{"a": 1}', "[1, 2]", "null"),
    TypeClass.objectid: (ObjectKey(bytes(12)), ObjectKey(b"\1" * 12), ObjectKey(b"\xff" * 12)),
}
"""Three values of each class, in the form a driver gives them."""

LAST_DIGIT: dict[TypeClass, Value] = {
    TypeClass.other: "a0",
    TypeClass.boolean: False,
    TypeClass.integer: 2**53 + 1,
    TypeClass.decimal: Decimal("0.1000000000000000000001"),
    TypeClass.float: 0.10000000000000002,
    TypeClass.text: "Zoé",
    TypeClass.bytes: b"\x01",
    TypeClass.date: date(2024, 3, 1),
    TypeClass.time: time(23, 59, 59, 999_998),
    TypeClass.timestamp: _AT - timedelta(microseconds=1),
    TypeClass.interval: timedelta(days=31, microseconds=1),
    TypeClass.uuid: uuid.UUID(int=0),
    TypeClass.json: '{"a": 2}',
    TypeClass.objectid: ObjectKey(bytes(11) + b"\1"),
}
"""The first sample of each class, changed by the least that must be noticed."""


CHANGES: dict[TypeClass, tuple[tuple[str, Value, Value], ...]] = {
    TypeClass.timestamp: (
        ("one hour later", _AT, _AT + timedelta(hours=1)),
        ("one microsecond later", _AT, _AT + timedelta(microseconds=1)),
    ),
    TypeClass.decimal: (
        ("the 12th digit", Decimal("1.23456789012"), Decimal("1.23456789013")),
        ("the sign", Decimal("0.1"), Decimal("-0.1")),
    ),
    TypeClass.float: (("the 12th digit", 1.23456789012, 1.23456789013), ("the sign", 0.1, -0.1)),
    TypeClass.integer: (("the sign", 5, -5), ("the upper half", 0, 2**32 + 1)),
    TypeClass.text: (("case", "zoe", "Zoe"), ("a blank at the end", "x", "x "), ("NULL in words", None, "NULL")),
    TypeClass.time: (("one hour later", time(0), time(1)),),
    TypeClass.interval: (("a day of 24 hours", Interval(0, 1, 0), Interval(0, 0, 86_400_000_000)),),
    TypeClass.json: (("a number became text", '{"a": 1}', '{"a": "1"}'), ("NULL and null", None, "null")),
}
"""Further changes that must be noticed, in words."""


def client_digest(salt: bytes) -> Digest:
    """Return the digest that the embedded stores compute."""

    def digest(selection: Selection, rows: Sequence[Row]) -> tuple[BucketDigest, ...]:
        accumulator = Accumulator(selection, Buckets(hashed=4), salt)
        accumulator.add(rows)
        return accumulator.digests()

    return digest


def survivors(selection: Selection, digest: Digest) -> tuple[str, ...]:
    """Return the changes that the digest did not notice, in words; none is proof. What a declared transform or cut
    makes equal is not asked for, save that another value of the column has to be noticed."""
    rows = [tuple(SAMPLES[reading.kind][at] for reading in selection.readings) for at in range(3)]
    declared = {one.column for one in selection.readings if one.transformed or one.step_us > 1}
    read = reader_of(selection)
    return tuple(
        name
        for name, before, after in _mutations(selection, rows)
        if digest(selection, before) == digest(selection, after)
        and not (_blinds(name, declared) and [*map(read, before)] == [*map(read, after)])
    )


def _blinds(name: str, declared: Set[str]) -> bool:
    """Return whether a change is to a column that is declared to be read otherwise than it is stored."""
    column, _, change = name.rpartition(": ")
    return column in declared and change != _ANOTHER


_ANOTHER = "another value"


def _mutations(selection: Selection, rows: list[Row]) -> Iterator[tuple[str, list[Row], list[Row]]]:
    """Yield each change by name with the rows before and after it."""
    first, second, third = rows
    yield "a duplicated row", rows, [*rows, first]
    yield "a lost row", rows, [first, second]
    yield "one row in the place of another", rows, [first, first, third]
    for at, reading in enumerate(selection.readings):
        name, kind = reading.column, reading.kind
        null = _with(first, at, None)
        yield f"{name}: {_ANOTHER}", rows, [_with(first, at, SAMPLES[kind][1]), second, third]
        yield f"{name}: the last digit", rows, [_with(first, at, LAST_DIGIT[kind]), second, third]
        for change, before, after in CHANGES.get(kind, ()):
            held = [_with(first, at, before), second, third]
            yield f"{name}: {change}", held, [_with(first, at, after), second, third]
        yield f"{name}: a value became NULL", rows, [null, second, third]
        yield f"{name}: NULL became empty text", [null, second, third], [_with(first, at, ""), second, third]
        if len(selection.readings) > 1:
            swapped = [_with(first, at, second[at]), _with(second, at, first[at]), third]
            yield f"{name}: the values of two rows exchanged", rows, swapped


def _with(row: Row, at: int, value: Value) -> Row:
    return (*row[:at], value, *row[at + 1 :])
