"""Who may use which cores."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shadow.mirror.cores import cores_for, free_cores, has_quota


@pytest.mark.parametrize(
    ("cores", "listeners", "of_listeners", "of_others"),
    [
        ((), 1, [()], ()),
        ((5,), 1, [()], ()),
        ((0, 1), 1, [(0,)], (1,)),
        ((0, 1), 2, [(0,), (0,)], (1,)),
        ((2, 3, 6, 7), 2, [(2,), (3,)], (6, 7)),
        ((0, 1, 2, 3), 3, [(0,), (1,), (2,)], (3,)),
        ((0, 1, 2), 4, [(0,), (1,), (0,), (1,)], (2,)),
    ],
)
def test_listeners_first_and_one_core_for_the_rest(
    cores: tuple[int, ...], listeners: int, of_listeners: list[tuple[int, ...]], of_others: tuple[int, ...]
) -> None:
    got = [cores_for("listener", index, listeners=listeners, cores=cores) for index in range(listeners)]
    assert got == of_listeners
    for role in ("sender", "comparer", "keeper"):
        assert cores_for(role, 3, listeners=listeners, cores=cores) == of_others


@pytest.mark.parametrize(
    ("name", "text", "limited"),
    [
        ("cpu.max", "max 100000\n", False),
        ("cpu.max", "150000 100000\n", True),
        ("cpu.max", "", False),
        ("cpu/cpu.cfs_quota_us", "-1\n", False),
        ("cpu/cpu.cfs_quota_us", "50000\n", True),
        ("elsewhere", "50000\n", False),
    ],
)
def test_a_quota_leaves_the_cores_to_the_kernel(name: str, text: str, limited: bool, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert has_quota(tmp_path) is limited
    assert free_cores(tmp_path) == (() if limited else tuple(sorted(os.sched_getaffinity(0))))
