"""Cores, processes, and what they cost, read from /proc."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Cores(NamedTuple):
    """The core that the proxy under test has for itself, and the one for everything else."""

    proxy: int
    rest: int


def two_cores() -> Cores:
    """Return the last and the first core that we may use; exits where there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise SystemExit("bench-live needs two cores: one for the proxy, one for load generator and backends.")
    return Cores(allowed[-1], allowed[0])


def start(words: Sequence[str], core: int, *, cwd: Path | None = None, log: Path | None = None,
          nice: int = 0) -> subprocess.Popen[bytes]:  # fmt: skip
    """Start a process on one core, in a process group of its own.

    The session stays ours: Linux shares a core between sessions first, and niceness counts only within one."""
    command = ["taskset", "-c", str(core), *(["nice", "-n", str(nice)] if nice else []), *words]
    if log is None:
        return subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                process_group=0)  # fmt: skip
    with log.open("ab") as file:
        return subprocess.Popen(command, cwd=cwd, stdout=file, stderr=file, process_group=0)


def pin(pid: int, core: int) -> None:
    """Move a running process, all its threads, to one core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), {core})


def stop(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that `start` started, with its whole group, and reap it."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes], timeout_s: float = 20.0) -> None:
    """Wait until something listens; exits when the process ends instead."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{' '.join(map(str, process.args))} ended with {process.returncode}")  # type: ignore[arg-type]
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port} after {timeout_s:.0f} s")


def tree(pid: int) -> list[int]:
    """Return a process and all its living descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo.extend(parents.get(found[-1], []))
    return found


def cpu_s(pids: Sequence[int]) -> float:
    """Return the CPU time of processes so far, user and system, all threads; ended ones count nothing."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(stat[11]) + int(stat[12])
    return total * _TICK_S


def rss_bytes(pids: Sequence[int]) -> int:
    """Return the resident memory of processes."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def facts(versions: dict[str, str]) -> dict[str, str]:
    """Return what a reader must know of the machine."""
    cpu = "unknown"
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.partition(":")[2].strip()
                break
    return {
        "cpu": cpu, "cores": str(len(os.sched_getaffinity(0))), "kernel": platform.release(),
        "load": f"{os.getloadavg()[0]:.1f}", "python": platform.python_version(), **versions,
    }  # fmt: skip
