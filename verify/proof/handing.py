"""What a store makes of a value on its way to the digest, tried with made-up ones before a run.

A driver that rounds, a cast that cuts, a reader that folds: none of them is seen by a digest that begins behind them.
So each store hands over pairs of made-up values of its columns' types through its own statements and decoding, and
the digest has to tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from verify.classes import TypeClass
from verify.equality.reading import reader_of
from verify.rows.digest import Accumulator
from verify.store import Buckets, Row, Selection, Value


class Handed(NamedTuple):
    """Two values of the column at a place of the selection, as the store hands them over, and what was changed."""

    at: int
    change: str
    before: Value
    after: Value


@runtime_checkable
class HandsOver(Protocol):
    """A snapshot that can try its own way of reading."""

    async def handed_over(self, selection: Selection) -> list[Handed]:
        """Return made-up values of the columns, handed over as those of a run are. Raises StoreError."""


CHANGES: dict[TypeClass, tuple[tuple[str | None, str | None], ...]] = {
    TypeClass.boolean: (("true", "false"), ("false", None)),
    TypeClass.integer: (("7", "8"), ("5", "-5"), ("0", None)),
    TypeClass.decimal: (("7", "8"), ("5", "-5"), ("0.10", "0.11"), ("123456789012.25", "123456789012.26"), ("0", None)),
    TypeClass.float: (("1.5", "-1.5"), ("0.5", "0.25"), ("0", None)),
    TypeClass.text: (("Zoë", "Zoé"), ("zoe", "Zoe"), ("x", "x "), ("é", "e\u0301"), ("0", "00"), (None, "")),
    TypeClass.bytes: (("z", "zz"), ("a", "b"), (None, "")),
    TypeClass.date: (("2024-02-29", "2024-03-01"), ("2024-02-29", None)),
    TypeClass.time: (("23:59:59.999999", "23:59:59.999998"), ("00:00:00", "01:00:00")),
    TypeClass.timestamp: (
        ("2024-02-29 23:59:59.999999", "2024-02-29 23:59:59.999998"),
        ("2024-02-29 22:59:59.999998", "2024-02-29 22:59:59.999999"),
        ("2024-02-29 22:59:59.5", "2024-02-29 23:59:59.5"),
        ("2024-02-29 22:59:59", None),
    ),
    TypeClass.interval: (("1 day", "24:00:00"), ("1 month", "30 days")),
    TypeClass.uuid: (
        ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"),
        ("00000000-0000-4000-8000-000000000001", None),
    ),
    TypeClass.json: (('{"a": 5}', '{"a": -5}'), ("[1, 2]", "[2, 1]"), ('{"a": 1}', '{"a": "1"}')),
    TypeClass.objectid: (("65a1b2c3d4e5f60718293a4b", "65a1b2c3d4e5f60718293a4c"),),
}
"""For each class the changes that must be noticed, as SQL writes the values; None is NULL."""


def words(before: object, after: object) -> str:
    """Return a change in words."""
    return f"{'NULL' if before is None else repr(before)} became {'NULL' if after is None else repr(after)}"


def unnoticed(selection: Selection, handed: Sequence[Handed], salt: bytes) -> tuple[str, ...]:
    """Return the changes that the digest of a run does not notice once the store has handed them over. What a declared
    transform or cut makes equal is not asked for."""
    read = reader_of(selection)
    survivors = []
    for one in handed:
        reading = selection.readings[one.at]
        rows = [_row(selection, one.at, value) for value in (one.before, one.after)]
        if (reading.transformed or reading.step_us > 1) and read(rows[0]) == read(rows[1]):
            continue
        digests = []
        for row in rows:
            accumulator = Accumulator(selection, Buckets(hashed=1), salt)
            accumulator.add([row])
            digests.append(accumulator.digests())
        if digests[0] == digests[1]:
            survivors.append(f"{reading.column}: {one.change}")
    return tuple(survivors)


def _row(selection: Selection, at: int, value: Value) -> Row:
    return tuple(value if place == at else "x" for place in range(len(selection.readings)))
