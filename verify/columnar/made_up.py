"""Made-up values of PostgreSQL's types as both servers send them: what both hold alike, and what must be told apart."""

from __future__ import annotations

import json
import struct
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from bson import Decimal128, Int64

from verify.stores.postgres.types import PgType
from verify.stores.postgres.values import write_day, write_instant

_AT = datetime(2024, 2, 29, 23, 59, 59, 999_000, tzinfo=UTC)
_DAY = datetime(2024, 2, 29, tzinfo=UTC)
_HOUR, _MILLISECOND, _MICROSECOND = timedelta(hours=1), timedelta(milliseconds=1), timedelta(microseconds=1)


class Shape(NamedTuple):
    """One way in which documents hold the values of a column: how a value is written there, two values that both sides
    hold alike, and pairs (in the row, in the document) that must be told apart."""

    written: Callable[[Any], Any]
    one: Any
    two: Any
    changes: tuple[tuple[Any, Any], ...]


class MadeUp(NamedTuple):
    """The made-up values of a type: how PostgreSQL sends one, the value that is next to nothing, and the shapes."""

    sent: Callable[[Any], bytes]
    zero: Any
    shapes: tuple[Shape, ...]


def numeric(value: Decimal) -> bytes:
    """Return a numeric as it is sent: groups of four digits, the weight of the first, sign, scale (numeric_send)."""
    if value.is_nan():
        return struct.pack(">HhHH", 0, 0, 0xC000, 0)
    whole, _, fraction = f"{abs(value):f}".partition(".")
    digits = whole.rjust(-(-len(whole) // 4) * 4, "0") + fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    groups = [int(digits[at : at + 4]) for at in range(0, len(digits), 4)]
    weight = -(-len(whole) // 4) - 1
    while groups and not groups[0]:
        del groups[0]
        weight -= 1
    while groups and not groups[-1]:
        del groups[-1]
    sign = 0x4000 if value < 0 else 0
    return struct.pack(f">HhHH{len(groups)}H", len(groups), weight if groups else 0, sign, len(fraction), *groups)


def _packed(shape: str) -> Callable[[Any], bytes]:
    return struct.Struct(shape).pack


def _as_is(value: Any) -> Any:
    return value


def _naive(value: datetime) -> datetime:
    return value.replace(tzinfo=None)  # BSON has no zone, and no microseconds


def _integers(shape: str, *wide: tuple[int, int]) -> MadeUp:
    near = ((7, 8), (5, -5), (0, 1)) if shape.islower() else ((7, 8), (0, 1))
    short = tuple(pair for pair in wide if max(map(abs, pair)) <= 2**31)
    shapes = (Shape(_as_is, 7, 120, near + short), *(Shape(form, 7, 120, near + wide) for form in (Int64, float)))
    return MadeUp(_packed(shape), 0, shapes)


def _decimals(written: Callable[[Decimal], Any], *texts: str) -> Shape:
    one, two, *changes = map(Decimal, texts)
    return Shape(written, one, two, tuple(zip(changes[::2], changes[1::2], strict=True)))


_WHOLE = ("7", "120000", "7", "8", "5", "-5", "0", "1", "7.5", "7", "4294967297", "1", "100", "1")
_NUMERIC = MadeUp(numeric, Decimal(0), (
    _decimals(
        Decimal128, "123456.25", "7", "0.10", "0.11", "5", "-5", "1.23456789012", "1.23456789013", "100", "1",
        "0.1", "0.1000000000000000000001", "0.0001", "1", "NaN", "1",
    ),
    _decimals(float, "1.5", "0.1", "0.10", "0.11", "5", "-5", "1.23456789012", "1.23456789013", "100", "1"),
    _decimals(int, *_WHOLE),
    _decimals(lambda value: Int64(int(value)), *_WHOLE),
))  # fmt: skip
_TEXT = MadeUp(str.encode, "", (Shape(_as_is, "Zoë", "x", (
    ("Zoë", "Zoé"), ("zoe", "Zoe"), ("x", "x "), ("é", "e\u0301"), ("0", "00"), ("NULL", ""),
    ("abcdefgh", "abcdefgi"), ("abcdefghi", "abcdefghj"), ("y" * 300, "y" * 299 + "z"),
)),))  # fmt: skip
_INSTANT = MadeUp(lambda value: struct.pack(">q", *write_instant(value)), datetime(1970, 1, 1, tzinfo=UTC), (
    Shape(_naive, _AT, _DAY, (
        (_AT, _AT + _MILLISECOND), (_AT, _AT + _HOUR), (_AT + _MICROSECOND, _AT), (_AT - _MICROSECOND, _AT),
        (_AT + timedelta(seconds=1), _AT),
    )),
))  # fmt: skip


def _jsonb(value: Any) -> bytes:
    return b"\1" + json.dumps(value, ensure_ascii=False).encode()


_JSONB = MadeUp(_jsonb, {}, (
    Shape(_as_is, {"a": 5, "b": [1, "x"]}, {"a": None}, (
        ({"a": 5}, {"a": -5}), ({"a": 1}, {"a": "1"}), ({"a": 1}, {"b": 1}), ({"a": 0.5}, {"a": 0.25}),
        ({}, {"a": None}), ({"a": True}, {"a": False}), ({"a": [1, 2]}, {"a": [2, 1]}), ({"a": "zoe"}, {"a": "Zoe"}),
    )),
    Shape(_as_is, [1, "x"], [], (([1, 2], [2, 1]), ([1], [1, 1]), ([1], ["1"]), ([{"a": 1}], [{"a": 2}]))),
))  # fmt: skip

def _uuid(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


_KINDS: dict[str, MadeUp] = {
    "bool": MadeUp(_packed(">?"), False, (Shape(_as_is, True, False, ((True, False), (False, True))),)),
    "int2": _integers(">h", (256, 1)),
    "int4": _integers(">i", (65_537, 1), (2**31 - 1, -(2**31))),
    "int8": _integers(">q", (2**53 + 1, 2**53), (2**32 + 1, 1), (-1, 2**32 - 1)),
    "oid": _integers(">I", (65_537, 1)),
    "float4": MadeUp(_packed(">f"), 0.0, (Shape(_as_is, 1.5, -2.25, ((1.5, -1.5), (1.5, 1.50000012), (0.5, 0.25))),)),
    "float8": MadeUp(_packed(">d"), 0.0, (Shape(_as_is, 0.1, -2.5, (
        (0.1, 0.10000000000000002), (1.5, -1.5), (1.23456789012, 1.23456789013), (1e300, 1e301),
    )),)),
    "numeric": _NUMERIC,
    "bytea": MadeUp(bytes, b"", (Shape(_as_is, b"\0z", b"z", (
        (b"\0", b"\0\0"), (b"\1", b"\2"), (b"z" * 9, b"z" * 10), (b"z" * 300, b"z" * 299 + b"y"),
    )),)),
    "date": MadeUp(lambda value: struct.pack(">i", *write_day(value.date())), datetime(1970, 1, 1, tzinfo=UTC), (
        Shape(_naive, _DAY, _DAY + timedelta(days=40), ((_DAY, _DAY + timedelta(days=1)), (_DAY, _DAY + _HOUR))),
    )),
    "timestamp": _INSTANT,
    "timestamptz": _INSTANT,
    "uuid": MadeUp(lambda value: bytes(value.bytes), _uuid(0), (Shape(_as_is, _uuid(1), _uuid(2**64), (
        (_uuid(1), _uuid(2)), (_uuid(2**64), _uuid(2**65)),
    )),)),
    "jsonb": _JSONB,
}  # fmt: skip


def made_up(kind: PgType) -> MadeUp:
    """Return the made-up values of a type that is compared in bulk; of text they are those of all others."""
    return _KINDS.get(kind.name, _TEXT) if kind.kind != "e" else _TEXT
