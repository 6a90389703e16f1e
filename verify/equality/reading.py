"""Reading the rows of a selection so that both sides compare: what is carried, declared or cut, column by column."""

from __future__ import annotations

from collections.abc import Callable

from verify.equality.carriers import READERS, Reader, cut_to
from verify.equality.transforms import mapped, step_of
from verify.store import Reading, Row, Selection


def reader_of(selection: Selection) -> Callable[[Row], Row]:
    """Return a function that reads a whole row as its selection says."""
    readers: list[tuple[int, Reader]] = []
    for at, reading in enumerate(selection.readings):
        if reading.transformed:
            readers += [(at, reader) for reader in _declared(reading)]
        if reading.carried and reading.kind in READERS:
            readers.append((at, READERS[reading.kind]))
    readers += [(at, cut_to(reading.step_us)) for at, reading in enumerate(selection.readings) if reading.step_us > 1]
    if not readers:
        return lambda row: row

    def read(row: Row) -> Row:
        values = list(row)
        for at, reader in readers:
            values[at] = reader(values[at])
        return tuple(values)

    return read


def _declared(reading: Reading) -> list[Reader]:
    """Return what a declared transform does to a value: read as the column's own class, mapped, step by step."""
    readers = [READERS[reading.before]] if reading.before in READERS else []
    readers += [mapped(reading.mapping)] if reading.mapping else []
    return readers + [step_of(step, reading.column)[1] for step in reading.steps]
