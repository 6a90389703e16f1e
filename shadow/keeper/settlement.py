"""What became of exchanges that never arrived: settled as soon as it is certain that nobody holds them any more."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

import msgspec

from shadow.clock import Clock
from shadow.errors import LedgerError
from shadow.ipc.lanes import LaneFile
from shadow.keeper.losses import Losses
from shadow.keeper.scribe import Scribe, Stored
from shadow.records import Lane

# After a sender's successor has said where it goes on, comparers may still hold exchanges of its predecessor.
SETTLE_S = 5.0
# Nobody speaks for a lane whose listener and sender both died; all deadlines on the way are shorter than this.
ORPHAN_S = 60.0
_EVERYTHING = 1 << 62

log = logging.getLogger("shadow.keeper")


class OnSettled(Protocol):
    """Hears of a settlement."""

    def __call__(self, reason: str, stored: Stored, *, told: bool) -> None:
        """See `Settlement`."""


class Settlement:
    """Decides when a lane's missing numbers are lost, and writes that to the ledger; a failed attempt is repeated."""

    def __init__(self, scribe: Scribe, losses: Losses, clock: Clock, *, on_settled: OnSettled) -> None:
        """`on_settled` hears of every settlement: its reason, what is stored, and whether that is told elsewhere."""
        self._scribe = scribe
        self._losses = losses
        self._clock = clock
        self._on_settled = on_settled
        self._due: dict[str, tuple[float, int]] = {}
        self._closed: set[str] = set()

    def resume(self, lane: str, first_seq: int) -> None:
        """A sender took a lane over: what lies below and does not arrive soon is lost. The last word counts."""
        self._due[lane] = (self._clock.monotonic() + SETTLE_S, first_seq)

    async def settle_due(self, lanes: tuple[Lane, ...]) -> None:
        """Settle what is due. Raises LedgerError or EnvironmentFailure; what was not settled stays due."""
        now = self._clock.monotonic()
        for lane in lanes:
            if lane.closed and lane.lane not in self._closed:
                # Its open requests went with the listener at once; what it had handed over may still arrive.
                self._losses.count("listener_lost", await self._settle(lane, "listener_lost", below=1, told=True))
                self._closed.add(lane.lane)
                self._due.setdefault(lane.lane, (now + ORPHAN_S, _EVERYTHING))
            due = self._due.get(lane.lane, (now + 1, 0))
            if due[0] <= now:
                reason = "listener_lost" if lane.closed else "sender_lost"
                # What was open at a lost listener is in its counters by now, and told of above.
                self._losses.count(reason, await self._settle(lane, reason, below=due[1]))
                if self._due.get(lane.lane) == due:
                    # Else another sender has spoken for the lane meanwhile.
                    del self._due[lane.lane]

    async def settle_all(self, lanes: tuple[Lane, ...]) -> None:
        """The end of the run: nobody holds anything any more."""
        for lane in lanes:
            self._losses.count("sender_lost", await self._settle(lane, "sender_lost", below=None))

    async def settle_former_runs(self, current: tuple[Lane, ...], lane_files: tuple[str, ...]) -> int:
        """A run that was killed as a whole left lanes behind; their counters outlived it in its lane file. Return how
        many exchanges were given up on. Raises as above, and may be repeated: what is settled stays so."""
        read, last = _read(lane_files)
        stale = {row.lane.lane: row.lane for row in await self._scribe.lanes() if not row.lane.closed}
        names = {lane.lane for lane in current}
        ended = 0
        for name, lane in {**stale, **last}.items():
            if name not in names:
                gone = msgspec.structs.replace(lane, closed=True)
                # The run that ended counted what it accepted, and not this one.
                ended += await self._settle(gone, "sender_lost", below=None, told=True)
        _remove(read)
        return ended

    async def _settle(self, lane: Lane, reason: str, *, below: int | None, told: bool = False) -> int:
        stored = await self._scribe.settle(lane, below=below, reason=reason, now=self._clock.now())
        self._on_settled(reason, stored, told=told)
        return stored.ended


def _read(paths: tuple[str, ...]) -> tuple[list[str], dict[str, Lane]]:
    """Return which of the lane files could be read, and their lanes by name."""
    lanes: dict[str, Lane] = {}
    read: list[str] = []
    for path in paths:
        if not Path(path).exists():
            continue  # settled by a keeper that died after it
        try:
            file = LaneFile(Path(path))
        except LedgerError as error:
            # Cut short by a power failure, perhaps: its requests cannot be known any more, and the sum says so.
            log.warning("the counters of a former run are lost: %s", error)
            continue
        read.append(path)
        lanes |= {lane.lane: lane for lane in file.read()}
        file.close()
    return read, lanes


def _remove(paths: list[str]) -> None:
    for path in paths:
        Path(path).unlink(missing_ok=True)
