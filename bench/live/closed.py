"""Every subject under wrk: each round measures all of them once, every other round in reverse order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.live.backends import Backend
from bench.live.host import Cores, cpu_s, rss_bytes, stop, tree
from bench.live.load import Case, Load, wrk
from bench.live.mirror import Counted, Mirror
from bench.live.peers import Proxy, start_envoy, start_nginx, start_relay

Sample = dict[str, Any]
# The processes that work on exchanges when the client has its answer.
AFTERWARDS = ("sender", "comparer", "keeper")

# In the order in which they are measured and shown.
SUBJECTS = ("direct", "relay", "nginx", "nginx mirror", "envoy", "envoy mirror", "shadow off", "shadow mirror",
            "shadow one core")  # fmt: skip


class Stage:
    """The backends and the peers, which run through all rounds; Shadow is started anew for each measurement, so that
    no backlog of one is worked off during the next."""

    def __init__(self, folder: Path, cores: Cores, primary: Backend, candidate: Backend) -> None:
        self._folder = folder
        self._cores = cores
        self._primary = primary
        self._candidate = candidate
        self._peers: dict[str, Proxy] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the peers."""
        core, old, new = self._cores.proxy, self._primary.port, self._candidate.port
        try:
            self._peers["relay"] = start_relay(self._folder, core, old)
            for product, begin in (("nginx", start_nginx), ("envoy", start_envoy)):
                for name, mirrors in ((product, False), (f"{product} mirror", True)):
                    self._peers[name] = begin(self._folder / name.replace(" ", "-"), core, old, new, mirrors=mirrors)
            yield
        finally:
            for peer in self._peers.values():
                stop(peer.process)

    def measure(self, subject: str, case: Case, *, seconds: int, warm_up_s: int) -> Sample:
        """Measure one subject once."""
        if subject == "direct":
            return self._measure(self._primary.port, dict, case, seconds, warm_up_s)
        if subject in self._peers:
            peer = self._peers[subject]
            pids = {"proxy": tree(peer.process.pid)}
            return self._measure(peer.port, lambda: pids, case, seconds, warm_up_s)
        mirror = Mirror(
            self._cores, self._primary.port, self._candidate.port,
            sample_ratio=0.0 if subject == "shadow off" else 1.0,
            beside=("sender",) if subject == "shadow one core" else (),
        )  # fmt: skip
        try:
            return self._measure(
                mirror.port, lambda: {role: [pid] for role, pid in mirror.pids().items()}, case, seconds, warm_up_s,
                mirror,
            )  # fmt: skip
        finally:
            mirror.stop()

    def _measure(self, port: int, pids: Callable[[], dict[str, list[int]]], case: Case, seconds: int,
                 warm_up_s: int, mirror: Mirror | None = None) -> Sample:  # fmt: skip
        wrk(self._folder, self._cores.rest, port, case, warm_up_s)
        watched = dict(pids())
        for name, backend in (("primary", self._primary), ("candidate", self._candidate)):
            watched[name] = tree(backend.process.pid)
        # Nothing of the warm-up is completed, or paid for, in the measurement.
        counted = mirror.settle() if mirror is not None else None
        before = {role: cpu_s(of) for role, of in watched.items()}
        started = time.monotonic()
        load = wrk(self._folder, self._cores.rest, port, case, seconds)
        wall_s = time.monotonic() - started
        used = {role: cpu_s(of) - before[role] for role, of in watched.items()}
        memory = {role: rss_bytes(of) for role, of in watched.items()}
        if mirror is None:
            return sample_of(load, used, memory, wall_s)
        settled = mirror.settle()
        whole = {role: cpu_s(watched[role]) - before[role] for role in AFTERWARDS}
        return sample_of(load, used, memory, wall_s, counted, settled, whole)


def sample_of(load: Load, used: dict[str, float], memory: dict[str, int], wall_s: float,
              before: Counted | None = None, after: Counted | None = None,
              whole: dict[str, float] | None = None) -> Sample:  # fmt: skip
    """Put one measurement together: CPU per live request of each process while the load ran, and per completed
    exchange of those in AFTERWARDS until the last one was settled (`whole`): they work on behind the load."""
    sample: Sample = {
        **load._asdict(),
        "cpu_us": {role: seconds * 1e6 / load.requests for role, seconds in used.items()},
        "cpu_share": {role: seconds / wall_s for role, seconds in used.items()},
        "rss_bytes": memory,
    }
    if before is not None and after is not None and whole is not None:
        accepted = after.accepted - before.accepted
        completed = after.completed - before.completed
        sample["accepted"] = accepted
        sample["completed"] = completed
        sample["completed_ratio"] = completed / accepted if accepted else 0.0
        if completed:
            sample["cpu_us_per_completed"] = {
                role: seconds * 1e6 / completed for role, seconds in whole.items()
            }
        sample["outcomes"] = {
            name: n - before.outcomes.get(name, 0) for name, n in after.outcomes.items()
            if n != before.outcomes.get(name, 0)
        }  # fmt: skip
    return sample
