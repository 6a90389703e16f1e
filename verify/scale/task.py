"""The work on one range of one side: a task that can be sent anywhere, and the function that does it.

A task names its store by URL and its state by a token; whoever runs it opens the store, reads the range, and answers
with digests. It keeps nothing, so it may be run again anywhere. What it shows of itself (in logs, on a dashboard) has
neither addresses nor keys in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

import msgspec

from shadow.errors import ShadowError, StoreError
from verify.canonical import CanonicalError
from verify.digest import Accumulator
from verify.scale.credentials import url_here
from verify.sharing import JoinsState, StateChanged
from verify.store import BucketDigest, Buckets, KeyOrderLost, KeyRange, Selection, Snapshot
from verify.stores import open_store

SideName = Literal["old", "new"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A store and the state of it to read. `is_stripped`: the URL lacks the password that it had."""

    side: SideName
    url: str
    token: str
    is_stripped: bool = False

    def __repr__(self) -> str:
        return f"Source({self.side})"


class RangeTask(msgspec.Struct, frozen=True, kw_only=True):
    """A range of keys of one side, and the buckets that it is digested into."""

    source: Source
    selection: Selection
    keys: KeyRange
    buckets: Buckets
    salt: bytes

    def __repr__(self) -> str:
        return f"RangeTask({self.source.side}, {self.selection.table}, {self.buckets.total} buckets)"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a task: digests, or in what way it failed and the words for it."""

    digests: tuple[BucketDigest, ...] = ()
    failed: Literal["", "store", "changed", "order", "value"] = ""
    message: str = ""
    remedy: str = ""

    def checked(self) -> tuple[BucketDigest, ...]:
        """Return the digests. Raises what the task met: StoreError, StateChanged, KeyOrderLost, CanonicalError."""
        match self.failed:
            case "":
                return self.digests
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


def run_task(task: RangeTask, is_cancelled: Callable[[], bool] = lambda: False) -> Outcome:
    """Do a task in an event loop of its own. Failures that a run expects are part of the outcome: an exception would be
    logged by whatever carries it. Raises Cancelled between two batches once `is_cancelled`."""
    try:
        return Outcome(digests=asyncio.run(_joined_digest(task, is_cancelled)))
    except StateChanged as error:
        return Outcome(failed="changed", message=error.message, remedy=error.remedy)
    except ShadowError as error:
        return Outcome(failed="store", message=error.message, remedy=error.remedy)
    except KeyOrderLost as error:
        return Outcome(failed="order", message=str(error))
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


async def _joined_digest(task: RangeTask, is_cancelled: Callable[[], bool]) -> tuple[BucketDigest, ...]:
    store = open_store(url_here(task.source.side, task.source.url, is_stripped=task.source.is_stripped))
    try:
        if not isinstance(store, JoinsState):
            raise StoreError(f"{store.label} cannot be read by several processes.", "Set verify.processes: 1.")
        async with store.joined(task.source.token) as snapshot:
            return await digest_range(snapshot, task, is_cancelled)
    finally:
        await store.close()
