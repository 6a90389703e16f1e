"""Reading no faster than allowed, and not while a server is busy: between two batches or ranges its load is looked at,
and reading waits where that is beyond the limits of `verify.pause`, until it has fallen.

The snapshots stay open meanwhile: a pause costs the server no work, but it keeps old row versions as any long read.

Cannot see: load within a statement that runs; what the server does not let this user see, which is told once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from time import monotonic
from typing import Protocol, runtime_checkable

import msgspec

from shadow.config.verification import Pause
from shadow.errors import StoreError

LOOK_S = 1.0
"""How often the load is looked at, while reading and while waiting."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """How busy a server is; None where that is not known. `unseen`: in words, what the user may not see."""

    active_sessions: int | None = None
    replication_lag_s: float | None = None
    latency_ms: float | None = None
    unseen: tuple[str, ...] = ()


@runtime_checkable
class TellsLoad(Protocol):
    """A store whose server says how busy it is."""

    @property
    def label(self) -> str:
        """How to call this store."""

    async def load(self) -> Load:
        """Return how busy the server is, without the sessions of any verification. Raises StoreError."""


@runtime_checkable
class Braked(Protocol):
    """A snapshot that lets a brake pass between two batches."""

    brake: Brake


class Brake:
    """Waits while a server is busier than allowed. Without stores, or without a limit, it never does."""

    def __init__(
        self,
        limits: Pause | None = None,
        stores: Sequence[object] = (),
        tell: Callable[[str], None] = lambda _why: None,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        max_rows_per_second: int = 0,
    ) -> None:
        self._limits = limits or Pause()
        has_limit = self._limits.active_sessions or self._limits.replication_lag_s or self._limits.latency_ms
        self._stores = [one for one in stores if isinstance(one, TellsLoad)] if has_limit else []
        self._tell, self._clock, self._sleep = tell, clock, sleep
        self._most = max_rows_per_second
        self._began = 0.0
        self._read: dict[str, int] = {}
        self._lock = asyncio.Lock()
        self._due = 0.0
        self._waited_s = 0.0
        self._reasons: dict[str, None] = {}
        self._unseen: dict[str, None] = {}
        self._told: set[str] = set()

    def begin(self) -> None:
        """Count rows from now on: another table begins."""
        self._began, self._read = self._clock(), {}

    def read(self, side: str, rows: int) -> None:
        """Count rows that were read of a side."""
        self._read[side] = self._read.get(side, 0) + rows

    async def passes(self) -> None:
        """Return when reading may go on. Raises StoreError where that takes longer than `longest_s`."""
        if self._most and self._read:
            ahead = max(self._read.values()) / self._most - (self._clock() - self._began)
            if ahead > 0:
                await self._sleep(ahead)
        if not self._stores or self._clock() < self._due:
            return
        async with self._lock:
            if self._clock() < self._due:
                return
            began, waits = self._clock(), False
            try:
                while busy := await self._busy():
                    waits = True
                    self._tell(busy)
                    if self._clock() - began > self._limits.longest_s:
                        raise StoreError(
                            f"{busy} for {self._limits.longest_s:.0f} seconds.",
                            "Verify when it is less busy, or raise verify.pause.longest_s or the limit.",
                        )
                    await self._sleep(LOOK_S)
            finally:
                ended = self._clock()
                self._waited_s += ended - began if waits else 0.0
                self._due = ended + LOOK_S
            if waits:
                self._tell("")

    def words(self) -> str:
        """Return in words how long was waited since the last call, and what could not be seen; "" for nothing."""
        said = []
        if self._reasons:
            said.append(f"paused {self._waited_s:.0f} s: {', '.join(self._reasons)}")
        said += [one for one in self._unseen if one not in self._told]
        self._told.update(self._unseen)
        self._waited_s, self._reasons = 0.0, {}
        return "; ".join(said)

    async def _busy(self) -> str:
        """Return which server is beyond which limit, "" for none."""
        found = []
        for store in self._stores:
            load = await store.load()
            self._unseen.update(dict.fromkeys(f"{store.label}: {one}" for one in load.unseen))
            for what, measured in _beyond(self._limits, load):
                found.append(f"{store.label} has {measured}")
                self._reasons[f"{what} of {store.label}"] = None
        return "; ".join(found)


def _beyond(limits: Pause, load: Load) -> Iterator[tuple[str, str]]:
    """Yield what is beyond its limit, and the measurement in words."""
    if limits.active_sessions and (load.active_sessions or 0) > limits.active_sessions:
        yield "active sessions", f"{load.active_sessions} active sessions"
    if limits.replication_lag_s and (load.replication_lag_s or 0) > limits.replication_lag_s:
        yield "replication lag", f"{load.replication_lag_s:.1f} s of replication lag"
    if limits.latency_ms and (load.latency_ms or 0) > limits.latency_ms:
        yield "latency", f"{load.latency_ms:.1f} ms of latency"
