"""What did not change since the last run need not be read again: buckets that were equal then, and in which neither
side has a row that is new or changed, or another number of rows.

`changed_column: xmin` asks PostgreSQL itself which transaction wrote each row: a row that no later transaction wrote
is the row that was compared, and where their number is the same too, nothing else can be there. A column such as
`updated_at` is believed instead. Every `full_every_days` everything is read.

Cannot see: with a column, a change that leaves it alone or sets it an hour and more into the past; with either, a
server whose disk was set back to an older image without a new timeline.
"""

from __future__ import annotations

import asyncio
import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
import msgspec

from shadow.config.model import TablePair
from verify.bounds import pack_key, unpack_key
from verify.comparison import Task
from verify.store import BucketDigest, Buckets, Key
from verify.stores.postgres.connection import RECOVER, translated
from verify.stores.postgres.native import Native
from verify.stores.postgres.pieces import Settled
from verify.stores.sql import quote

if TYPE_CHECKING:
    from verify.stores.postgres.store import PostgresSnapshot

XMIN = "xmin"
MOST_CHANGES = 200_000
"""Changed rows of a side that are placed in their buckets; with more of them the table is read in full."""
MARGIN_S = 3600.0
"""How long a transaction may have been open, a clock wrong, a copy behind, for a changed column to be believed."""
_ZONES_S = 15 * 3600.0
"""How far a timestamp without a zone may be from UTC."""
_COUNTED = 1024
"""Buckets whose rows are counted at a time."""
_HALF = 2**31 - 10_000_000
"""Transactions after which the age of a row is no longer known for certain."""

# What has to be the same for a row to be the same where its version is: the server and its history, the table, its
# columns with what fills them (a new column's default is in no row), the labels of enums.
_STATE = """
SELECT json_build_array(
         (SELECT system_identifier::text FROM pg_control_system()),
         CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id::text FROM pg_control_checkpoint())
              ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END,
         (SELECT oid::int8 FROM pg_database WHERE datname = current_database()),
         c.oid::int8,
         (SELECT json_agg(json_build_array(a.attnum, a.attname, a.atttypid::int8, a.atttypmod, a.attgenerated::text,
                                           pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
         (SELECT md5(string_agg(e.oid || e.enumlabel, ',' ORDER BY e.oid)) FROM pg_enum e))::text,
       c.relkind = 'r' AND NOT c.relhassubclass,
       pg_snapshot_xmin(pg_current_snapshot())::text::int8, pg_snapshot_xmax(pg_current_snapshot())::text::int8,
       extract(epoch FROM now())::float8
FROM pg_class c WHERE c.oid = $1
"""


class State(NamedTuple):
    """A side when it was read: what the table is, the oldest transaction that was open, the next one, the time."""

    mark: str
    is_plain: bool
    horizon: int
    next: int
    at: float


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a run for the next one, per bucket: whether both sides were equal, and how many rows they had."""

    compared: bytes
    states: tuple[State, State]
    full_at: float
    bounds: list[list[Any]]
    equal: list[bool]
    rows: tuple[list[int], list[int]]


class Memory:
    """The hints of one pair: what of the last run still holds, and what to keep of this one."""

    def __init__(self, task: Task, compared: str, natives: tuple[Native, Native], wanted: TablePair) -> None:
        column = wanted.changed_column
        self._columns = (column, wanted.rename.get(column, column))
        self._checkpoint = task.checkpoint
        self._wanted = wanted
        self._natives = natives
        self._compared = hashlib.blake2b(f"{compared} {wanted.changed_column}".encode(), digest_size=16).digest()
        self._kept: Kept | None = None
        self._states: tuple[State, State] | None = None
        self._full_at = time()
        self._why_not = "the run was resumed, or ranges cannot be read through an index"
        self._bounds: tuple[Key, ...] = ()
        self._equal: dict[int, bool] = {}
        self._rows: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.settled: tuple[Settled, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether a hint is wanted, so that each bucket has to be known for itself."""
        return bool(self._wanted.changed_column)

    @property
    def bounds(self) -> tuple[Key, ...]:
        """How the table was cut, where that is still of use."""
        return () if self._kept is None else tuple(tuple(map(unpack_key, key)) for key in self._kept.bounds)

    @property
    def unread(self) -> int:
        """How many rows of the old side are not read."""
        return sum(one.rows[0] for one in self.settled)

    @property
    def words(self) -> str:
        """What the result has to say of it; "" where no hint is wanted."""
        if not self._wanted.changed_column:
            return ""
        if self._kept is None:
            return f"; all rows read: {self._why_not}"
        kept = self._kept
        since = _when(min(state.at for state in kept.states))
        by = "no later transaction wrote them" if self._wanted.changed_column == XMIN else (
            f"{self._wanted.changed_column} says that they did not change, which is believed"
        )  # fmt: skip
        full = _when(kept.full_at)
        return f"; {self.unread:,} rows not read: equal on {since}, and {by}; all rows were read on {full}"

    async def recall(self, old: PostgresSnapshot, new: PostgresSnapshot) -> None:
        """Find out whether what is kept still holds. Raises StoreError."""
        if not self._wanted.changed_column:
            return
        states = [await _state(one, native) for one, native in zip((old, new), self._natives, strict=True)]
        if states[0] is None or states[1] is None:
            self._why_not = "this user must not ask a server who it is (pg_control_system)"
            return
        self._states = (states[0], states[1])
        content = self._checkpoint.remembered()
        kept = msgspec.msgpack.decode(content, type=Kept) if content else None
        self._why_not = self._reason(kept, self._states)
        if not self._why_not and kept is not None:
            self._kept, self._full_at = kept, kept.full_at

    def _reason(self, kept: Kept | None, states: tuple[State, State]) -> str:
        """Return why everything has to be read, "" where it has not."""
        for column, native in zip(self._columns, self._natives, strict=True):
            known = native.table.types.get(column)
            if column != XMIN and (known is None or known.name not in ("timestamptz", "timestamp")):
                return f"{column} is neither xmin nor a timestamp of {native.table.name}"
            if native.selection.where:
                return "with `where` a row may come and go without a change"
        if not all(state.is_plain for state in states):
            return "a table has partitions or children"
        if kept is None:
            return "nothing is kept of an earlier run"
        if kept.compared != self._compared:
            return "the last run compared something else"
        if any(now.mark != then.mark for now, then in zip(states, kept.states, strict=True)):
            return "a table or its server is another one than in the last run"
        if any(not then.next <= now.next < then.horizon + _HALF for now, then in zip(states, kept.states, strict=True)):
            return "the transactions since the last run cannot be told from older ones"
        if time() - kept.full_at >= self._wanted.full_every_days * 86_400:
            return f"the last time was {_when(kept.full_at)}"
        return ""

    async def look(self, old: PostgresSnapshot, new: PostgresSnapshot, bounds: tuple[Key, ...]) -> None:
        """Ask both sides which buckets of these have not changed. Raises StoreError."""
        self._bounds = bounds
        if self._kept is None:
            return
        kept, buckets = self._kept, Buckets(bounds=bounds)
        changed = await asyncio.gather(*(self._changed(at, one, kept) for at, one in enumerate((old, new))))
        if any(one is None for one in changed):
            self._kept, self._full_at = None, time()
            self._why_not = f"more than {MOST_CHANGES:,} rows changed"
            return
        counts = await asyncio.gather(*(self._counts(at, one, buckets) for at, one in enumerate((old, new))))
        moved = {bisect_right(bounds, key) for keys in changed if keys is not None for key in keys}
        still = [
            kept.equal[at] and at not in moved
            and all(counts[side][at] == kept.rows[side][at] for side in (0, 1))
            for at in range(buckets.total)
        ]  # fmt: skip
        spans: list[list[int]] = []
        for at in range(buckets.total):
            if still[at]:
                self._note(at, True, (counts[0][at], counts[1][at]))
                if spans and spans[-1][1] == at - 1:
                    spans[-1][1] = at
                else:
                    spans.append([at, at])
        self.settled = tuple(
            Settled(first, last, (sum(counts[0][first : last + 1]), sum(counts[1][first : last + 1])))
            for first, last in spans
        )

    async def _changed(self, at: int, snapshot: PostgresSnapshot, kept: Kept) -> list[Key] | None:
        """Return the keys of the rows that a side has written since, None for too many."""
        native, column, then = self._natives[at], self._columns[at], kept.states[at]
        value: Any
        if column == XMIN:
            # Transactions 0 to 2 are none: their age is not that of a row.
            condition, value = "age(t.xmin) <= age($1::text::xid)", str(max(3, then.horizon % 2**32))
        else:
            zoned = native.table.types[column].name == "timestamptz"
            value = then.at - MARGIN_S - (0 if zoned else _ZONES_S)
            bound = "to_timestamp($1::float8)" + ("" if zoned else " AT TIME ZONE 'UTC'")
            condition = f"(t.{quote(column)} >= {bound} OR t.{quote(column)} IS NULL)"
        statement = f"{native.keys_where(condition)} LIMIT {MOST_CHANGES + 1}"
        async with translated(snapshot.label, snapshot.connection):
            found = [tuple(row) for row in await snapshot.connection.fetch(statement, value)]
        return found if len(found) <= MOST_CHANGES else None

    async def _counts(self, at: int, snapshot: PostgresSnapshot, buckets: Buckets) -> list[int]:
        """Return how many rows each bucket has."""
        native, found = self._natives[at], [0] * buckets.total
        async with translated(snapshot.label, snapshot.connection):
            for end in sorted({0, buckets.total - 1}):
                statement, values = native.end_count(buckets.range_of(end, end))
                found[end] = await snapshot.connection.fetchval(statement, *values)
            for start in range(1, buckets.total - 1, _COUNTED):
                await snapshot.brake.passes()
                last = min(start + _COUNTED, buckets.total - 1)
                lows, highs = buckets.bounds[start - 1 : last - 1], buckets.bounds[start:last]
                arrays = [list(column) for keys in (lows, highs) for column in zip(*keys, strict=True)]
                for place, n in await snapshot.connection.fetch(native.range_counts(), *arrays):
                    found[start + place - 1] = n
        return found

    def took(self, first: int, old: Sequence[BucketDigest], new: Sequence[BucketDigest]) -> None:
        """Note the digests of a run of buckets."""
        for at, (one, other) in enumerate(zip(old, new, strict=True), start=first):
            self._note(at, one == other, (one.rows, other.rows))

    def _note(self, bucket: int, equal: bool, rows: tuple[int, int]) -> None:
        self._equal[bucket] = equal
        self._rows[0][bucket], self._rows[1][bucket] = rows

    def keep(self) -> None:
        """Keep what this run found out for the next one, where it found out all of it."""
        total = len(self._bounds) + 1
        if self._states is None or len(self._equal) != total:
            return
        packed = [[pack_key(part) for part in key] for key in self._bounds]
        if any(part is None for key in packed for part in key):
            return
        kept = Kept(
            compared=self._compared, states=self._states, full_at=self._full_at, bounds=packed,
            equal=[self._equal[at] for at in range(total)],
            rows=([self._rows[0][at] for at in range(total)], [self._rows[1][at] for at in range(total)]),
        )  # fmt: skip
        self._checkpoint.remember(msgspec.msgpack.encode(kept))


def memory_of(task: Task, compared: str, natives: tuple[Native, Native]) -> Memory:
    """Return the hints of a pair, as its configuration wants them."""
    table = task.old.selection.table
    wanted = next((one for one in task.settings.tables if one.old == table), TablePair(old=table))
    return Memory(task, compared, natives, wanted)


async def _state(snapshot: PostgresSnapshot, native: Native) -> State | None:
    async with translated(snapshot.label, snapshot.connection):
        try:
            return State(*await snapshot.connection.fetchrow(_STATE, native.table.oid))
        except asyncpg.InsufficientPrivilegeError:
            await snapshot.connection.execute(RECOVER)
            return None


def _when(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


