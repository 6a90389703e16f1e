"""The supervisor: owns the listening sockets, starts the processes, restarts what dies, drains in order.

It does nothing per request. The sockets outlive the processes that accept on them, so that restarting a listener
resets no connection that waits in its queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from shadow import logs
from shadow.clock import Clock
from shadow.config.model import Config
from shadow.errors import EnvironmentFailure
from shadow.ipc.assignment import Assignment, Lost, Pause, Reload, Reloaded, commands_of
from shadow.mirror.acks import Acks
from shadow.mirror.child import Child
from shadow.mirror.cores import cores_for, free_cores
from shadow.mirror.pauses import Pauses
from shadow.mirror.reload import check
from shadow.mirror.runtime import Runtime
from shadow.mirror.stillness import Stillness
from shadow.records import Gap, GapKind, Lane

_WATCH_S = 0.5
RELOAD_S = 5.0
"""Within so many seconds every process has taken a reload over."""
_BY_REQUEST = "paused by request"

log = logging.getLogger("shadow.supervisor")


class Supervisor:
    """Runs one mirror from start to drain."""

    def __init__(self, config: Config, runtime: Runtime, *, redaction_key: bytes, clock: Clock,
                 log_format: logs.Format = "console") -> None:
        self._config = config
        self._runtime = runtime
        self._redaction_key = redaction_key
        self._clock = clock
        self._log_format: logs.Format = log_format
        self._stop = asyncio.Event()
        self._pauses = Pauses()
        self._acks = Acks()
        self._cores = free_cores() if config.mirror.pin == "auto" else ()
        self.paused = False
        self._keeper = self._child("shadow.keeper.keeper", "keeper", GapKind.keeper_lost, self._keeper_assignment)
        self._comparers = [
            self._child("shadow.compare.worker", f"comparer {index}", GapKind.comparer_lost,
                        lambda index=index: self._comparer_assignment(index))  # type: ignore[misc]
            for index in range(config.mirror.comparers)
        ]
        self._senders = [
            self._child("shadow.legs.sender", f"sender {index}", GapKind.sender_lost,
                        lambda index=index: self._sender_assignment(index))  # type: ignore[misc]
            for index in range(config.mirror.senders)
        ]
        self._listeners = [
            self._child("shadow.mirror.listener", f"listener {index}", GapKind.listener_lost,
                        lambda index=index: self._listener_assignment(index))  # type: ignore[misc]
            for index in range(config.mirror.listeners)
        ]

        self._still = [Stillness(_WATCH_S) for _ in self.children]
        self._places = {child.who: place for place, child in enumerate(self.children)}

    @property
    def children(self) -> tuple[Child, ...]:
        """All supervised processes, in the order in which they start."""
        return (self._keeper, *self._comparers, *self._senders, *self._listeners)

    def lanes(self) -> tuple[Lane, ...]:
        """The listeners' counters as they are now."""
        return self._runtime.lanes.read()

    def stop(self) -> None:
        """Begin to drain; a second call kills what still runs."""
        if self._stop.is_set():
            for child in self.children:
                child.kill()
        self._stop.set()

    def pause(self, paused: bool) -> None:
        """Stop or go on mirroring; live traffic is not concerned."""
        if paused == self.paused:
            return
        self.paused = paused
        log.warning("mirroring is paused" if paused else "mirroring goes on")
        for child in (*self._listeners, self._keeper):
            child.tell(Pause(paused=paused))
        now = self._clock.now()
        if paused:
            self._pauses.begin(_BY_REQUEST, now)
        else:
            self._record(self._pauses.end(_BY_REQUEST, now))

    async def reload(self, config: Config) -> dict[str, str]:
        """Work by another configuration from now on; no connection is disturbed. Returns when every process has taken
        it over, or `RELOAD_S` later: who has not (`sender 0`), and why. Raises ConfigError, and changes nothing, where
        it differs in a key that needs a restart, or could not be applied."""
        check(self._config, config)
        if self._stop.is_set():
            return {}
        self._config = config
        number = self._acks.next()
        told = [child for child in self.children if child.tell(Reload(config=config, number=number))]
        self._acks.expect(number, [child.who for child in told])
        return await self._acks.wait(number, RELOAD_S)

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Start everything, wait for `stop`, drain in the order in which evidence flows."""
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._watch(), name="lanes and signs of life")
            asked = tasks.create_task(self._take_requests(), name="requests of the keeper")
            for child in self.children:
                tasks.create_task(child.run(), name=child.name)
            on_ready()
            await self._stop.wait()
            drain_s = self._config.mirror.drain_s
            # First, so that new clients are refused at once, and do not wait in a queue that nobody serves any more.
            self._runtime.stop_listening()
            # A small extra for each stage, so that its own deadline fires before ours.
            await asyncio.gather(*(listener.drain(2 * drain_s + 2) for listener in self._listeners))
            await asyncio.gather(*(sender.drain(drain_s + 2) for sender in self._senders))
            await asyncio.gather(*(comparer.drain(drain_s + 2) for comparer in self._comparers))
            watch.cancel()
            asked.cancel()
            self._record(self._pauses.end_all(self._clock.now()))
            await self._keeper.drain(drain_s + 5)

    @property
    def is_settled(self) -> bool:
        """Whether the keeper ended in peace, with every lane settled."""
        return self._keeper.exit_code == 0

    def _child(self, module: str, name: str, kind: GapKind, assign: Callable[[], Assignment]) -> Child:
        return Child(module, name, gap_kind=kind, assign=assign, on_lost=self._lost, on_exit=self._exited,
                     clock=self._clock)

    def _lost(self, gap: Gap, hung: bool = False) -> None:
        self._keeper.tell(Lost(gap=gap, hung=hung))

    def _record(self, gaps: Iterable[Gap]) -> None:
        for gap in gaps:
            self._lost(gap)

    async def _watch(self) -> None:
        looked_s = self._clock.monotonic()
        while True:
            await asyncio.sleep(_WATCH_S)
            self._look_at_lanes()
            now_s = self._clock.monotonic()
            self._look_at_beats(now_s - looked_s)
            looked_s = now_s

    def _look_at_lanes(self) -> None:
        """Listeners pause by themselves when they lag, and say so in their lanes."""
        before = self._pauses.open
        self._record(self._pauses.watch(self.lanes(), self._clock.now()))
        after = self._pauses.open
        for cause in after.keys() - before.keys():
            log.warning("%s: it mirrors nothing until it has caught up", cause)
        for cause in before.keys() - after.keys():
            log.warning("%s: it has caught up and mirrors again", cause)

    def _look_at_beats(self, passed_s: float) -> None:
        """Replace whoever stands still: nobody else would notice a process that is there and does nothing."""
        for child, still in zip(self.children, self._still, strict=True):
            limit_s = self._config.mirror.hang_s
            if limit_s and child in self._comparers:
                # It shows signs of life between two comparisons.
                limit_s += self._config.compare.deadline_s
            place = self._places[child.who]
            if child.pid is not None and still.look(self._runtime.beats.read(place), passed_s, limit_s):
                child.replace(still.still_s)

    async def _take_requests(self) -> None:
        """Whoever has the control API's token may pause; the keeper serves it and passes that on. The others answer."""
        async for command in commands_of(self._runtime.up_read):
            if isinstance(command, Pause):
                self.pause(command.paused)
            elif isinstance(command, Reloaded):
                self._acks.take(command)

    def _exited(self, assignment: Assignment) -> None:
        self._acks.forget(f"{assignment.role} {assignment.index}")
        for slot in assignment.slots:
            self._runtime.lanes.close_lane(slot)

    # -- assignments

    def _assignment(
        self, role: str, index: int, listen_fd: int, *, slots: tuple[int, ...] = (), key: bytes = b""
    ) -> Assignment:
        runtime = self._runtime
        place = self._places[f"{role} {index}"]
        self._still[place].forget(runtime.beats.read(place))
        return Assignment(
            role=role,
            run_id=runtime.lanes.run_id,
            index=index,
            config=self._config,
            listen_fd=listen_fd,
            lane_path=str(runtime.lane_path),
            slots=slots,
            previous_lane_paths=tuple(str(path) for path in runtime.previous_lane_paths()),
            sender_paths=runtime.sender_paths,
            comparer_paths=runtime.comparer_paths,
            keeper_path=runtime.keeper_path,
            redaction_key=key,
            paused=self.paused,
            log_format=self._log_format,
            up_fd=runtime.up_write.fileno(),
            beat_path=str(runtime.beat_path),
            beat_place=place,
            cores=cores_for(role, index, listeners=self._config.mirror.listeners, cores=self._cores),
        )

    def _keeper_assignment(self) -> Assignment:
        return self._assignment("keeper", 0, self._runtime.keeper_sock.fileno(), key=self._redaction_key)

    def _comparer_assignment(self, index: int) -> Assignment:
        sock = self._runtime.comparer_socks[index]
        return self._assignment("comparer", index, sock.fileno(), key=self._redaction_key)

    def _sender_assignment(self, index: int) -> Assignment:
        return self._assignment("sender", index, self._runtime.sender_socks[index].fileno())

    def _listener_assignment(self, index: int) -> Assignment:
        # A lane for each sender: what is lost with one of them can be told by its numbers.
        slots = tuple(self._lane() for _ in self._senders)
        return self._assignment("listener", index, self._runtime.listen_socks[index].fileno(), slots=slots)

    def _lane(self) -> int:
        slot = self._runtime.lanes.free_slot()
        if slot is None:
            raise EnvironmentFailure(
                "the listeners died so often in this run that their lanes are used up.",
                "Look at the log for the reason, then start the mirror again.",
            )
        self._runtime.lanes.reserve(slot, self._clock.now())
        return slot
