"""Shed shares by method and size, from counters through a real ledger to rows."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.ledger.evidence import LaneRow
from shadow.ledger.reader import read_evidence
from shadow.ledger.shedding import SIGMAS, ClassRow, by_class, most_biased
from shadow.ledger.writer import LedgerWriter
from shadow.records import Lane


def lane(name: str, mirrored: dict[str, int], shed: dict[str, int]) -> Lane:
    total = sum(shed.values())
    return Lane(lane=name, started_at=1.0, accepted=total, local={"shed(tee_full)": total} if total else {},
                mirrored=mirrored, shed=shed)


def rows(*lanes: Lane) -> tuple[ClassRow, ...]:
    return by_class(LaneRow(lane=each, acked=0, settled_local=0) for each in lanes)


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        ([], ()),
        ([({}, {})], ()),
        ([({"GET <1KiB": 3}, {})], (("GET", "<1KiB", 3, 0),)),
        (
            [({"GET <1KiB": 3}, {"POST >=1MiB": 2}), ({"POST >=1MiB": 6, "GET <1KiB": 1}, {"* <1MiB": 1})],
            (("*", "<1MiB", 0, 1), ("POST", ">=1MiB", 6, 2), ("GET", "<1KiB", 4, 0)),
        ),
    ],
)
def test_lanes_add_up_and_the_worst_comes_first(
    lanes: list[tuple[dict[str, int], dict[str, int]]], expected: tuple[tuple[str, str, int, int], ...]
) -> None:
    got = rows(*(lane(f"r-{index}", *each) for index, each in enumerate(lanes)))
    assert tuple((row.method, row.size, row.mirrored, row.shed) for row in got) == expected


def test_the_ratio() -> None:
    assert ClassRow(method="GET", size="<1KiB", mirrored=6, shed=2).shed_ratio == 0.25


def test_they_are_stored_with_the_lane_and_grow_with_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit((), (lane("r-0", {"GET <1KiB": 1}, {}), lane("r-1", {}, {})), (), now=1.0)
        writer.commit((), (lane("r-0", {"GET <1KiB": 5, "PUT <1MiB": 1}, {"PUT <1MiB": 2}),), (), now=2.0)
    stored = {row.lane.lane: row.lane for row in read_evidence(path, at=3.0).lanes}
    assert (stored["r-0"].mirrored, stored["r-0"].shed) == ({"GET <1KiB": 5, "PUT <1MiB": 1}, {"PUT <1MiB": 2})
    assert (stored["r-1"].mirrored, stored["r-1"].shed) == ({}, {})


def test_a_ledger_from_before_is_read_and_completed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit((), (lane("r-0", {}, {}),), (), now=1.0)
    db = sqlite3.connect(path)
    db.execute("DROP TABLE lane_class")
    db.commit()
    db.close()
    assert [row.lane.mirrored for row in read_evidence(path, at=3.0).lanes] == [{}]
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit((), (lane("r-0", {"GET <1KiB": 1}, {}),), (), now=1.0)
    assert [row.lane.mirrored for row in read_evidence(path, at=3.0).lanes] == [{"GET <1KiB": 1}]


def row(method: str, mirrored: int, shed: int) -> ClassRow:
    return ClassRow(method=method, size="<1KiB", mirrored=mirrored, shed=shed)


@pytest.mark.parametrize(
    ("classes", "worst"),
    [
        ([], None),
        ([row("GET", 100, 0), row("POST", 5, 0)], None),
        ([row("GET", 0, 9), row("POST", 0, 5)], None),  # all of everything is lost, and none preferred
        ([row("GET", 900, 100), row("POST", 90, 10)], None),
        ([row("GET", 1000, 1), row("POST", 3, 1)], None),  # far above its share by one request: an accident
        ([row("GET", 9990, 10), row("POST", 60, 40)], "POST"),
        ([row("GET", 9990, 10), row("POST", 60, 40), row("PUT", 600, 400)], "PUT"),
    ],
)
def test_bias_is_more_than_an_accident(classes: list[ClassRow], worst: str | None) -> None:
    found = most_biased(classes)
    assert (found.method if found else None) == worst


def test_even_shedding_is_hardly_ever_called_biased() -> None:
    """A thousand runs in which every request is shed with the same probability: SIGMAS = 4 is 1 in 30,000 for each."""
    draw = random.Random(7)
    assert SIGMAS == 4
    called = 0
    for _ in range(1000):
        classes = []
        for method, n in (("GET", 2000), ("POST", 500), ("PUT", 200)):
            shed = sum(draw.random() < 0.1 for _ in range(n))
            classes.append(row(method, n - shed, shed))
        called += most_biased(classes) is not None
    assert called <= 3
