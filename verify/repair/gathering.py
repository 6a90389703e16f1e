"""Which rows differ for good, compared anew and then read again with their values: what a repair is made of."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection
from typing import Literal

import msgspec

from shadow.config.model import Verify
from shadow.errors import ConfigError, StoreError
from shadow.records import CheckStatus
from verify.checks import rows
from verify.equality.canonical import MISSING, encode
from verify.planning.plan import Pair
from verify.progress import Progress, Step
from verify.repair.change import CannotWriteError, Change, Values
from verify.repair.held import Held, held_by
from verify.repair.lookup import mark_of
from verify.rows.rowdiff import RowDifference
from verify.rows.settling import can_be_asked_for
from verify.rows.tolerance import Tolerances
from verify.store import Key, Reading, Row, Selection, Snapshot
from verify.telling.render import keep

Side = Literal["old", "new"]


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A change to a row of a pair, with the key by which both sides know the row."""

    pair: str
    key: Key
    change: Change


class Gathered:
    """The changes found so far, why others are not among them, and how many rows were equal when read again."""

    def __init__(self, most: int) -> None:
        self.changes: list[Planned] = []
        self.left_out: Counter[str] = Counter()
        self.settled = 0
        self.most = most


def repairable(pair: Pair) -> str:
    """Return why the rows of a pair cannot be repaired, "" where they can."""
    if pair.old_source is not None or pair.new_source is not None:
        return "it is made of several tables or of arrays"
    if not pair.old_selection.key_width:
        return "it has no key"
    if not can_be_asked_for(pair.old_selection, pair.new_selection):
        return "its key is transformed"
    return ""


async def differing_keys(
    pair: Pair, settings: Verify, old: Snapshot, new: Snapshot, gathered: Gathered, progress: Progress
) -> dict[bytes, Key]:
    """Compare a pair and return the keys of the rows that differ for good. Raises StoreError, ConfigError."""
    keys: dict[bytes, Key] = {}
    width = pair.old_selection.key_width

    def take(difference: RowDifference) -> None:
        row = difference.old if difference.old is not None else difference.new
        if not difference.detailed or row is None:
            gathered.left_out["too many differ to know them by more than their hashes"] += 1
            return
        keys.setdefault(mark_of(row[:width]), row[:width])
        if len(gathered.changes) + len(keys) > gathered.most:
            raise ConfigError(
                f"More than {gathered.most:,} rows differ.",
                "Copy the table again rather than row by row, or raise --limit, which is held in memory.",
            )

    read, expected = 0, await old.estimate(pair.old.name) + await new.estimate(pair.new.name)

    def scanned(_side: str, n: int) -> None:
        nonlocal read
        read += n
        progress(Step(what="rows", pair=pair.name, check=rows.NAME, rows=read, expected=expected))

    progress(Step(what="began", pair=pair.name, check=rows.NAME))
    answer = await rows.check_rows(
        pair, old, new, salt=secrets.token_bytes(16), settings=settings, redact=keep, scanned=scanned, taken=take,
    )  # fmt: skip
    progress(Step(what="ended", pair=pair.name, check=rows.NAME))
    if answer.status is CheckStatus.error:
        raise StoreError(f"{pair.name} cannot be compared: {answer.reason}.", "Run shadow verify run first.")
    if answer.status is CheckStatus.inconclusive:
        gathered.left_out[f"{pair.name}: {answer.reason}"] += 1
    return keys


async def gather(
    pair: Pair,
    settings: Verify,
    old: Snapshot,
    new: Snapshot,
    side: Side,
    fixed: Collection[str],
    gathered: Gathered,
    progress: Progress,
) -> None:
    """Compare a pair and add what has to change on a side; `fixed` are its columns that nobody can write.

    Raises StoreError, ConfigError where more rows differ than are wanted.
    """
    keys = await differing_keys(pair, settings, old, new, gathered, progress)
    if not keys:
        return
    held = held_by(old, pair.max_ranges), held_by(new, pair.max_ranges)
    maker = _Maker(pair, side, fixed, held, same_engine=type(old) is type(new))
    found = [await one.rows(selection, keys) for one, selection in zip(held, maker.selections, strict=True)]
    for mark, key in keys.items():
        try:
            maker.add(key, found[0].get(mark, []), found[1].get(mark, []), gathered)
        except CannotWriteError as error:
            gathered.left_out[f"{error} cannot be written"] += 1


class _Maker:
    """Makes the changes of a pair out of the rows of both sides, as their stores hold them."""

    def __init__(
        self, pair: Pair, side: Side, fixed: Collection[str], held: tuple[Held, Held], *, same_engine: bool
    ) -> None:
        self._pair, self._fixed, self._same_engine = pair, fixed, same_engine
        self._target = 1 if side == "new" else 0
        wanted = [pair.old_selection, pair.new_selection]
        tables = pair.old, pair.new
        self._table = tables[self._target].name
        self._width = len(wanted[0].readings)
        known = {reading.column for reading in wanted[self._target].readings}
        others = [column.name for column in tables[self._target].columns if column.name not in known]
        # Of a row that is deleted everything is kept, also what was not compared.
        wanted[self._target] = msgspec.structs.replace(
            wanted[self._target],
            readings=(
                *wanted[self._target].readings,
                *(Reading(column=name) for name in others if name not in fixed),
            ),
        )
        self.selections: tuple[Selection, Selection] = (wanted[0], wanted[1])
        self._names = tuple(reading.column for reading in wanted[self._target].readings)
        self._readers = tuple(one.reader(wanted) for one, wanted in zip(held, self.selections, strict=True))
        self._held_by = held
        columns = tuple(reading.column for reading in pair.old_selection.readings)
        self._tolerances = Tolerances(columns, pair.tolerances)

    def add(self, key: Key, old: list[Row], new: list[Row], gathered: Gathered) -> None:
        """Add what has to change about the rows of a key."""
        if len(old) > 1 or len(new) > 1:
            gathered.left_out["several rows share the key"] += 1
            return
        sides = old[0] if old else None, new[0] if new else None
        source, target = sides[1 - self._target], sides[self._target]
        if source is None and target is None:
            gathered.settled += 1
            return
        names = self._names[: self._pair.old_selection.key_width]
        orders = [one.order(mark_of(key)) for one in self._held_by]
        before = {} if target is None else _ordered(self._held(target), orders[self._target])
        if source is None:
            self._plan(key, Change(kind="delete", table=self._table, key=names, before=before), gathered)
            return
        written = self._written(source)
        if target is None:
            after = _ordered(
                {name: value for name, value in written.items() if value is not MISSING},
                orders[1 - self._target] if self._same_engine and not self._pair.rename else (),
            )
            self._plan(key, Change(kind="insert", table=self._table, key=names, after=after), gathered)
            return
        places = self._differing(sides)
        if not places:
            gathered.settled += 1
            return
        after = {self._names[at]: written[self._names[at]] for at in places if self._names[at] in written}
        if len(after) < len(places):
            gathered.left_out["a column that differs is generated, or transformed on the side to be written"] += 1
        if after:
            self._plan(
                key, Change(kind="update", table=self._table, key=names, before=before, after=after), gathered
            )

    def _plan(self, key: Key, change: Change, gathered: Gathered) -> None:
        gathered.changes.append(Planned(pair=self._pair.name, key=key, change=change))

    def _held(self, row: Row) -> Values:
        """Return what the row to be changed holds, without what the engine itself computes."""
        return {name: value for name, value in zip(self._names, row, strict=True) if name not in self._fixed}

    def _differing(self, sides: tuple[Row | None, Row | None]) -> list[int]:
        one, other = sides
        assert one is not None and other is not None
        old, new = (read(row)[: self._width] for read, row in zip(self._readers, (one, other), strict=True))
        left = self._tolerances.beyond(RowDifference(old=old, new=new))
        if left is None or left.old is None or left.new is None:
            return []
        pairs = enumerate(zip(left.old, left.new, strict=True))
        return [at for at, (before, after) in pairs if encode(before) != encode(after)]

    def _written(self, row: Row) -> Values:
        """Return what is to be written: the value itself within an engine, else as both sides read it. Columns that
        cannot be written are left out."""
        read = self._readers[1 - self._target](row)
        values: Values = {}
        for at, name in enumerate(self._names[: self._width]):
            source, target = (self.selections[which].readings[at] for which in (1 - self._target, self._target))
            if name in self._fixed or target.transformed:
                continue
            as_stored = self._same_engine and not source.transformed
            values[name] = row[at] if as_stored else self._held_by[self._target].stored(read[at])
        return values


def _ordered(values: Values, order: tuple[str, ...]) -> Values:
    """Return the values in the order of a document's fields, others behind them."""
    if not order:
        return values
    return {name: values[name] for name in (*(each for each in order if each in values), *values)}
