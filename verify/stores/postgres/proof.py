"""Proof on the servers themselves: made-up rows, changed in ways that must be noticed, go through the very hashing.

Each case is a row (or two) of literals of the columns' types; its digest before and after the change must differ on
both servers, and both servers must give the same digests. Some changes are those that PostgreSQL's own hash functions
are known to miss: the sign of a number, the upper half of a bigint, 2**32 microseconds.

Cannot see: what a type's own text hides, for types that are hashed as text (arrays, ranges, enums stand in as text).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from verify.stores.postgres.digest import Hashed
from verify.stores.postgres.side import NativeSide
from verify.stores.sql import quote

_INSTANTS = (
    ("2024-02-29 23:59:59.999999+00", "2024-02-29 23:59:59.999998+00"),
    ("2024-02-29 23:59:59.999999+00", "2024-03-01 00:59:59.999999+00"),
    ("2000-01-01 00:00:00+00", "2000-01-01 01:11:34.967297+00"),
    ("infinity", "9999-12-31 23:59:59.999999+00"),
    ("infinity", "-infinity"),
)
_WHOLE = (("7", "8"), ("5", "-5"), ("0", "1"))

PAIRS: dict[str, tuple[tuple[str, str], ...]] = {
    "bool": (("true", "false"),),
    "int2": _WHOLE,
    "int4": (*_WHOLE, ("2147483646", "2147483647"), ("65536", "0")),
    "oid": (("7", "8"),),
    "int8": (*_WHOLE, ("9007199254740992", "9007199254740993"), ("0", "4294967297"), ("-1", "4294967295")),
    "numeric": (*_WHOLE, ("0.10", "0.11"), ("123456789012.25", "123456789012.26"), ("NaN", "1"), ("100", "1")),
    "float4": (("0.1", "0.10000001"), ("1.5", "-1.5"), ("NaN", "0"), ("Infinity", "-Infinity")),
    "float8": (("0.1", "0.10000000000000002"), ("1.5", "-1.5"), ("NaN", "0"), ("1e300", "1e301")),
    "text": (("Zoë", "Zoé"), ("zoe", "Zoe"), ("x ", "x"), ("0", "00"), ("", " "), ("NULL", "")),
    "bytea": ((r"\x00", r"\x0000"), (r"\x01", r"\x02"), (r"\x", r"\x00")),
    "date": (("2024-02-29", "2024-03-01"), ("infinity", "9999-12-31"), ("0001-01-01", "0001-01-01 BC")),
    "time": (("23:59:59.999999", "23:59:59.999998"), ("00:00", "01:00")),
    "timetz": (("12:00+00", "12:00+01"), ("12:00:00.000001+00", "12:00:00+00")),
    "timestamp": _INSTANTS,
    "timestamptz": _INSTANTS,
    "interval": (("1 day", "24 hours"), ("1 month", "30 days"), ("1 second", "1.000001 seconds")),
    "uuid": (
        ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"),
        ("00000000-0000-0000-0000-000000000000", "00000000-0000-0001-0000-000000000001"),
    ),
    "json": (('{"a": 5}', '{"a": -5}'), ("null", "{}"), ("[1,2]", "[2,1]")),
    "jsonb": (('{"a": 5}', '{"a": -5}'), ("null", "{}"), ("[1,2]", "[2,1]"), ('{"a": 1}', '{"a": "1"}')),
}
"""For each type the changes that must be noticed. Types that are not listed are hashed as text."""


class Proof(NamedTuple):
    """What came of it: whether both servers hash alike, and in words the changes that one does not notice."""

    agreed: bool
    survivors: tuple[str, ...]


async def prove(old: NativeSide, new: NativeSide) -> Proof:
    """Put the made-up rows through the hashing of both servers. Raises StoreError."""
    cases, source = _made_up(old)
    _, other = _made_up(new, like=old)
    digests = await asyncio.gather(old.made_up(source), new.made_up(other))
    survivors = [
        f"{name} ({side.native.table.name})"
        for side, found in zip((old, new), digests, strict=True)
        for at, name in enumerate(cases)
        if found[2 * at] == found[2 * at + 1]
    ]
    return Proof(digests[0] == digests[1], tuple(survivors))


def _made_up(side: NativeSide, like: NativeSide | None = None) -> tuple[list[str], str]:
    """Return the names of the cases, and the SQL of their rows: case 2n before change n, 2n + 1 after it. `like`
    lends its values, so that the rows are the same where columns are of two types of one form."""
    columns = side.native.columns
    kinds = _kinds(like or side)
    # A literal is first of the lending side's type: 0.1 is another number as float4 and as float8.
    types = [f"{lent}::{own}" for lent, own in zip(kinds, _kinds(side), strict=True)]
    names: list[str] = []
    rows: list[str] = []
    for name, before, after in _changes(columns, kinds):
        for case, group in ((2 * len(names), before), (2 * len(names) + 1, after)):
            rows += [f"({', '.join([str(case), *_literals(row, types)])})" for row in group]
        names.append(name)
    header = ", ".join(quote(one.column) for one in columns)
    return names, f"SELECT * FROM (VALUES {', '.join(rows)}) AS v(shadow_case, {header})"  # noqa: S608


def _kinds(side: NativeSide) -> list[str]:
    types = side.native.table.types
    return [types[one.column].name if types[one.column].name in PAIRS else "text" for one in side.native.columns]


def _literals(row: Sequence[str | None], types: Sequence[str]) -> list[str]:
    return [
        f"NULL::{kind}" if value is None else f"'{value}'::{kind}" for value, kind in zip(row, types, strict=True)
    ]


def _changes(
    columns: Sequence[Hashed], kinds: Sequence[str]
) -> Iterator[tuple[str, list[list[str | None]], list[list[str | None]]]]:
    """Yield each change by name, with the rows before and after it."""
    first: list[str | None] = [PAIRS[kind][0][0] for kind in kinds]
    second: list[str | None] = [PAIRS[kind][0][1] for kind in kinds]
    yield "a duplicated row", [first], [first, first]
    yield "one row in the place of another", [first, second], [first, first]
    for at, (one, kind) in enumerate(zip(columns, kinds, strict=True)):
        for old, new in PAIRS[kind]:
            yield f"{one.column}: {old!r} became {new!r}", [_with(first, at, old)], [_with(first, at, new)]
        if one.nullable:
            yield f"{one.column}: a value became NULL", [first], [_with(first, at, None)]
            empty = {"text": "", "bytea": r"\x"}.get(kind, PAIRS[kind][-1][-1])
            yield f"{one.column}: NULL became {empty!r}", [_with(first, at, None)], [_with(first, at, empty)]
        if len(columns) > 1:
            swapped = [_with(first, at, second[at]), _with(second, at, first[at])]
            yield f"{one.column}: the values of two rows exchanged", [first, second], swapped


def _with(row: Sequence[str | None], at: int, value: str | None) -> list[str | None]:
    return [*row[:at], value, *row[at + 1 :]]
