"""`shadow mirror` as users start it, then pinned: the listener to the proxy's core, the rest to the other."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from bench.live.backends import SIZES, path_of
from bench.live.host import ROOT, Cores, cpu_s, free_port, pin, start, stop, tree, wait_for_port
from shadow.errors import ShadowError
from shadow.ipc.lanes import LaneFile
from shadow.ledger.reader import read_evidence

ROLES = {
    "shadow.mirror.listener": "listener",
    "shadow.legs.sender": "sender",
    "shadow.compare.worker": "comparer",
    "shadow.keeper.keeper": "keeper",
}


class Counted(NamedTuple):
    """Totals so far: requests that the listener accepted, and outcomes that the ledger holds, by name."""

    accepted: int
    outcomes: dict[str, int]

    @property
    def completed(self) -> int:
        """Exchanges whose two answers were compared."""
        return sum(n for name, n in self.outcomes.items() if name in ("match", "mismatch", "noise_only", "expected"))


class Mirror:
    """A running `shadow mirror` with a ledger of its own."""

    def __init__(self, cores: Cores, primary: int, candidate: int, *, sample_ratio: float = 1.0,
                 beside: tuple[str, ...] = (), more: dict[str, Any] | None = None) -> None:  # fmt: skip
        """Start it, with `more` settings; the roles in `beside` share the listener's core."""
        self._folder = Path(tempfile.mkdtemp(prefix="bench-live-"))
        self._ledger = self._folder / "ledger.db"
        self.port = free_port()
        config = self._folder / "shadow.yaml"
        settings = {**self._settings(primary, candidate, sample_ratio), **(more or {})}
        config.write_text(json.dumps(settings))  # JSON is YAML
        self.process = start([sys.executable, "-m", "shadow", "mirror", "-c", str(config)], cores.rest, cwd=ROOT,
                             log=self._folder / "log")  # fmt: skip
        wait_for_port(self.port, self.process)
        deadline = time.monotonic() + 20
        while set(self.pids()) != {"supervisor", *ROLES.values()}:
            if time.monotonic() > deadline:
                raise SystemExit(f"shadow mirror did not start:\n{(self._folder / 'log').read_text()}")
            time.sleep(0.02)
        self._wait_idle()
        for role, pid in self.pids().items():
            pin(pid, cores.proxy if role in ("listener", *beside) else cores.rest)
        self._lanes = LaneFile(Path(f"{self._ledger}.lanes"))

    def _wait_idle(self) -> None:
        """Wait until nobody imports any more: the socket accepts long before the processes behind it are ready."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            before = cpu_s(list(self.pids().values()))
            time.sleep(0.3)
            if cpu_s(list(self.pids().values())) - before < 0.03:
                return

    def pids(self) -> dict[str, int]:
        """Return the processes by role, found in /proc."""
        found = {"supervisor": self.process.pid}
        for pid in tree(self.process.pid):
            with contextlib.suppress(OSError):
                for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    if word.decode() in ROLES:
                        found[ROLES[word.decode()]] = pid
        return found

    def count(self) -> Counted:
        """Read the listeners' counters and the ledger."""
        outcomes: dict[str, int] = {}
        with contextlib.suppress(ShadowError):  # nothing is committed yet
            for row in read_evidence(self._ledger, at=time.time()).outcomes:
                name = f"{row.outcome}({row.reason})" if row.reason else str(row.outcome)
                outcomes[name] = outcomes.get(name, 0) + row.n
        return Counted(sum(lane.accepted for lane in self._lanes.read()), outcomes)

    def settle(self, timeout_s: float = 30.0) -> Counted:
        """Wait until every request accepted so far has its outcome in the ledger, and return the totals then; what has
        none at the time-out stays uncompleted."""
        deadline = time.monotonic() + timeout_s
        while True:
            counted = self.count()
            if sum(counted.outcomes.values()) >= counted.accepted or time.monotonic() > deadline:
                return counted
            time.sleep(0.1)

    def stop(self) -> None:
        """Kill it; what it still had in hand is of no interest."""
        children = [pid for pid in tree(self.process.pid) if pid != self.process.pid]
        stop(self.process)
        deadline = time.monotonic() + 5
        while any(Path(f"/proc/{pid}").exists() for pid in children) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._lanes.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _settings(self, primary: int, candidate: int, sample_ratio: float) -> dict[str, Any]:
        return {
            "listen": f"127.0.0.1:{self.port}",
            "primary": {"url": f"http://127.0.0.1:{primary}", "build": "old"},
            "candidate": {"url": f"http://127.0.0.1:{candidate}", "build": "new"},
            "mirror": {"sample_ratio": sample_ratio},
            "routes": [{"endpoint": f"POST {path_of(size)}", "mirror": "read_only"} for size in SIZES],
            "ledger": {"path": str(self._ledger)},
            "control": {"api": "", "probes": ""},
        }
