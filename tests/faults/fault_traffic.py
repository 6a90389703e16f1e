"""Live clients that know the right answers, and what must hold of a mirror whatever happened."""

from __future__ import annotations

import http.client
import threading
from pathlib import Path
from typing import Any

from fault_backends import Answer, answer_of

from shadow.ledger.evidence import Evidence

MB = 1024 * 1024


class Live:
    """Clients of one mirror; remembers every answer that was not the primary's."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked = 0
        self.wrong: list[str] = []
        self._lock = threading.Lock()

    def send(self, count: int, *, clients: int = 4) -> None:
        """Ask `count` times over kept connections and look at every byte of the answers."""
        share = [count // clients + (index < count % clients) for index in range(clients)]
        threads = [threading.Thread(target=self._ask, args=(size,)) for size in share if size]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def until_stopped(self, stop: threading.Event, *, clients: int = 4) -> list[threading.Thread]:
        """Ask as fast as it goes until told to stop."""
        threads = [threading.Thread(target=self._ask_until, args=(stop,)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        return threads

    def _ask_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._ask(100)

    def _ask(self, count: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            for _ in range(count):
                with self._lock:
                    number = self.asked
                    self.asked += 1
                target = f"/items/{number}"
                try:
                    connection.request("GET", target)
                    response = connection.getresponse()
                    got = Answer(response.status, tuple(response.getheaders()), response.read())
                except (OSError, http.client.HTTPException) as error:
                    self.wrong.append(f"{target}: {error!r}")
                    connection.close()
                    continue
                if got != answer_of(target):
                    self.wrong.append(f"{target}: {got.status} {got.headers} {got.body[:80]!r}")
        finally:
            connection.close()


def memory_bytes(pid: int, field: str = "VmRSS") -> int:
    """Resident memory of a process; `VmHWM` is the most that it ever was."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {field} for process {pid}")


def assert_adds_up(evidence: Evidence, asked: int) -> None:
    """Every accepted request has exactly one outcome, and none is still under way."""
    assert (evidence.accepted_total, evidence.in_flight_total, evidence.outcomes_total) == (asked, 0, asked)


def recover(running: Any, live: Live, *, count: int = 20, timeout_s: float = 15.0) -> float:
    """Ask until so many further exchanges have been compared and found equal; return how long it took."""
    before = running.counts().get("match", 0)

    def compared() -> bool:
        if running.counts().get("match", 0) >= before + count:
            return True
        live.send(4)
        return False

    return float(running.wait_for(compared, timeout_s))
