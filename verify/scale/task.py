"""The work on one range of one side: a task that can be sent anywhere, and the function that does it.

A task names its store by URL and its state by a token; whoever runs it opens the store, reads the range, and answers
with digests. It keeps nothing, so it may be run again anywhere. What it shows of itself (in logs, on a dashboard) has
neither addresses nor keys in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Literal

import msgspec

from shadow.config.verification import Verify
from shadow.errors import ShadowError, StoreError
from verify.checkpoint import NoCheckpoint
from verify.comparison import Comparison, Divisible, Task
from verify.derived.counted import CountedParts
from verify.derived.snapshot import derived
from verify.derived.source import Source as Derived
from verify.equality.canonical import CanonicalError
from verify.offering import offered
from verify.rows.digest import Accumulator, RowHasher
from verify.rows.rowdiff import NotAKeyError, RowDifference, Side
from verify.scale.credentials import url_here
from verify.sharing import JoinsState, StateChanged
from verify.store import BucketDigest, Buckets, KeyOrderLost, KeyRange, Selection, Snapshot
from verify.stores import open_store

SideName = Literal["old", "new"]

MAX_DIFFERENCES = 1_000
"""Differing rows that a task answers with; a range with more of them is compared by the process that asked."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A store and the state of it to read. `is_stripped`: the URL lacks the password that it had."""

    side: SideName
    url: str
    token: str
    is_stripped: bool = False

    def __repr__(self) -> str:
        return f"Source({self.side})"


class RangeTask(msgspec.Struct, frozen=True, kw_only=True):
    """A range of keys of one side, and the buckets that it is digested into; of a table that is `derived`, where it is
    none of the store's own."""

    source: Source
    selection: Selection
    keys: KeyRange
    buckets: Buckets
    salt: bytes
    derived: Derived | None = None

    def __repr__(self) -> str:
        return f"RangeTask({self.source.side}, {self.selection.table}, {self.buckets.total} buckets)"


class PairTask(msgspec.Struct, frozen=True, kw_only=True):
    """A range of keys of both sides, to be compared in the way that their engines offer for it."""

    old: Source
    new: Source
    selections: tuple[Selection, Selection]
    keys: KeyRange
    salt: bytes

    def __repr__(self) -> str:
        return f"PairTask({self.selections[0].table})"


AnyTask = RangeTask | PairTask


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a task: digests of one side, with how many rows were read for them; or the rows of both, those
    that differ (with `too_many`: not all of them) and how many are alike; or in what way it failed and the words for
    it."""

    digests: tuple[BucketDigest, ...] = ()
    rows: tuple[int, int] = (0, 0)
    differences: tuple[RowDifference, ...] = ()
    too_many: bool = False
    alike: int = 0
    failed: Literal["", "store", "changed", "order", "key", "value"] = ""
    message: str = ""
    remedy: str = ""

    def checked(self) -> Outcome:
        """Return the outcome. Raises what the task met: StoreError, StateChanged, KeyOrderLost, CanonicalError,
        NotAKeyError."""
        match self.failed:
            case "":
                return self
            case "key":
                raise NotAKeyError(self.message)
            case "store":
                raise StoreError(self.message, self.remedy)
            case "changed":
                raise StateChanged(self.message, self.remedy)
            case "order":
                raise KeyOrderLost(self.message)
            case _:
                raise CanonicalError(self.message)


class Cancelled(Exception):
    """Raised within a task that nobody waits for any more."""


def run_task(task: AnyTask, is_cancelled: Callable[[], bool] = lambda: False) -> Outcome:
    """Do a task in an event loop of its own. Failures that a run expects are part of the outcome: an exception would be
    logged by whatever carries it. Raises Cancelled between two batches once `is_cancelled`."""
    try:
        if isinstance(task, PairTask):
            return asyncio.run(_joined_comparison(task, is_cancelled))
        return asyncio.run(_joined_digest(task, is_cancelled))
    except StateChanged as error:
        return Outcome(failed="changed", message=error.message, remedy=error.remedy)
    except ShadowError as error:
        return Outcome(failed="store", message=error.message, remedy=error.remedy)
    except KeyOrderLost as error:
        return Outcome(failed="order", message=str(error))
    except NotAKeyError as error:
        return Outcome(failed="key", message=str(error))
    except CanonicalError as error:
        return Outcome(failed="value", message=str(error))


async def digest_range(
    snapshot: Snapshot, task: RangeTask, is_cancelled: Callable[[], bool] = lambda: False
) -> tuple[BucketDigest, ...]:
    """Return the digests of a range. Raises StoreError, KeyOrderLost, CanonicalError, Cancelled."""
    accumulator = Accumulator(task.selection, task.buckets, task.salt)
    async for batch in snapshot.rows(task.selection, task.keys, ordered=False):
        accumulator.add(batch)
        if is_cancelled():
            raise Cancelled(repr(task))
    return accumulator.digests()


async def _joined_digest(task: RangeTask, is_cancelled: Callable[[], bool]) -> Outcome:
    async with _joined(task.source) as snapshot:
        parts: Any = CountedParts(snapshot, task.derived.belongs(task.keys) if task.derived else None)
        digests = await digest_range(derived(parts, task.derived), task, is_cancelled)
        return Outcome(digests=digests, rows=(parts.read, 0))


async def _joined_comparison(task: PairTask, is_cancelled: Callable[[], bool]) -> Outcome:
    def scanned(_rows: int) -> None:
        if is_cancelled():
            raise Cancelled(repr(task))

    async with _joined(task.old) as old, _joined(task.new) as new:
        one, other = (
            Side(snapshot=snapshot, selection=selection, hasher=RowHasher(selection, task.salt), scanned=scanned)
            for snapshot, selection in zip((old, new), task.selections, strict=True)
        )
        comparison = await ranged(one, other, task.keys, task.salt)
        found: list[RowDifference] = []
        differences = comparison.differences()
        async with aclosing(differences):  # type: ignore[type-var]
            async for difference in differences:
                if len(found) == MAX_DIFFERENCES:
                    return Outcome(too_many=True)
                found.append(difference)
        alike = comparison.alike if isinstance(comparison, Divisible) else 0
        return Outcome(rows=comparison.rows, differences=tuple(found), alike=alike)


async def ranged(old: Side, new: Side, keys: KeyRange, salt: bytes) -> Comparison:
    """Return how a range of a pair is compared. Raises StoreError."""
    settings = Verify(old="", new="")
    part = Task(old=old, new=new, salt=salt, settings=settings, checkpoint=NoCheckpoint(), keys=keys)
    comparison = await offered(part)
    if comparison is None:
        raise StoreError(f"A range of {old.selection.table} cannot be compared as the whole can.", "Run it again.")
    return comparison


@asynccontextmanager
async def _joined(source: Source) -> AsyncIterator[Snapshot]:
    store = open_store(url_here(source.side, source.url, is_stripped=source.is_stripped))
    try:
        if not isinstance(store, JoinsState):
            raise StoreError(f"{store.label} cannot be read by several processes.", "Set verify.processes: 1.")
        async with store.joined(source.token) as snapshot:
            yield snapshot
    finally:
        await store.close()
