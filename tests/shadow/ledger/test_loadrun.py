from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.errors import EvidenceError, LedgerError
from shadow.ledger.load import LoadRun
from shadow.ledger.loadrun import Block, mark_load, measure
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import LegResult, Observation

DAY, BLOCK = 86400.0, 300.0
START = 1000 * DAY


def usual(pairs: int = 600, days: float = 1.0) -> list[Block]:
    return [Block(1, START + n * BLOCK, pairs if n != 100 else 2 * pairs, 0) for n in range(int(days * 288))]


LOAD = [Block(1, START + DAY + n * BLOCK, 3000, 6) for n in range(6)]
SPAN = (START + DAY, START + DAY + 6 * BLOCK)


def test_rate_peak_and_failures_come_from_whole_blocks() -> None:
    found = measure([*usual(), *LOAD], BLOCK, *SPAN)
    assert (found.rate, found.peak, found.requests, found.failed) == (10.0, 4.0, 18_000, 36)
    part = measure([*usual(), *LOAD], BLOCK, SPAN[0] + 1.0, SPAN[1] - 1.0)
    assert (part.since, part.until, part.requests) == (SPAN[0] + BLOCK, SPAN[1] - BLOCK, 12_000)


def test_quiet_blocks_within_the_time_count() -> None:
    found = measure([*usual(), *LOAD[:2], *LOAD[4:]], BLOCK, *SPAN)
    assert found.rate == pytest.approx(10.0 * 4 / 6)


def test_blocks_that_are_cut_off_are_neither_load_nor_usual() -> None:
    found = measure([*usual(), *LOAD], BLOCK, SPAN[0] + 150.0, SPAN[1])
    assert (found.requests, found.peak) == (15_000, 4.0)


def test_late_parts_and_shorter_blocks_of_old_add_up() -> None:
    short = [Block(1, START + n * 60.0, 120, 0) for n in range(1440)]
    assert measure([*short, *LOAD], BLOCK, *SPAN).peak == 2.0
    late = [*LOAD, Block(1, SPAN[0], 600, 3)]
    assert measure([*usual(), *late], BLOCK, *SPAN).failed == 39


def test_other_marked_times_are_not_the_usual_peak() -> None:
    earlier = [Block(1, START - 2 * DAY + n * BLOCK, 9000, 0) for n in range(3)]
    run = LoadRun(
        id="a", build="c", started_at=START - 2 * DAY, finished_at=START - 2 * DAY + 900.0, factor=7.5, requests=1,
        failed=0,
    )  # fmt: skip
    assert measure([*earlier, *usual(), *LOAD], BLOCK, *SPAN).peak == 30.0
    assert measure([*earlier, *usual(), *LOAD], BLOCK, *SPAN, (run,)).peak == 4.0


def test_a_peak_of_another_build_is_one() -> None:
    other = [Block(2, START - n * BLOCK, 5000 if n == 7 else 1, 0) for n in range(1, 20)]
    assert measure([*other, *usual(), *LOAD], BLOCK, *SPAN).peak == pytest.approx(5000 / 300)


@pytest.mark.parametrize(
    ("blocks", "span", "said"),
    [
        ([*usual(), *LOAD], (SPAN[0], SPAN[0] + 599.0), "fewer than 2 whole blocks"),
        ([*usual(), *LOAD], (SPAN[1] + DAY, SPAN[1] + 2 * DAY), "nothing was mirrored"),
        ([*usual(), *LOAD, Block(2, SPAN[0], 1, 0)], SPAN, "two builds"),
        ([*usual(days=0.9), *LOAD], SPAN, "Less than a day of usual traffic"),
        ([*usual(pairs=0), *LOAD], SPAN, "Less than a day of usual traffic"),
        (LOAD, SPAN, "Less than a day of usual traffic"),
    ],
)
def test_a_time_that_cannot_count_is_refused(blocks: list[Block], span: tuple[float, float], said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        measure(blocks, BLOCK, *span)


def test_a_time_is_marked_once() -> None:
    run = LoadRun(
        id="a", build="c", started_at=SPAN[1] - 1.0, finished_at=SPAN[1], factor=2.0, requests=1, failed=0
    )
    with pytest.raises(EvidenceError, match="marked before"):
        measure([*usual(), *LOAD], BLOCK, *SPAN, (run,))


Observe = Callable[..., Observation]
Leg = Callable[..., LegResult]


@pytest.mark.parametrize("is_folded", [False, True])
def test_a_ledger_is_measured_and_the_run_stored(path: Path, observe: Observe, leg: Leg, is_folded: bool) -> None:
    """Two blocks with three times the requests of any other; two answers fail, one on both sides."""
    numbers = itertools.count(1)
    times = [START + n * BLOCK for n in range(288)] * 2 + [SPAN[0] + n * BLOCK for n in range(2)] * 6
    bad = (leg("primary", build="p1"), leg("candidate", status=500, build="c1"))
    seen = [observe(next(numbers), at) for at in times]
    worse = (leg("primary", status=503, build="p1"), bad[1])
    seen += [observe(next(numbers), SPAN[0] + 1.0, legs=legs, builds=None, outcome="mismatch") for legs in (bad, worse)]
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit(seen, now=SPAN[1])
        if is_folded:
            assert writer.compact(SPAN[1] + 30 * DAY, 1000)
    run, found = mark_load(path, Ledger(), SPAN[0], SPAN[0] + 600.0, "k6")
    assert (run.requests, run.failed, run.build, run.note) == (14, 2, "c1", "k6")
    assert run.factor == pytest.approx(found.rate / found.peak) == pytest.approx(7 / 2)
    assert read_evidence(path, at=SPAN[1]).loads == (run,)


def test_without_a_ledger_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="There is no ledger"):
        mark_load(tmp_path / "x.db", Ledger(), 0.0, 600.0)
    assert not (tmp_path / "x.db").exists()


def test_an_unknown_build_is_refused(path: Path, observe: Observe) -> None:
    numbers = itertools.count(1)
    times = [START + n * BLOCK for n in range(288)] + [SPAN[0], SPAN[0] + BLOCK]
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit([observe(next(numbers), at, builds=("p1", "")) for at in times], now=SPAN[1])
    with pytest.raises(EvidenceError, match="which build bore this load"):
        mark_load(path, Ledger(), SPAN[0], SPAN[0] + 600.0)
