"""Real processes for the end-to-end tests: the orders example, a mirror, and what looks inside them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.live.host import free_port, wait_for_port
from shadow.ledger.evidence import Evidence
from shadow.ledger.reader import read_evidence

ROOT = Path(__file__).resolve().parents[2]
ORDERS = ROOT / "examples" / "orders"
MODULES = {
    "sender": "shadow.legs.sender",
    "comparer": "shadow.compare.worker",
    "keeper": "shadow.keeper.keeper",
    "listener": "shadow.mirror.listener",
}


def children_of(pid: int) -> dict[int, str]:
    """The living children of a process with the module each runs, read from /proc."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if int(stat[1]) == pid and stat[0] != "Z" and b"-m" in words:
                found[int(entry.name)] = words[words.index(b"-m") + 1].decode()
    return found


class Mirror:
    """A running `shadow mirror`."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.port = free_port()
        self.ledger = folder / "ledger.db"
        config = {
            "listen": f"127.0.0.1:{self.port}",
            "control": {"api": "", "probes": ""},  # several mirrors run on one machine
            **settings,
        }
        # Tests hold processes still, on busy machines; being replaced for it is for tests/faults/test_hangs.py.
        config["mirror"] = {"hang_s": 60.0, **settings.get("mirror", {})}
        config["ledger"] = {"path": str(self.ledger), **settings.get("ledger", {})}
        self.config = folder / "shadow.yaml"
        self.config.write_text(json.dumps(config))  # JSON is YAML
        self.log = folder / "mirror.log"
        self.process = self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "shadow", "mirror", "-c", str(self.config)], cwd=ROOT, stdout=log, stderr=log
            )
        wait_for_port(self.port, self.process)
        self.wait_for(lambda: set(self.pids_by_role()) == set(MODULES))
        return self.process

    def pids_by_role(self) -> dict[str, int]:
        modules = {module: role for role, module in MODULES.items()}
        return {modules[m]: pid for pid, m in children_of(self.process.pid).items() if m in modules}

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 15.0) -> float:
        """Wait until the condition holds; return how long it took."""
        started = time.monotonic()
        while not condition():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() - started < timeout_s, f"not within {timeout_s} s\n{self.log.read_text()}"
            time.sleep(0.02)
        return time.monotonic() - started

    def evidence(self) -> Evidence:
        return read_evidence(self.ledger, at=time.time())

    def counts(self) -> dict[str, int]:
        """Outcomes of the whole ledger: `outcome(reason)` -> n."""
        total: dict[str, int] = {}
        for row in self.evidence().outcomes:
            key = f"{row.outcome}({row.reason})" if row.reason else str(row.outcome)
            total[key] = total.get(key, 0) + row.n
        return total

    def stop(self) -> Evidence:
        """Drain with SIGTERM; return what the ledger holds then."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.log.read_text()
        return self.evidence()

    def kill(self) -> None:
        if self.process.poll() is None:
            for pid in children_of(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Callable[..., Mirror]]:
    """Start a mirror with the given settings (primary, candidate, …)."""
    started: list[Mirror] = []

    def start(**settings: Any) -> Mirror:
        folder = tmp_path / f"mirror-{len(started)}"
        folder.mkdir()
        started.append(Mirror(folder, settings))
        return started[-1]

    yield start
    for each in started:
        each.kill()


class Services:
    """The example's backends, with plants as asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self._run("seed.py", "--db", str(folder / "old.db"))
        shutil.copy(folder / "old.db", folder / "secondary.db")
        self._run("migrate.py", "--old", str(folder / "old.db"), "--new", str(folder / "new.db"), "--fixed")
        self.primary = self._serve("old_service.py", "--db", str(folder / "old.db"))
        self.secondary = self._serve("old_service.py", "--db", str(folder / "secondary.db"))
        self.candidate = self._serve("new_service.py", "--db", str(folder / "new.db"), "--fixed")

    def _run(self, script: str, *arguments: str) -> None:
        subprocess.run([sys.executable, str(ORDERS / script), *arguments], check=True, stdout=subprocess.DEVNULL)

    def _serve(self, script: str, *arguments: str) -> str:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, str(ORDERS / script), "--port", str(port), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        wait_for_port(port, process)
        return f"http://127.0.0.1:{port}"

    def legs(self) -> dict[str, Any]:
        """The configuration's legs and the routes that the example allows."""
        return {
            "primary": {"url": self.primary, "build": "old"},
            "secondary": {"url": self.secondary, "build": "old"},
            "candidate": {"url": self.candidate, "build": "new"},
            "routes": [{"endpoint": "POST /search", "mirror": "read_only"}],
        }

    def traffic(self, url: str, requests: int, record: Path, rate: float = 0) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, str(ORDERS / "traffic.py"), "--url", url, "--requests", str(requests),
             "--record", str(record), "--rate", str(rate)],
            stdout=subprocess.PIPE,
        )

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The corrected example, shared by a module's tests: only their mirrors differ."""
    made = Services(tmp_path_factory.mktemp("orders"))
    yield made
    made.stop()
