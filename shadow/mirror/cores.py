"""Which processor cores a process may use: the live path shares none with what only serves the evidence. Pure, but for
asking the machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def free_cores(cgroup: Path = Path("/sys/fs/cgroup")) -> tuple[int, ...]:
    """Return the cores that this process may divide among its children, none where it should leave that to the kernel:
    a CPU quota says that the cores belong to others as well, and a core picked blindly might be their busiest."""
    if not hasattr(os, "sched_getaffinity") or has_quota(cgroup):
        return ()
    return tuple(sorted(os.sched_getaffinity(0)))


def has_quota(cgroup: Path) -> bool:
    """Whether a control group limits the processor time (its version 2, then 1)."""
    for name in ("cpu.max", "cpu/cpu.cfs_quota_us"):
        try:
            first = (cgroup / name).read_text().split()[:1]
        except OSError:
            continue
        return first not in (["max"], ["-1"], [])
    return False


def cores_for(role: str, index: int, *, listeners: int, cores: Sequence[int]) -> tuple[int, ...]:
    """Return the cores of one process, an empty tuple for all of them.

    Each listener has a core to itself as long as one is left for everything else; where there are more listeners,
    they share those. With a single core nothing can be kept apart.
    """
    if len(cores) < 2:
        return ()
    own = min(listeners, len(cores) - 1)
    return (cores[index % own],) if role == "listener" else tuple(cores[own:])
