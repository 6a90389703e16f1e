"""What the sender does: asks the shadow legs and hands whole exchanges to the comparers.

When it cannot follow it stops reading; the listeners' tees fill and shed there, where everything is counted.
"""

from __future__ import annotations

import asyncio
import socket
from functools import partial

from shadow.config.model import Config
from shadow.endpoints import EndpointMap, build_endpoint_map
from shadow.ipc.assignment import Assignment, Command, Lifeline, Reload
from shadow.ipc.frames import FrameLink
from shadow.ipc.messages import Hello, LookAgain, Note, tee_decoder
from shadow.ipc.outbox import Outbox
from shadow.legs.comparers import ComparerLink, Key
from shadow.legs.contract import Contract
from shadow.legs.endings import Begun, Endings
from shadow.legs.exchanges import Exchanges
from shadow.legs.legs import Legs
from shadow.legs.reask import Reask
from shadow.legs.statuses import Statuses
from shadow.legs.turns import WINDOW_S, Turns
from shadow.records import Outcome

_OUTBOX_BYTES = 32 * 1024 * 1024
_NOTHING_FOLLOWS = 1 << 62
_MOST_HELD = 2048


class Sender:
    """Takes Handed and Note messages, and reads while there is room for what comes of them."""

    def __init__(self, assignment: Assignment) -> None:
        config = assignment.config
        self._legs = Legs(config, on_probe=lambda: self._statuses.look(self._legs.clients, lambda: ""))
        self._turns = Turns()
        self._contract = Contract(config)
        self._comparers = [
            ComparerLink(
                path, on_ready=self._balance, on_lost=self._comparer_lost, on_settled=self._settled,
                on_look=self._look_again,
            )
            for path in assignment.comparer_paths
        ]
        self._outbox = Outbox(
            assignment.keeper_path,
            who=f"sender {assignment.index}",
            limit_bytes=_OUTBOX_BYTES,
            on_committed=lambda seqs: None,
            on_room=self._balance,
        )
        self._statuses = Statuses(self._outbox.tell)
        self._reask = Reask(self._legs, config, self._outbox.tell_reasked)
        self._changed = asyncio.Event()
        self._exchanges = Exchanges(
            self._legs, self._contract, self._reask, self._statuses, self._comparers,
            changed=self._changed, on_end=self._end, on_over=self._over,
        )  # fmt: skip
        self._use(config, build_endpoint_map(config))
        self._requests: dict[Key, Begun] = {}
        self._links: set[FrameLink] = set()
        self._ended: set[str] = set()
        self._looks: set[asyncio.Task[None]] = set()
        self._is_paused = False
        self._under_way = 0
        self._held_bytes = 0
        self._tasks: asyncio.TaskGroup

    def _use(self, config: Config, endpoints: EndpointMap) -> None:
        """Work by a configuration from now on; calls under way end where they began."""
        self._legs.use(config)
        self._contract.use(config, endpoints)
        self._exchanges.use(config, endpoints)
        # Connections keep to one listener, and their order with it; what clients tell each other does not.
        crosses = bool(config.client_key) or self._contract.learns
        self._turns.window_s = WINDOW_S if config.mirror.listeners > 1 and crosses else 0.0
        # Twice the width keeps the legs busy; more would only hold memory that the tee should count.
        self._most_tasks = 2 * self._legs.width
        self._most_bytes = config.mirror.tee_bytes
        self._endings = Endings(config, endpoints)
        self._drain_s = config.mirror.drain_s

    def _on_command(self, command: Command) -> None:
        if isinstance(command, Reload):
            try:
                self._use(command.config, build_endpoint_map(command.config))
                self._reask.use(command.config)
            finally:
                self._balance()

    async def serve(self, sock: socket.socket, lifeline: Lifeline) -> None:
        """Work until told to drain, then until nothing is under way or the deadline."""
        lifeline.on_command = self._on_command
        loop = asyncio.get_running_loop()
        self._statuses.look(self._legs.clients, lambda: "")
        async with asyncio.TaskGroup() as self._tasks:
            self._exchanges.tasks = self._tasks
            helpers = [self._tasks.create_task(self._outbox.run(), name="outbox")]
            helpers += [self._tasks.create_task(c.run(), name="comparer link") for c in self._comparers]
            server = await loop.create_unix_server(
                lambda: FrameLink(on_frame=self._frame, on_open=self._opened, on_closed=self._closed), sock=sock
            )
            await lifeline.drain.wait()
            self._reask.hurry()
            try:
                async with asyncio.timeout(self._drain_s):
                    await self._wait_idle()
                    await self._outbox.wait_empty()
            except TimeoutError:
                # What is left stays unacknowledged, and the keeper counts it as lost.
                pass
            server.close()
            self._exchanges.close()
            for task in [*helpers, *self._looks]:
                task.cancel()
            self._legs.close()
            for link in list(self._links):
                link.close()

    # -- from the listeners

    def _opened(self, link: FrameLink) -> None:
        self._links.add(link)
        if self._is_paused:
            link.pause()
        self._balance()

    def _closed(self, link: FrameLink) -> None:
        self._links.discard(link)
        if link.owner_data is not None:
            self._ended.add(link.owner_data)
        self._balance()

    def _frame(self, link: FrameLink, frame: bytes) -> None:
        message = tee_decoder.decode(frame)
        if isinstance(message, Hello):
            link.owner_data = message.lane
            self._ended.discard(message.lane)
            self._outbox.resume(message.lane, message.first_seq)
        elif isinstance(message, Note):
            self._outbox.report(self._endings.noted(link.owner_data, message))
        else:
            self._under_way += 1
            self._held_bytes += len(frame)
            key = (link.owner_data, message.seq)
            request = message.request
            if self._contract.learns:
                self._contract.arrived(key, message)
            primary, client = message.primary, message.client
            self._requests[key] = (
                message.started_at, request.method, request.target, primary.status, primary.duration_s,
                primary.body_bytes,
            )  # fmt: skip
            if self._turns.is_free(client):
                self._exchanges.start(key, message, len(frame))
            else:
                start = partial(self._exchanges.start, key, message, len(frame))
                self._turns.arrive(client, message.started_at, start)
        self._balance()

    def _balance(self) -> None:
        """Read from the listeners while there is room, and not otherwise."""
        waiting = self._turns.held
        busy = self._under_way - waiting >= self._most_tasks or waiting >= _MOST_HELD
        full = busy or self._held_bytes >= self._most_bytes or self._outbox.is_full
        if full is not self._is_paused:
            self._is_paused = full
            for link in self._links:
                if full:
                    link.pause()
                else:
                    link.resume()
        if self._ended:
            for lane in [e for e in self._ended if not any(key[0] == e for key in self._requests)]:
                # Its listener is gone and all that came of it is in the ledger: the rest died with the listener.
                self._ended.discard(lane)
                self._outbox.resume(lane, _NOTHING_FOLLOWS)
        self._changed.set()

    def _over(self, size_bytes: int) -> None:
        self._under_way -= 1
        self._held_bytes -= size_bytes
        self._balance()

    # -- to the keeper and the comparers

    def _shed(self, key: Key, reason: str) -> None:
        self._end(key, Outcome.shed, reason)

    def _end(self, key: Key, outcome: Outcome, reason: str) -> None:
        self._outbox.report(self._endings.ended(key, self._requests.pop(key), outcome, reason))

    def _comparer_lost(self, lost: list[Key]) -> None:
        for key in lost:
            self._shed(key, "comparer_lost")
        self._balance()

    def _look_again(self, comparer: ComparerLink, wanted: LookAgain) -> None:
        task = self._tasks.create_task(self._reask.look(wanted, comparer.answer), name="second looks")
        self._looks.add(task)
        task.add_done_callback(self._looked)

    def _looked(self, task: asyncio.Task[None]) -> None:
        self._looks.discard(task)
        self._changed.set()

    def _settled(self, keys: list[Key]) -> None:
        for key in keys:
            self._requests.pop(key, None)
        self._balance()

    async def _wait_idle(self) -> None:
        while self._links or self._under_way or self._looks or any(c.outstanding for c in self._comparers):
            self._changed.clear()
            await self._changed.wait()
