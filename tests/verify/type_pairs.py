"""What equality means for each pair of types: the rows of the table in docs/verify.md, with values that prove them."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from bson import Binary, Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.binary import UuidRepresentation

PG, MONGO = "PostgreSQL", "MongoDB"
UUID = uuid.UUID("11111111-2222-4333-8444-555555555555")
HEX = "65a1b2c3d4e5f60718293a4b"
AT = datetime(2026, 1, 31, 23, 59, 59, 123_000)
MIDNIGHT = datetime(2026, 1, 31)


class Absent:
    """A field that the document does not have."""

    def __repr__(self) -> str:
        return "missing"


MISSING = Absent()
Values = list[tuple[Any, Any]]
"""Values of the old and the new side: SQL for PostgreSQL, BSON for MongoDB."""


class Claim(NamedTuple):
    """One row: the types of both sides, what equal means, and values that are equal and that are not. `options` are
    those of the pair of tables."""

    old: str
    new: str
    means: str
    equal: Values
    unequal: Values
    options: Mapping[str, Any] = MappingProxyType({})


def same(*values: Any) -> Values:
    return [(value, value) for value in values]


def _old_uuid(value: uuid.UUID) -> Binary:
    return Binary.from_uuid(value, UuidRepresentation.PYTHON_LEGACY)


BOTH_POSTGRES = [
    Claim("boolean", "boolean", "the same", same("true", "NULL"), [("true", "false"), ("NULL", "false")]),
    Claim("smallint, integer", "integer, bigint", "the same number", same("7", "-1"), [("7", "8"), ("0", "NULL")]),
    Claim("numeric(p, s)", "numeric", "the same number, whatever its trailing zeros",
          [("1.10", "1.1"), ("'NaN'", "'NaN'"), ("1e20", "1e20")], [("0.10", "0.1000000000001"), ("'NaN'", "1")]),
    Claim("real", "double precision", "the same number to the last bit",
          [("0.5", "0.5"), ("'-0'", "0"), ("'NaN'", "'NaN'"), ("'Infinity'", "'Infinity'")],
          [("0.1", "0.1"), ("'Infinity'", "'-Infinity'")]),
    Claim("double precision", "numeric", "the shortest decimal that reads back as the same double",
          [("0.1", "0.10"), ("1e22", "1e22")], [("0.1", "0.10000000000000001"), ("2^53", "9007199254740993")]),
    Claim("text", "varchar(n)", "the same UTF-8 bytes; other normal forms, blanks and case differ",
          same("'Zoë 🙂'", "''"), [("E'e\\u0301'", "'é'"), ("'a'", "'a '"), ("''", "NULL"), ("'A'", "'a'")]),
    Claim("text", "text, with `transform: [nfc, trim, lower]`", "the same when so transformed",
          [("E' Ze\\u0301'", "'zé'")], [("'Zé'", "'Zé'")], {"transform": {"v": ("nfc", "trim", "lower")}}),
    Claim("char(n)", "text", "the same without the blanks that fill it up", [("'ab'", "'ab'")], [("'ab'", "'ab  '")]),
    Claim("enum", "text", "the same label", same("'open'"), [("'open'", "'OPEN'")]),
    Claim("bytea", "bytea", "the same bytes", same(r"'\x00ff'", r"'\x'"),
          [(r"'\x00'", r"'\x0000'"), (r"'\x'", "NULL")]),
    Claim("date", "date", "the same day, endless ones too", same("'2026-01-31'", "'infinity'", "'0044-03-15 BC'"),
          [("'2026-01-31'", "'2026-02-01'"), ("'infinity'", "'9999-12-31'")]),
    Claim("timestamp", "timestamptz", "the same instant to the microsecond; without a zone it counts as UTC",
          [("'2026-01-31 10:00'", "'2026-01-31 11:00+01'"), ("'infinity'", "'infinity'")],
          [("'2026-01-31 10:00'", "'2026-01-31 10:00+01'"),
           ("'2026-01-31 10:00:00.000001'", "'2026-01-31 10:00:00.000002+00'")]),
    Claim("timestamp", "timestamptz, with `truncate: milliseconds`", "the same, cut to the millisecond",
          [("'2026-01-31 10:00:00.123456'", "'2026-01-31 10:00:00.123+00'")],
          [("'2026-01-31 10:00:00.1239'", "'2026-01-31 10:00:00.124+00'")], {"truncate": {"v": "milliseconds"}}),
    Claim("timestamp", "timestamptz, with `transform: [\"zone:Europe/Berlin\"]`",
          "the instant that the wall clock there showed",
          [("'2026-07-01 12:00'", "'2026-07-01 10:00+00'"), ("'2026-01-01 12:00'", "'2026-01-01 11:00+00'")],
          [("'2026-07-01 12:00'", "'2026-07-01 12:00+00'")], {"transform": {"v": ("zone:Europe/Berlin",)}}),
    Claim("time", "time", "the same time of day", same("'23:59:59.999999'"), [("'00:00'", "'00:00:00.000001'")]),
    Claim("timetz", "timetz", "the same time at the same offset", same("'12:00+01'"), [("'12:00+01'", "'11:00+00'")]),
    Claim("interval", "interval", "the same months, days and microseconds", [("'1 year'", "'12 months'")],
          [("'1 day'", "'24 hours'"), ("'1 month'", "'30 days'")]),
    Claim("uuid", "uuid", "the same 16 bytes", [(f"'{UUID}'", f"'{str(UUID).upper()}'")],
          [(f"'{UUID}'", f"'{uuid.UUID(int=0)}'")]),
    Claim("text", "uuid, with `transform: [uuid]`", "the UUID that the text spells", [(f"'{UUID.hex}'", f"'{UUID}'")],
          [("'none'", f"'{UUID}'")], {"transform": {"v": ("uuid",)}}),
    Claim("json", "jsonb", "the same document whatever the order of its keys; numbers exactly",
          [("""'{"a": 1, "b": [1.0]}'""", """'{"b": [1], "a": 1}'""")],
          [("'[1, 2]'", "'[2, 1]'"), ("'null'", "NULL"), ("""'{"a": 1}'""", """'{"a": "1"}'"""), ("'{}'", "'[]'")]),
    Claim("integer[]", "integer[]", "the same items in the same order", same("'{1,2}'", "'{}'", "'{NULL}'"),
          [("'{1,2}'", "'{2,1}'"), ("'{}'", "'{NULL}'"), ("'{}'", "NULL")]),
    Claim("int4range", "int4range", "the same values", [("'[1,3)'", "'[1,2]'"), ("'empty'", "'[1,1)'")],
          [("'[1,3)'", "'[1,3]'"), ("'[1,)'", "'[1,2)'")]),
    Claim("numrange, tstzrange", "numrange, tstzrange", "the same bounds as PostgreSQL writes them", same("'[1.5,2)'"),
          [("'[1.5,2)'", "'(1.5,2)'"), ("'[1.0,2)'", "'[1,2)'")]),
    Claim("inet and other types", "the same type", "the same text as PostgreSQL writes it", same("'10.0.0.1/8'"),
          [("'10.0.0.1/8'", "'10.0.0.1'")]),
]  # fmt: skip
POSTGRES_TO_MONGO = [
    Claim("boolean", "bool", "the same", [("true", True), ("NULL", None)], [("true", False), ("false", 0)]),
    Claim("smallint, integer, bigint", "int, long, double, decimal", "the same number, whatever its width",
          [("7", 7), ("7", Int64(7)), ("7", 7.0), ("7", Decimal128("7.0"))], [("7", 8), ("7", "7")]),
    Claim("bigint", "long, double", "the same number; a double ends at 2^53", [("9007199254740993", Int64(2**53 + 1))],
          [("9007199254740993", float(2**53))]),
    Claim("numeric(p, s)", "decimal", "the same number, whatever its trailing zeros",
          [("1.10", Decimal128("1.1")), ("'NaN'", Decimal128("NaN"))], [("1.10", Decimal128("1.11"))]),
    Claim("numeric", "double", "the shortest decimal that reads back as the same double", [("0.1", 0.1), ("3", 3.0)],
          [("0.1000000000000000055", 0.1)]),
    Claim("double precision", "double", "the same number to the last bit",
          [("0.1", 0.1), ("'NaN'", float("nan")), ("'-0'", 0.0), ("'Infinity'", float("inf"))],
          [("0.1", 0.10000000000000002), ("'Infinity'", float("-inf"))]),
    Claim("real", "double", "the number that 32 bits hold", [("0.5", 0.5)], [("0.1", 0.1)]),
    Claim("text, varchar(n)", "string", "the same UTF-8 bytes; other normal forms, blanks and case differ",
          [("'Zoë 🙂'", "Zoë 🙂"), ("''", "")], [("'é'", "e\u0301"), ("''", None), ("'a'", "A"), ("'1'", 1)]),
    Claim("char(n)", "string", "the same without the blanks that fill it up", [("'ab'", "ab")], [("'ab'", "ab  ")]),
    Claim("enum", "string", "the same label", [("'open'", "open")], [("'open'", "Open")]),
    Claim("bytea", "binary of subtype 0", "the same bytes; other subtypes equal nothing",
          [(r"'\x00ff'", b"\x00\xff"), (r"'\x'", b"")], [(r"'\x00'", b"\x00\x00"), (r"'\x01'", Binary(b"\x01", 128))]),
    Claim("uuid", "binary of subtype 4", "the same 16 bytes", [(f"'{UUID}'", UUID)], [(f"'{UUID}'", uuid.UUID(int=1))]),
    Claim("uuid", "binary of subtype 3", "never: the order of its bytes is known to its writer only", [],
          [(f"'{UUID}'", _old_uuid(UUID))]),
    Claim("uuid", "string, with `new_transform: [uuid]`", "the UUID that the text spells", [(f"'{UUID}'", UUID.hex)],
          [(f"'{UUID}'", "none")], {"new_transform": {"v": ("uuid",)}}),
    Claim("timestamptz, timestamp", "date", "the same instant; without a zone it counts as UTC",
          [("'2026-01-31 23:59:59.123+00'", AT), ("'0001-01-01 00:00+00'", datetime(1, 1, 1))],
          [("'2026-01-31 23:59:59.123456+00'", AT), ("'2026-01-31 23:59:59.123+01'", AT)]),
    Claim("timestamptz", "date, with `truncate: milliseconds`", "the same, cut to the millisecond",
          [("'2026-01-31 23:59:59.123999+00'", AT)], [("'2026-01-31 23:59:59.124+00'", AT)],
          {"truncate": {"v": "milliseconds"}}),
    Claim("date", "date at midnight UTC", "the same day", [("'2026-01-31'", MIDNIGHT)], [("'2026-01-31'", AT)]),
    Claim("date", "string", "the day that the text spells", [("'2026-01-31'", "2026-01-31")],
          [("'2026-01-31'", "31.01.2026")]),
    Claim("time", "string", "the time that the text spells", [("'23:59:00'", "23:59")], [("'23:59'", "23:58")]),
    Claim("interval", "string", "the months, days and microseconds that the text (ISO 8601) spells",
          [("'1 month 2 days 3.5 seconds'", "P1M2DT3.5S"), ("'1 year'", "P12M")], [("'1 day'", "PT24H")]),
    Claim("text of 24 hexadecimal digits", "objectId", "the same 12 bytes", [(f"'{HEX}'", ObjectId(HEX))],
          [("'65a1b2c3d4e5f60718293a4c'", ObjectId(HEX))]),
    Claim("bytea of 12 bytes", "objectId", "the same 12 bytes", [(f"'\\x{HEX}'", ObjectId(HEX))],
          [(r"'\x00'", ObjectId(HEX))]),
    Claim("jsonb, json", "object, array", "the same members in any order, the same items in this order, exact numbers",
          [("""'{"a": 1, "b": [1.5, null]}'""", {"b": [1.5, None], "a": 1}), ("'[1]'", [1.0])],
          [("'[1, 2]'", [2, 1]), ("""'{"a": 1}'""", {"a": "1"}), ("'{}'", {"a": None}), ("'{}'", [])]),
    Claim("integer[], text[]", "array", "the same items in the same order", [("'{1,2}'", [1, 2]), ("'{}'", [])],
          [("'{1,2}'", [2, 1]), ("'{}'", [None]), ("'{}'", None)]),
    Claim("int4range and other ranges", "string", "the text that PostgreSQL writes", [("'[1,2]'", "[1,3)")],
          [("'[1,2]'", "[1,2]")]),
    Claim("NULL", "null", "always", [("NULL", None)], [("NULL", MISSING), ("NULL", "")]),
    Claim("NULL", "null or missing, with `missing_is_null`", "always", [("NULL", None), ("NULL", MISSING)],
          [("NULL", ""), ("'x'", MISSING)], {"missing_is_null": True}),
]  # fmt: skip
BOTH_MONGO = [
    Claim("int", "long, double, decimal", "the same number, whatever its width",
          [(7, Int64(7)), (7, 7.0), (7, Decimal128("7.00")), (0.0, -0.0)], [(7, 8.0), (7, True), (7, "7")]),
    Claim("double", "decimal", "the shortest decimal that reads back as the same double", [(0.1, Decimal128("0.10"))],
          [(0.1, Decimal128("0.10000000000000001")), (float("nan"), 0.0)]),
    Claim("decimal", "decimal", "the same number, whatever its trailing zeros",
          [(Decimal128("1.0"), Decimal128("1.000"))], [(Decimal128("Infinity"), Decimal128("-Infinity"))]),
    Claim("string", "string", "the same UTF-8 bytes", same("Zoë", ""), [("é", "e\u0301"), ("", None)]),
    Claim("object", "object", "the same members in any order", [({"a": 1, "b": 2}, {"b": 2, "a": 1})],
          [({"a": 1}, {"a": 1, "b": None}), ({}, None)]),
    Claim("array", "array", "the same items in the same order", same([1, [2]], []), [([1, 2], [2, 1]), ([], [None])]),
    Claim("null", "missing", "only with `missing_is_null`", same(None, MISSING), [(None, MISSING), (MISSING, "")]),
    Claim("null", "missing, with `missing_is_null`", "always", [(None, MISSING)], [(MISSING, 0)],
          {"missing_is_null": True}),
    Claim("date", "date", "the same millisecond", same(AT), [(AT, AT.replace(microsecond=124_000))]),
    Claim("objectId", "objectId", "the same 12 bytes", same(ObjectId(HEX)), [(ObjectId(HEX), HEX)]),
    Claim("binary of subtype 3", "binary of subtype 3", "the same bytes; subtype 4 differs", same(_old_uuid(UUID)),
          [(_old_uuid(UUID), UUID)]),
    Claim("binary of any subtype", "the same subtype", "the same bytes", same(Binary(b"\x01", 128), b"\x01"),
          [(Binary(b"\x01", 128), b"\x01"), (b"", None)]),
    Claim("regex, code, timestamp, minKey, maxKey", "the same type", "the same content",
          same(Regex("a", "i"), Code("f()"), Timestamp(1, 2), MinKey(), MaxKey()),
          [(Regex("a", "i"), Regex("a")), (Timestamp(1, 2), Timestamp(1, 3)), (MinKey(), MaxKey())]),
]  # fmt: skip
SECTIONS = {(PG, PG): BOTH_POSTGRES, (PG, MONGO): POSTGRES_TO_MONGO, (MONGO, MONGO): BOTH_MONGO}


def table() -> str:
    """Return the table as the page shows it."""
    lines = [f"| old | new | equal means | equal | not equal |{chr(10)}|---|---|---|---|---|"]
    for (old, new), claims in SECTIONS.items():
        lines += [f"| **{old}** | **{new}** | | | |"]
        lines += [f"| {' | '.join(_cells(claim, (old, new)))} |" for claim in claims]
    return "\n".join(lines)


def _cells(claim: Claim, engines: tuple[str, str]) -> Iterator[str]:
    yield from (claim.old, claim.new, claim.means)
    for values, sign in ((claim.equal, "="), (claim.unequal, "≠")):
        shown = []
        for one, other in values[:2]:
            left, right = _shown(one, engines[0]), _shown(other, engines[1])
            shown.append(f"{left} on both sides" if left == right and sign == "=" else f"{left} {sign} {right}")
        yield ", ".join(shown) or "–"


def _shown(value: Any, engine: str) -> str:
    if engine == PG:
        text = str(value).replace("|", "\\|")
        text = {"NULL": text}.get(text, f"`{text}`")
    elif value is MISSING:
        return "missing"
    elif value is None:
        return "null"
    elif isinstance(value, Int64):
        text = f"`{int(value)}`"
    elif isinstance(value, uuid.UUID):
        text = f"`UUID('{value}')`"
    elif isinstance(value, str) and not unicodedata.is_normalized("NFC", value):
        text = f"`{value!a}`"
    else:
        text = f"`{value!r}`"
    return text.replace("datetime.datetime", "datetime")
