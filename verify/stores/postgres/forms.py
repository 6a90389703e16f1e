"""The form in which two PostgreSQL columns are hashed, so that equal values have equal bytes on both servers.

A form is a cast to one built-in type, the same on both sides. `exact`: the bytes are equal if and only if the values
are equal as `equality.canonical` means it. A form that is not exact may tell apart what is equal (1.0 and 1.00 within
JSON), never the other way round; the rows it suspects are compared by value.
"""

from __future__ import annotations

import msgspec

from verify.stores.postgres.types import PgType
from verify.stores.sql import quote


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How a column is hashed. `cast` and `send` contain `{}` where the column stands; `hasher` is the function that
    hashes it with a seed, "" where its bytes are hashed instead; `empty` is a value of the type of `cast`."""

    name: str
    cast: str = "{}"
    send: str = ""
    hasher: str = ""
    empty: str = "''"
    exact: bool = True

    def of(self, column: str) -> str:
        """Return the SQL of the column in this form."""
        return self.cast.format(quote(column))


TEXT = Form(name="text", cast='({}::text COLLATE "C")', send="textsend({})", hasher="hashtextextended")
OTHER = Form(
    name="other", cast='({}::text COLLATE "C")', send="textsend({})", hasher="hashtextextended", exact=False
)
INT4 = Form(name="int4", cast="{}::int4", send="int4send({})", hasher="hashint4extended", empty="0")
INT8 = Form(name="int8", cast="{}::int8", send="int8send({})", empty="0")
BOOL = Form(name="bool", cast="{}", send="boolsend({})", empty="false")
NUMERIC = Form(name="numeric", cast="{}::numeric", send="numeric_send({})", empty="0")
TRIMMED = Form(name="numeric trimmed", cast="trim_scale({}::numeric)", send="numeric_send({})", empty="0")
FLOAT4 = Form(name="float4", cast="({} + '0'::float4)", send="float4send({})", empty="0")
# The sum of -0 and 0 is 0.
FLOAT8 = Form(name="float8", cast="({}::float8 + '0'::float8)", send="float8send({})", empty="0")
BYTES = Form(name="bytea", cast="{}::bytea", send="{}", empty="''")
DATE = Form(name="date", cast="{}::date", send="date_send({})", empty="'2000-01-01'")
TIME = Form(name="time", cast="{}::time", send="time_send({})", empty="'00:00'")
TIMETZ = Form(name="timetz", cast="{}::timetz", send="timetz_send({})", empty="'00:00+00'")
TIMESTAMP = Form(name="timestamp", cast="{}::timestamp", send="timestamp_send({})", empty="'2000-01-01'")
# The time zone of the session is UTC: a timestamp without a zone counts as that.
TIMESTAMPTZ = Form(name="timestamptz", cast="{}::timestamptz", send="timestamptz_send({})", empty="'2000-01-01'")
INTERVAL = Form(name="interval", cast="{}::interval", send="interval_send({})", empty="'0'")
UUID = Form(
    name="uuid", cast="{}::uuid", send="uuid_send({})", hasher="uuid_hash_extended",
    empty="'00000000-0000-0000-0000-000000000000'",
)  # fmt: skip

_SAME: dict[str, Form] = {
    "bool": BOOL, "bytea": BYTES, "date": DATE, "time": TIME, "timetz": TIMETZ, "timestamp": TIMESTAMP,
    "interval": INTERVAL, "uuid": UUID, "float4": FLOAT4,
}  # fmt: skip


def form_of(old: PgType, new: PgType) -> Form | None:
    """Return the form that serves both columns, None where only their values can be compared."""
    names = {old.name, new.name}
    if names <= {"int2", "int4"}:
        return INT4
    if names <= {"int2", "int4", "int8", "oid"}:
        return INT8
    if names == {"numeric"}:
        return NUMERIC if old.size and old.size[1:] == new.size[1:] else TRIMMED
    if names <= {"float4", "float8"} and len(names | {"float4"}) > 1:
        return FLOAT8
    if names == {"timestamp", "timestamptz"} or names == {"timestamptz"}:
        return TIMESTAMPTZ
    if old.is_text and new.is_text:
        return TEXT
    if len(names) != 1 or old.kind != new.kind:
        return None
    return _SAME.get(old.name, OTHER)
