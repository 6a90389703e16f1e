"""Is the machine large enough, and its clock and its packages right? Decisions are pure; `read_host` asks once."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from shadow.config import Config
from shadow.doctor.check import Check, fail, ok, warn
from shadow.wire.build import live_path

EARLIEST = 1_735_689_600.0  # 2025-01-01: no machine that runs this lives before it
LATEST = 4_102_444_800.0  # 2100-01-01
SPARE_FILES = 64


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of the machine; None where it could not be. `build` is that of the live path, `open_files` the soft
    limit per process."""

    python: tuple[int, int]
    uvloop: str | None
    build: str
    cores: int
    open_files: int | None
    memory_bytes: int | None
    now: float


def read_host() -> Host:
    """Read versions, cores, limits, free memory (of the machine or its cgroup, whichever is less) and the clock."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        uvloop: str | None = version("uvloop")
    except PackageNotFoundError:
        uvloop = None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    known = [size for size in (_available_bytes(), _cgroup_bytes()) if size is not None]
    return Host(
        python=sys.version_info[:2],
        uvloop=uvloop,
        build=live_path(),
        cores=cores,
        open_files=None if soft == resource.RLIM_INFINITY else soft,
        memory_bytes=min(known, default=None),
        now=time.time(),
    )


def _available_bytes(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None


def _cgroup_bytes(folder: Path = Path("/sys/fs/cgroup")) -> int | None:
    try:
        limit = (folder / "memory.max").read_text(encoding="ascii").strip()
        used = (folder / "memory.current").read_text(encoding="ascii").strip()
        return max(int(limit) - int(used), 0)
    except (OSError, ValueError):
        return None


def host_checks(config: Config, host: Host) -> Iterator[Check]:
    """Yield whether the machine can bear the configuration. Pure.

    Cannot see: what else will run on the machine, and how many clients will connect at once.
    """
    yield _versions(host)
    yield _build(host)
    yield _cores(config, host)
    yield _open_files(config, host)
    yield _memory(config, host)
    if EARLIEST < host.now < LATEST:
        yield ok("clock", f"reads {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(host.now))}.")
    else:
        yield fail("clock", f"reads {host.now:.0f} seconds since 1970, which cannot be.", "Set the machine's clock.")


def _versions(host: Host) -> Check:
    python = ".".join(str(part) for part in host.python)
    if host.python < (3, 11):
        return fail("versions", f"Python {python} is too old.", "Install Python 3.11 or newer.")
    if host.uvloop is None:
        return fail("versions", "uvloop is missing.", "Install it: pip install 'uvloop>=0.22'.")
    return ok("versions", f"Python {python}, uvloop {host.uvloop}.")


def _build(host: Host) -> Check:
    """Both do the same; the pure one takes about twice the processor."""
    return ok("build", f"the live path is {host.build}.")


def _cores(config: Config, host: Host) -> Check:
    busy = config.mirror.listeners + config.mirror.senders + config.mirror.comparers
    said = f"{busy} busy processes (listeners, senders, comparers) on {host.cores} cores"
    if config.mirror.listeners >= host.cores > 1 or busy > host.cores + 1:
        return warn("cores", f"{said}.", "Lower mirror.listeners, senders or comparers, or give it more cores.")
    return ok("cores", f"{said}.")


def _open_files(config: Config, host: Host) -> Check:
    # A client connection for each primary connection; a sender may hold all of the shadow legs'.
    listener = 2 * config.primary.connections + SPARE_FILES
    legs = [leg for leg in (config.candidate, config.secondary) if leg is not None]
    sender = sum(leg.connections for leg in legs) + config.mirror.listeners + config.mirror.comparers + SPARE_FILES
    needed = max(listener, sender)
    if host.open_files is not None and host.open_files < needed:
        return fail(
            "open files",
            f"a process may open {host.open_files} files, and the connections configured need {needed}.",
            f"Raise the limit (`ulimit -n {needed}`, LimitNOFILE= in systemd), or lower the connections.",
        )
    allowed = "unlimited" if host.open_files is None else str(host.open_files)
    return ok("open files", f"{allowed} allowed per process, {needed} needed.")


def _memory(config: Config, host: Host) -> Check:
    bound = config.mirror.tee_bytes * config.mirror.listeners
    said = f"exchanges may wait in {_mib(bound)} (tee_bytes × listeners)"
    if host.memory_bytes is None:
        return warn("memory", f"{said}; free memory is unknown here.", "Check that the machine has more than that.")
    said += f", {_mib(host.memory_bytes)} are free"
    if bound > host.memory_bytes:
        return fail("memory", f"{said}.", "Lower mirror.tee_bytes, or give it more memory.")
    if bound * 2 > host.memory_bytes:
        return warn("memory", f"{said}.", "Lower mirror.tee_bytes, or give it more memory.")
    return ok("memory", f"{said}.")


def _mib(size: int) -> str:
    return f"{size / 1024**2:,.0f} MiB"
