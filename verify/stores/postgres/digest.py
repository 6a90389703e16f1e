"""The hash of a row, computed by PostgreSQL itself, in three strengths.

fast      one lane of 64 bits. The hash of each column is the seed of the next, so no separator is needed and values
          cannot trade places. The built-in hashes of numbers and instants fold or forget bits (5 and -5, 0 and
          4294967297 have one hash), so those columns are hashed by the bytes that the server would send of them.
default   two lanes of 64 bits over the bytes of the whole record.
portable  two lanes of 64 bits, the halves of the MD5 of the record's text: the same on every version and machine.

NULL is told from every value: by a mask of bits that is hashed first, or as a record does it. The first two use
functions that PostgreSQL does not document, so they are used only where both servers run the same major version and
agree on a probe; nothing of them is ever stored. Integers of a mask stay below 2**31, where their hash is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from verify.stores.postgres.forms import Form
from verify.stores.sql import quote

ONCE = "shadow_once"
"""What a row's bytes or text are called where several lanes are computed from them."""
_MASK_BITS = 30
_EPOCH_BITS = 2**63


class Strength(StrEnum):
    """How rows are hashed in the database."""

    fast = "fast"
    default = "default"
    portable = "portable"

    @property
    def lanes(self) -> int:
        """How many sums of 64 bits there are per bucket."""
        return 1 if self is Strength.fast else 2


class Hashed(msgspec.Struct, frozen=True, kw_only=True):
    """A column with the form in which it is hashed."""

    column: str
    form: Form
    nullable: bool = True


class RowHash(msgspec.Struct, frozen=True, kw_only=True):
    """The hash of a row in SQL. `once` is computed once per row and called ONCE in `lanes`; "" where none is needed."""

    once: str = ""
    lanes: tuple[str, ...]


def row_hash(columns: Sequence[Hashed], strength: Strength, salt: bytes) -> RowHash:
    """Return the SQL of the lanes of a row's hash; each is a bigint, never NULL."""
    first, second = (int.from_bytes(salt[at : at + 8], "little", signed=True) for at in (0, 8))
    if strength is Strength.fast:
        return RowHash(lanes=(_chain(columns, first),))
    record = f"ROW({', '.join(one.form.of(one.column) for one in columns)})"
    if strength is Strength.default:
        lanes = tuple(f"hash_record_extended(ROW({ONCE}), {_literal(seed)})" for seed in (first, second))
        return RowHash(once=f"record_send({record})", lanes=lanes)
    text = f"md5(convert_to('{salt.hex()}' || {record}::text, 'UTF8'))"
    halves = tuple(f"('x' || substr({ONCE}, {at}, 16))::bit(64)::int8" for at in (1, 17))
    return RowHash(once=text, lanes=halves)


def _chain(columns: Sequence[Hashed], seed: int) -> str:
    """Return one hash in which each column's seed is the hash of those before."""
    hashed = _literal(seed)
    bits = [f"({quote(one.column)} IS NULL)::int4" for one in columns if one.nullable]
    # Booleans are cheaper as bits of the mask than as columns of the chain.
    bits += [
        f"COALESCE({one.form.of(one.column)}, false)::int4" for one in columns if one.form.name == "bool"
    ]  # fmt: skip
    for start in range(0, len(bits), _MASK_BITS):
        part = bits[start : start + _MASK_BITS]
        mask = " | ".join(bit if at == 0 else f"({bit} << {at})" for at, bit in enumerate(part))
        hashed = f"hashint4extended({mask}, {hashed})"
    for one in columns:
        if one.form.name == "bool":
            continue
        value = one.form.of(one.column)
        if one.nullable:
            value = f"COALESCE({value}, {one.form.empty})"
        if one.form.hasher:
            hashed = f"{one.form.hasher}({value}, {hashed})"
        else:
            hashed = f"hash_record_extended(ROW({one.form.send.format(value)}), {hashed})"
    return hashed


def _literal(seed: int) -> str:
    return f"({seed})::int8" if seed != -_EPOCH_BITS else f"({-_EPOCH_BITS + 1})::int8"


PROBE = """
SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),
       ARRAY[hashtextextended('Zoë 🙂' COLLATE "C", 7), hashtextextended('', -1), hashint4extended(-5, 1099511627776),
             uuid_hash_extended('00112233-4455-6677-8899-aabbccddeeff', 3),
             hash_record_extended(ROW(int8send(4294967297)), 1), hash_record_extended(ROW(numeric_send(-1.50)), 2),
             hash_record_extended(ROW(timestamptz_send('2026-01-31 10:00:00.000001+00')), -3),
             hash_record_extended(ROW(record_send(ROW(1::int8, 'x'::text, NULL::text, 1.5::float8))), 4)]::text
"""
"""Asked of both servers: only where all of it is the same do their own hash functions agree."""
