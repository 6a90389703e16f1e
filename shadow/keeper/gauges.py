"""What the keeper lets the control API see: its view, the moment, and its server when one is configured."""

from __future__ import annotations

import logging
import os
from collections import Counter

from shadow.clock import Clock
from shadow.config.model import Config, Gate
from shadow.control.accounts import Accounts, Baseline
from shadow.control.moment import Moment
from shadow.control.view import View
from shadow.errors import ShadowError
from shadow.ipc.assignment import Pause, line_of
from shadow.ipc.lanes import LaneFile, Pulse
from shadow.keeper.scribe import Stored
from shadow.ledger.evidence import LaneRow
from shadow.records import Lane, Leg

SILENT_S = 5.0
HUNG_S = 60.0

log = logging.getLogger("shadow.control")


class Gauges:
    """Counts what was committed, and answers how things are."""

    def __init__(self, config: Config, lanes: LaneFile, clock: Clock, *, up_fd: int = -1) -> None:
        legs = (Leg.primary, Leg.candidate) + ((Leg.secondary,) if config.secondary is not None else ())
        self.view = View(legs=legs, max_endpoints=config.ledger.max_endpoints)
        self._config = config
        self._lanes = lanes
        self._clock = clock
        self._up_fd = up_fd
        self._baseline = Baseline()
        self._kept: tuple[LaneRow, ...] = ()
        self._expected = tuple(f"sender {i}" for i in range(config.mirror.senders)) + tuple(
            f"comparer {i}" for i in range(config.mirror.comparers)
        )
        self._connected: dict[str, int] = {}
        self._fault = "it has not been opened yet"
        self._stored_at = 0.0
        self._looked_at = clock.monotonic()

    def begin(self, kept: tuple[LaneRow, ...]) -> None:
        """Count from here on: what had ended before, by the ledger's lanes, was another keeper's to count."""
        self._kept = kept
        self._fault = ""
        self._baseline = Baseline(self._rows())

    def committed(self, stored: Stored, took_s: float) -> None:
        """A commit went through."""
        self._stored_at = self._clock.now()
        self._kept = stored.lanes
        self.view.commits.add(took_s)
        self.view.take(stored.fresh)

    def settled(self, reason: str, stored: Stored, *, told: bool) -> None:
        """A lane's missing exchanges were given up on; `told` where the lane's own counters tell of them."""
        self._kept = stored.lanes
        if stored.ended and not told:
            self.view.settle(reason, stored.ended)

    def refused(self, error: ShadowError) -> None:
        """The ledger refused."""
        self.view.failed_commits += 1
        self._fault = error.message

    def looked(self) -> None:
        """A round ended, and all that had come is stored."""
        self._fault = ""
        self._looked_at = self._clock.monotonic()

    def joined(self, who: str) -> None:
        """A process connected."""
        self._connected[who] = self._connected.get(who, 0) + 1

    def left(self, who: str) -> None:
        """A process's connection ended; its successor's may have begun already."""
        self._connected[who] -= 1
        if not self._connected[who]:
            self.view.forget_breakers(who)

    def moment(self) -> Moment:
        """How things are now."""
        fault = ""
        pulses: tuple[Pulse, ...] = ()
        lanes: tuple[Lane, ...] = ()
        try:
            pulses, lanes = self._lanes.pulses(), self._lanes.read()
        except ValueError as error:
            fault = str(error)
        mirrored: Counter[str] = Counter()
        shed: Counter[str] = Counter()
        for lane in lanes:
            mirrored.update(lane.mirrored)
            shed.update(lane.shed)
        now, monotonic = self._clock.now(), self._clock.monotonic()
        running = [pulse for pulse in pulses if pulse.running]
        expected = self._config.mirror.listeners * self._config.mirror.senders
        silent = _without_beat(running, now, monotonic, SILENT_S)
        if not fault and len(running) < expected:
            silent.add(f"one listener or more ({len(running)} of {expected} lanes)")
        return Moment(
            accounts=self._accounts(),
            waiting_bytes=sum(pulse.waiting_bytes for pulse in running),
            refused=sum(pulse.refused for pulse in pulses),
            stored_at=self._stored_at,
            looked_s=monotonic - self._looked_at,
            ledger_fault=self._fault,
            lanes_fault=fault,
            expected=self._expected,
            connected=tuple(who for who, n in self._connected.items() if n),
            silent=tuple(sorted(silent)),
            hung=tuple(sorted(_without_beat(running, now, monotonic, HUNG_S))),
            lagging=sum(lane.paused_at > 0 for lane in lanes if not lane.closed),
            lag_s=max((lane.lag_s for lane in lanes if not lane.closed), default=0.0),
            mirrored=mirrored,
            shed=shed,
        )

    def reload(self, config: Config) -> None:
        """Judge by another configuration from now on; addresses, legs and caps stay as they were."""
        self._config = config

    def gate(self) -> Gate:
        """The criteria in force."""
        return self._config.gate

    def ask_pause(self, paused: bool) -> None:
        """Ask the supervisor, who tells everyone. Raises OSError where it is gone."""
        os.write(self._up_fd, line_of(Pause(paused=paused)))

    async def serve(self) -> None:
        """Serve the control API until cancelled. Whatever goes wrong with it is logged, and the keeper goes on."""
        control = self._config.control
        if control.api or control.probes:
            try:
                await self._serve()
            except Exception:
                log.exception("there is no control API any more; the mirror goes on")

    async def _serve(self) -> None:
        # Imported only where it is wanted: it doubles the keeper's start.
        from shadow.control.metrics import Metrics
        from shadow.control.page import LivePage
        from shadow.control.server import ControlServer
        from shadow.control.site import Site

        metrics = Metrics(self.view, self.moment, version=_version(),
                          tee_limit_bytes=self._config.mirror.tee_bytes * self._config.mirror.listeners)
        page = LivePage(lambda: self._config)
        site = Site(self.view, self.moment, metrics=metrics, page=page, pause=self.ask_pause, clock=self._clock)
        try:
            await ControlServer(self._config, site).run()
        finally:
            await page.close()

    def _accounts(self) -> Accounts:
        return self._baseline.accounts(self._rows())

    def _rows(self) -> tuple[LaneRow, ...]:
        names = {pulse.lane for pulse in self._lanes.pulses()}
        return tuple(row for row in self._kept if row.lane.lane in names)


def _without_beat(pulses: list[Pulse], now: float, monotonic: float, limit_s: float) -> set[str]:
    return {
        f"the listener of lane {pulse.lane}"
        for pulse in pulses
        # One that has just been started has time for its first beat; the monotonic clock is the machine's.
        if now - pulse.started_at > limit_s and monotonic - pulse.beat_s > limit_s
    }


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("shadow-parity")
    except PackageNotFoundError:
        return ""
