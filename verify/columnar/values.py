"""PostgreSQL's binary values as the driver hands them over: for the rows that are compared by value after all.

Sources: the `…_send` functions of the server; what comes out must be what asyncpg with our codecs gives, which a test
asks of it.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from decimal import Decimal

from verify.store import Value
from verify.stores.postgres.types import PgType
from verify.stores.postgres.values import read_day, read_instant

_INT2, _INT4, _INT8, _OID = struct.Struct(">h"), struct.Struct(">i"), struct.Struct(">q"), struct.Struct(">I")
_FLOAT4, _FLOAT8 = struct.Struct(">f"), struct.Struct(">d")
_NUMERIC = struct.Struct(">HhHH")
_SPECIAL = {0xC000: Decimal("NaN"), 0xD000: Decimal("Infinity"), 0xF000: Decimal("-Infinity")}

Reader = Callable[[bytes], Value]


def read_numeric(sent: bytes) -> Decimal:
    """Return a numeric with all its digits: groups of four, the weight of the first, the sign, the scale to show."""
    groups, weight, sign, scale = _NUMERIC.unpack_from(sent)
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    number = 0
    for digit in struct.unpack_from(f">{groups}H", sent, 8):
        number = number * 10_000 + digit
    exponent = 4 * (weight - groups + 1)
    if groups and not scale:
        return Decimal((int(sign == 0x4000), tuple(map(int, str(number))), exponent))
    # The scale says how many digits are shown behind the point.
    shift = exponent + scale
    number = number * 10**shift if shift >= 0 else number // 10**-shift
    return Decimal((int(sign == 0x4000), tuple(map(int, str(number))), -scale))


def _signed(shape: struct.Struct) -> Reader:
    return lambda sent: shape.unpack(sent)[0]


def _text(sent: bytes) -> str:
    return sent.decode()


_READERS: dict[str, Reader] = {
    "bool": lambda sent: sent != b"\0",
    "int2": _signed(_INT2),
    "int4": _signed(_INT4),
    "int8": _signed(_INT8),
    "oid": _signed(_OID),
    "float4": _signed(_FLOAT4),
    "float8": _signed(_FLOAT8),
    "numeric": read_numeric,
    "text": _text,
    "varchar": _text,
    "bytea": bytes,
    "date": lambda sent: read_day(_INT4.unpack(sent)),
    "timestamp": lambda sent: read_instant(_INT8.unpack(sent)),
    "timestamptz": lambda sent: read_instant(_INT8.unpack(sent)),
    "uuid": lambda sent: uuid.UUID(bytes=sent),
    # A byte that is the version of the format, then the text.
    "jsonb": lambda sent: sent[1:].decode(),
}
_AS_TEXT = frozenset({"bpchar", "name", "citext"})


def reader_of(kind: PgType) -> Reader | None:
    """Return how values of this type are read, None where they are none of those that are compared in bulk."""
    if kind.name in _AS_TEXT or kind.kind == "e":
        return _text
    return _READERS.get(kind.name)
