"""Reads the candidate's own counters at an interval, and hands them on as watched seconds.

A rise is the sum of differences between readings; a reading below the one before means that the backend started
again, and counts from nothing. The first reading is no rise. What could not be read was not watched, and is counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

import aiohttp

from shadow.clock import Clock, block_start
from shadow.config.criteria import Gate
from shadow.keeper.readings import readings
from shadow.ledger.evidence import WatchRow

MOST_BYTES = 4 * 1024 * 1024
MISSED = 3
"""A pause of more than so many intervals was not watched: the machine slept."""

log = logging.getLogger("shadow.keeper")

Watch = Callable[[Iterable[WatchRow]], None]


class Scraper:
    """Asks one address over and over; whatever goes wrong is counted, said once, and tried again."""

    def __init__(self, gate: Callable[[], Gate], watch: Watch, clock: Clock, *, block_s: float) -> None:
        """`gate` is asked before each reading, so that a reload takes effect."""
        self._gate = gate
        self._watch = watch
        self._clock = clock
        self._block_s = block_s
        self._before: dict[str, float] = {}
        self._read_at: float | None = None
        self._asked_at: float | None = None
        self._failing = False

    async def run(self) -> None:
        """Read until cancelled."""
        async with aiohttp.ClientSession() as session:
            while True:
                asked = self._gate().metrics
                if asked is None:
                    await asyncio.sleep(1.0)
                    continue
                began = self._clock.monotonic()
                try:
                    async with session.get(
                        asked.url, timeout=aiohttp.ClientTimeout(total=asked.timeout_s), allow_redirects=False
                    ) as answer:
                        if answer.status != 200:
                            raise ValueError(f"it answered {answer.status}")
                        raw = await answer.content.read(MOST_BYTES + 1)
                        while len(raw) <= MOST_BYTES and (more := await answer.content.read(MOST_BYTES + 1 - len(raw))):
                            raw += more
                        if len(raw) > MOST_BYTES:
                            raise ValueError(f"its answer is larger than {MOST_BYTES} bytes")
                        self.take(raw.decode("utf-8", errors="replace"))
                except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                    self.miss(str(error) or type(error).__name__)
                took = self._clock.monotonic() - began
                await asyncio.sleep(max(asked.every_s - took, 0.0))

    def take(self, text: str) -> None:
        """Take an answer. Raises ValueError where it holds no metrics."""
        gate = self._gate()
        assert gate.metrics is not None
        names = frozenset(counter.metric for counter in gate.counters if counter.what != "up")
        found = readings(text, names)
        now = self._clock.monotonic()
        at = block_start(self._clock.now(), self._block_s)
        since_read = self._elapsed(self._read_at, now, gate.metrics.every_s)
        rows = [
            WatchRow(
                name="candidate:up", block_at=at, seconds=self._elapsed(self._asked_at, now, gate.metrics.every_s),
                n=1, total=1.0,
            )
        ]  # fmt: skip
        for name, value in found.items():
            rows.append(
                WatchRow(
                    name=f"candidate:{name}", block_at=at, seconds=since_read, n=1, low=value, high=value, total=value
                )
            )
            if name in self._before:
                before = self._before[name]
                rise = value - before if value >= before else value
                rows.append(WatchRow(name=f"candidate:{name}:rise", block_at=at, seconds=since_read, n=rise))
        self._before = found
        self._read_at = self._asked_at = now
        self._watch(rows)
        if self._failing:
            log.warning("the candidate's metrics can be read again")
            self._failing = False

    def miss(self, why: str) -> None:
        """Take that nothing could be read."""
        gate = self._gate()
        assert gate.metrics is not None
        now = self._clock.monotonic()
        seconds = self._elapsed(self._asked_at, now, gate.metrics.every_s)
        self._asked_at = now
        at = block_start(self._clock.now(), self._block_s)
        self._watch([WatchRow(name="candidate:up", block_at=at, seconds=seconds, n=1, total=0.0)])
        if not self._failing:
            log.warning("the candidate's metrics cannot be read, trying again: %s", why)
            self._failing = True

    def _elapsed(self, before: float | None, now: float, every_s: float) -> float:
        if before is None or now - before > MISSED * every_s:
            return 0.0
        return now - before
