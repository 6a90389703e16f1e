"""Which columns can be compared in bulk, and comparing them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from verify.classes import TypeClass
from verify.columnar import documents as bson
from verify.columnar import equality
from verify.columnar.documents import Field
from verify.columnar.equality import Same
from verify.columnar.json_text import same_json
from verify.columnar.records import Records
from verify.columnar.values import reader_of
from verify.columnar.words import Buffer, Ints, Mask
from verify.store import Reading
from verify.stores.postgres.types import PgType

_INTEGERS = {
    "int2": equality.integer(2),
    "int4": equality.integer(4),
    "int8": equality.integer(8),
    "oid": equality.oid,
}


class Column(msgspec.Struct, frozen=True):
    """One pair of columns: the field's name in the documents, and how each BSON type in it is compared."""

    field: bytes
    same: dict[int, Same]
    missing_is_null: bool


def columns_of(types: Sequence[PgType], rows: Sequence[Reading], documents: Sequence[Reading]) -> list[Column] | None:
    """Return how each column is compared, None where one of them cannot be compared in bulk."""
    found = []
    for kind, one, other in zip(types, rows, documents, strict=True):
        same = comparisons(kind, one, other)
        if not same or reader_of(kind) is None or "\0" in other.column:
            return None
        found.append(Column(other.column.encode(), same, other.missing_is_null))
    return found


def comparisons(kind: PgType, one: Reading, other: Reading) -> dict[int, Same]:
    """Return the comparisons of a PostgreSQL column with each BSON type that may be equal to it, none where it is
    read in a way that is not known here."""
    if not _is_known(one) or not _is_known(other) or one.step_us != other.step_us:
        return {}
    if kind.name in _INTEGERS:
        return equality.same_integers(_INTEGERS[kind.name])
    if kind.name in ("timestamp", "timestamptz") and not other.carried:
        return {bson.DATE: equality.timestamp_with_date(one.step_us)}
    if kind.name == "date" and other.kind is TypeClass.date and other.carried:
        return {bson.DATE: equality.date_with_date}
    if kind.name == "jsonb":
        return same_json() if one.kind is TypeClass.json and one.carried else {}
    if one.carried or other.carried:
        return {}
    if kind.is_text:
        return {bson.STRING: equality.text_with_string}
    return _OTHERS.get(kind.name, {})


_OTHERS: dict[str, dict[int, Same]] = {
    "bool": {bson.BOOLEAN: equality.bool_with_bool},
    "float4": {bson.DOUBLE: equality.float4_with_double},
    "float8": {bson.DOUBLE: equality.float8_with_double},
    "numeric": {
        bson.DECIMAL: equality.numeric_with_decimal,
        bson.DOUBLE: equality.numeric_with_double,
        bson.INT: equality.numeric_with_integer(Buffer.int),
        bson.LONG: equality.numeric_with_integer(Buffer.long),
    },
    "uuid": {bson.BINARY: equality.uuid_with_binary},
    "bytea": {bson.BINARY: equality.bytea_with_binary},
}


def _is_known(reading: Reading) -> bool:
    """Return whether a column is read in no way but those that this package was written for."""
    return reading == Reading(
        column=reading.column, kind=reading.kind, carried=reading.carried, missing_is_null=reading.missing_is_null,
        step_us=reading.step_us,
    )  # fmt: skip


def equal(column: Column, records: Records, at: int, field: Field, buffer: Buffer, rows: Ints, others: Ints) -> Mask:
    """Return where column number `at` of some rows is certainly what the field of as many documents is."""
    place, length = records.at[at][rows], records.length[at][rows]
    kind, there = field.kind[others], field.at[others]
    known: Mask = np.zeros(len(rows), np.bool_)
    is_null = length < 0
    if is_null.any():
        known = is_null & (kind == bson.NULL)
        if column.missing_is_null:
            known |= is_null & (kind == bson.MISSING_FIELD)
    elif len(kind) and column.same.get(int(kind[0])) is not None and (kind == kind[0]).all():
        return column.same[int(kind[0])](records.buffer, place, length, buffer, there)
    for each, same in column.same.items():
        some = np.flatnonzero((kind == each) & ~is_null)
        if len(some):
            known[some] = same(records.buffer, place[some], length[some], buffer, there[some])
    return known
