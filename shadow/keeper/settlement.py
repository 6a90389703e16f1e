"""What became of exchanges that never arrived: settled as soon as it is certain that nobody holds them any more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from shadow.clock import Clock
from shadow.errors import LedgerError
from shadow.ipc.lanes import LaneFile
from shadow.keeper.losses import Losses
from shadow.ledger.writer import LedgerWriter
from shadow.records import Lane

# After a sender's successor has said where it goes on, comparers may still hold exchanges of its predecessor.
SETTLE_S = 5.0
# Nobody speaks for a lane whose listener and sender both died; all deadlines on the way are shorter than this.
ORPHAN_S = 60.0
_EVERYTHING = 1 << 62


log = logging.getLogger("shadow.keeper")


class Settlement:
    """Decides when a lane's missing numbers are lost, and writes that to the ledger; a failed attempt is repeated."""

    def __init__(
        self,
        writer: LedgerWriter,
        losses: Losses,
        clock: Clock,
        *,
        on_settled: Callable[[str, int], None] = lambda reason, n: None,
    ) -> None:
        self._writer = writer
        self._losses = losses
        self._clock = clock
        self._on_settled = on_settled
        self._due: dict[str, tuple[float, int]] = {}
        self._closed: set[str] = set()

    def resume(self, lane: str, first_seq: int) -> None:
        """A sender took a lane over: what lies below and does not arrive soon is lost. The last word counts."""
        self._due[lane] = (self._clock.monotonic() + SETTLE_S, first_seq)

    def settle_due(self, lanes: tuple[Lane, ...]) -> None:
        """Settle what is due. Raises LedgerError or EnvironmentFailure; what was not settled stays due."""
        now = self._clock.monotonic()
        for lane in lanes:
            if lane.closed and lane.lane not in self._closed:
                # Its open requests went with the listener at once; what it had handed over may still arrive.
                self._losses.count("listener_lost", self._settle(lane, "listener_lost", below=1))
                self._closed.add(lane.lane)
                self._due.setdefault(lane.lane, (now + ORPHAN_S, _EVERYTHING))
            due, first_seq = self._due.get(lane.lane, (now + 1, 0))
            if due <= now:
                reason = "listener_lost" if lane.closed else "sender_lost"
                lost = self._settle(lane, reason, below=first_seq)
                self._losses.count(reason, lost)
                # Not told of above: what was open at a lost listener is in its counters by now.
                self._on_settled(reason, lost)
                del self._due[lane.lane]

    def settle_all(self, lanes: tuple[Lane, ...]) -> None:
        """The end of the run: nobody holds anything any more."""
        for lane in lanes:
            self._losses.count("sender_lost", self._settle(lane, "sender_lost", below=None))

    def settle_former_runs(self, current: tuple[Lane, ...], lane_files: tuple[str, ...]) -> None:
        """A run that was killed as a whole left lanes behind; their counters outlived it in its lane file."""
        last: dict[str, Lane] = {}
        read: list[str] = []
        for path in lane_files:
            if not Path(path).exists():
                continue  # settled by a keeper that died after it
            try:
                file = LaneFile(Path(path))
            except LedgerError as error:
                # Cut short by a power failure, perhaps: its requests cannot be known any more, and the sum says so.
                log.warning("the counters of a former run are lost: %s", error)
                continue
            read.append(path)
            last |= {lane.lane: lane for lane in file.read()}
            file.close()
        stale = {row.lane.lane: row.lane for row in self._writer.lanes() if not row.lane.closed}
        names = {lane.lane for lane in current}
        for name, lane in {**stale, **last}.items():
            if name not in names:
                self._settle(msgspec.structs.replace(lane, closed=True), "sender_lost", below=None)
        for path in read:
            Path(path).unlink(missing_ok=True)

    def _settle(self, lane: Lane, reason: str, *, below: int | None) -> int:
        return self._writer.settle(lane, below=below, reason=reason, now=self._clock.now())
