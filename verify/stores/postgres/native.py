"""The statements of a comparison inside PostgreSQL, as text. Nothing here touches a database.

Buckets are ranges of keys that an index serves; where no index does, a bucket is a hash of the key.
"""

from __future__ import annotations

from collections.abc import Sequence

from verify.store import KeyRange, Selection
from verify.stores.postgres.digest import ONCE, Hashed, RowHash, Strength, row_hash
from verify.stores.postgres.schema import PgTable
from verify.stores.postgres.sql import Statement, from_table, within
from verify.stores.postgres.types import array_of, ordering, reading
from verify.stores.sql import within_parentheses

_MODULUS = 2**64


class Native:
    """The statements for one side of a pair."""

    def __init__(
        self, table: PgTable, selection: Selection, columns: Sequence[Hashed], strength: Strength, salt: bytes
    ) -> None:
        self.table = table
        self.selection = selection
        self.strength = strength
        self.columns = tuple(columns)
        self.exact = all(one.form.exact for one in columns)
        self._hash = row_hash(columns, strength, salt)
        # The identity of a row is hashed with another seed, so that buckets and lanes are independent.
        self._identity = row_hash(columns[: selection.key_width] or columns, strength, salt[::-1])
        self._source = from_table(table)
        if selection.where:
            self._source = f"(SELECT * FROM {self._source} WHERE{within_parentheses(selection.where)})"  # noqa: S608
        self._keys = [ordering(name, table.types[name]) for name in selection.key]

    def range_digests(self) -> str:
        """Return the statement that digests n - 1 ranges, whose n bounds are its parameters (an array per key
        column): one value, with 4 bytes of count and 8 per lane for each range."""
        width = range(len(self._keys))
        arrays = ", ".join(
            f"${at + 1}::{array_of(self.table.types[name])}" for at, name in enumerate(self.selection.key)
        )
        low = ", ".join(f"k{at}" for at in width)
        high = ", ".join(f"lead(k{at}) OVER w AS h{at}" for at in width)
        bounds = (
            f"SELECT {low}, {high}, at, count(*) OVER () AS last FROM unnest({arrays}) WITH ORDINALITY AS u({low}, at)"  # noqa: S608
            " WINDOW w AS (ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
        )
        return (
            f"SELECT string_agg({self._packed()}, ''::bytea ORDER BY r.at) FROM ({bounds}) AS r"  # noqa: S608
            f" CROSS JOIN LATERAL ({self._sums(self._within_r())}) AS d WHERE r.at < r.last"
        )

    def end_digest(self, keys: KeyRange) -> Statement:
        """Return the statement that digests one range, whose ends may be open."""
        condition, values = within(self.table, self.selection, keys)
        return f"SELECT {self._packed()} FROM ({self._sums(condition or 'true')}) AS d", values  # noqa: S608

    def range_hashes(self, keys: KeyRange) -> Statement:
        """Return the statement that reads key and lanes of each row of one range, whose ends may be open: one row, with
        an array per key column and the lanes packed as in `Hashes`."""
        condition, values = within(self.table, self.selection, keys)
        return self._hashes(condition or "true"), values

    def ranges_hashes(self) -> str:
        """Return the statement that reads the same of many ranges, its parameters: an array of lower bounds per key
        column, then one of upper bounds per key column. Rows of the place of a range, from 1, arrays and lanes."""
        width = range(len(self._keys))
        types = [array_of(self.table.types[name]) for name in self.selection.key] * 2
        arrays = ", ".join(f"${at + 1}::{kind}" for at, kind in enumerate(types))
        names = ", ".join([*(f"k{at}" for at in width), *(f"h{at}" for at in width)])
        hashes = self._hashes(self._within_r())
        return (
            f"SELECT r.at, d.* FROM unnest({arrays}) WITH ORDINALITY AS r({names}, at)"  # noqa: S608
            f" CROSS JOIN LATERAL ({hashes}) AS d"
        )

    def keys_where(self, condition: str) -> str:
        """Return the statement that reads the keys of the rows of a condition on `t`."""
        return f"SELECT {', '.join(self._keys)} FROM {self._source} AS t WHERE {condition}"  # noqa: S608

    def end_count(self, keys: KeyRange) -> Statement:
        """Return the statement that counts the rows of one range, whose ends may be open."""
        condition, values = within(self.table, self.selection, keys)
        return f"SELECT count(*) FROM {self._source} AS t WHERE {condition or 'true'}", values  # noqa: S608

    def range_counts(self) -> str:
        """Return the statement that counts the rows of many ranges; parameters as of `ranges_hashes`. Rows of the place
        of a range, from 1, and the count."""
        width = range(len(self._keys))
        types = [array_of(self.table.types[name]) for name in self.selection.key] * 2
        arrays = ", ".join(f"${at + 1}::{kind}" for at, kind in enumerate(types))
        names = ", ".join([*(f"k{at}" for at in width), *(f"h{at}" for at in width)])
        counted = f"SELECT count(*) AS n FROM {self._source} AS t WHERE {self._within_r()}"  # noqa: S608
        return (
            f"SELECT r.at, d.n FROM unnest({arrays}) WITH ORDINALITY AS r({names}, at)"  # noqa: S608
            f" CROSS JOIN LATERAL ({counted}) AS d"
        )

    def hashed_digests(self, buckets: int) -> str:
        """Return the statement that digests buckets of hashed keys: rows of bucket and packed digest."""
        lanes = ", ".join(f"sum({lane}) AS s{at}" for at, lane in enumerate(self._lanes_outside))
        inner = self._with_bucket(buckets)
        grouped = f"SELECT bucket, count(*) AS n, {lanes} FROM ({inner}) AS x GROUP BY bucket"  # noqa: S608
        return f"SELECT d.bucket, {self._packed()} FROM ({grouped}) AS d"  # noqa: S608

    def hashed_hashes(self, buckets: int) -> str:
        """Return the statement that reads key and lanes of the rows in some buckets, its parameter."""
        columns = ", ".join([*self._aliases, *self._lanes_outside])
        return f"SELECT {columns} FROM ({self._with_bucket(buckets)}) AS x WHERE bucket = ANY ($1::int4[])"  # noqa: S608

    def rows_by_hash(self) -> str:
        """Return the statement that reads the rows whose first lane is among its parameter, the lane in front."""
        once = f", {self._hash.once} AS {ONCE}" if self._hash.once else ""
        lane = self._hash.lanes[0]
        inner = f"SELECT *{once} FROM {self._source} AS t"  # noqa: S608
        return f"SELECT {lane}, {self._values()} FROM ({inner}) AS t WHERE {lane} = ANY ($1::int8[])"  # noqa: S608

    def of_rows(self, source: str) -> str:
        """Return the statement that digests made-up rows: SQL with the columns of the table and `shadow_case`."""
        lanes = ", ".join(f"sum({lane}) AS s{at}" for at, lane in enumerate(self._hash.lanes))
        once = f", {self._hash.once} AS {ONCE}" if self._hash.once else ""
        inner = f"SELECT *{once} FROM ({source}) AS t"  # noqa: S608
        sums = f"SELECT shadow_case, count(*) AS n, {lanes} FROM ({inner}) AS x GROUP BY shadow_case"  # noqa: S608
        return f"SELECT d.shadow_case, {self._packed()} FROM ({sums}) AS d ORDER BY 1"  # noqa: S608

    @property
    def _lanes_outside(self) -> list[str]:
        """The lanes, where the rows come from `_with_bucket`."""
        return list(self._hash.lanes) if self._hash.once else [f"l{at}" for at in range(len(self._hash.lanes))]

    @property
    def _aliases(self) -> list[str]:
        return [f"k{at}" for at in range(len(self._keys))]

    def _sums(self, condition: str) -> str:
        """Return count and sums of the lanes over the rows of a condition."""
        lanes = ", ".join(f"COALESCE(sum({lane}), 0) AS s{at}" for at, lane in enumerate(self._hash.lanes))
        if not self._hash.once:
            return f"SELECT count(*) AS n, {lanes} FROM {self._source} AS t WHERE {condition}"  # noqa: S608
        # OFFSET 0 keeps the planner from computing the bytes once per lane.
        inner = f"SELECT {self._hash.once} AS {ONCE} FROM {self._source} AS t WHERE {condition} OFFSET 0"  # noqa: S608
        return f"SELECT count(*) AS n, {lanes} FROM ({inner}) AS x"  # noqa: S608

    def _hashes(self, condition: str) -> str:
        """Return the arrays of keys and the packed lanes of the rows of a condition, both in one order."""
        columns = [f"{column} AS k{at}" for at, column in enumerate(self._keys)]
        if self._hash.once:
            columns.append(f"{self._hash.once} AS {ONCE}")
        else:
            columns += [f"{lane} AS l{at}" for at, lane in enumerate(self._hash.lanes)]
        fence = " OFFSET 0" if self._hash.once else ""
        rows = f"SELECT {', '.join(columns)} FROM {self._source} AS t WHERE {condition}{fence}"  # noqa: S608
        packed = " || ".join(f"int8send({lane})" for lane in self._lanes_outside)
        arrays = ", ".join(f"array_agg(x.k{at}) AS k{at}" for at in range(len(self._keys)))
        return f"SELECT {arrays}, string_agg({packed}, ''::bytea) AS lanes FROM ({rows}) AS x"  # noqa: S608

    def _with_bucket(self, buckets: int) -> str:
        """Return all rows as bucket, key and what the lanes need."""
        assert buckets & (buckets - 1) == 0, "a power of two"
        columns = [f"(({_inlined(self._identity)}) & {buckets - 1})::int4 AS bucket"]
        columns += [f"{column} AS k{at}" for at, column in enumerate(self._keys)]
        if self._hash.once:
            columns.append(f"{self._hash.once} AS {ONCE}")
            return f"SELECT {', '.join(columns)} FROM {self._source} AS t OFFSET 0"  # noqa: S608
        columns += [f"{lane} AS l{at}" for at, lane in enumerate(self._hash.lanes)]
        return f"SELECT {', '.join(columns)} FROM {self._source} AS t"  # noqa: S608

    def _values(self) -> str:
        types = self.table.types
        return ", ".join(reading(one.column, types[one.column]) for one in self.selection.readings)

    def _packed(self) -> str:
        """Return count and lanes of `d` as bytes, each sum modulo 2**64 and shifted into the range of a bigint."""
        lanes = "".join(
            f" || int8send((mod(mod(d.s{at}, {_MODULUS}) + {_MODULUS}, {_MODULUS}) - {2**63})::int8)"
            for at in range(len(self._hash.lanes))
        )
        return f"int4send(d.n::int4){lanes}"

    def _within_r(self) -> str:
        """Return the condition that a row lies in the range `r`."""
        low, high = ([f"r.{letter}{at}" for at in range(len(self._keys))] for letter in "kh")
        keys = self._row(self._keys)
        return f"{keys} >= {self._row(low)} AND {keys} < {self._row(high)}"

    @staticmethod
    def _row(parts: Sequence[str]) -> str:
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def _inlined(identity: RowHash) -> str:
    """Return the first lane with what it is computed from written out."""
    return identity.lanes[0].replace(ONCE, identity.once) if identity.once else identity.lanes[0]
