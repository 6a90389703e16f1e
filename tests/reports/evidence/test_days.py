from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from reports.document import Day
from reports.evidence.days import complete_days, day_lines, endpoint_days, shortest, state_of, streak_of
from shadow.ledger.evidence import Epoch, Evidence, JointRow, OutcomeRow, WatchRow
from shadow.records import Outcome, Triage

DAY = 86400.0
START = 20_000 * DAY


def joint(at: float, n: int, failing: int, **more: Any) -> JointRow:
    return JointRow(
        block_at=at, endpoint="GET /", criterion="error", both_ok=n - failing, old_bad=0, new_bad=failing, both_bad=0,
        **more,
    )  # fmt: skip


def beat(day: int, share: float = 1.0) -> WatchRow:
    return WatchRow(name="mirror", block_at=START + day * DAY, seconds=share * DAY)


def evidence(rows: list[JointRow], beats: list[WatchRow], first_at: float = START, **more: Any) -> Evidence:
    epoch = Epoch(id=1, primary_build="p", candidate_build="c", first_at=first_at, last_at=first_at)
    return Evidence(
        ledger_id="l", path="l", read_at=0.0, since=first_at, until=9e9, epoch=epoch,
        joints=tuple(rows), watches=tuple(beats), **more,
    )  # fmt: skip


def states(found: tuple[Day, ...]) -> str:
    return " ".join(day.state for day in found)


def days(given: Evidence, at: float) -> tuple[Day, ...]:
    return complete_days(given, at, required=0.995, confidence=0.95, observed=0.95)


@pytest.mark.parametrize(
    ("n", "failing", "seen", "state"),
    [
        (598, 0, 1.0, "green"),
        (597, 0, 1.0, "thin"),
        (947, 1, 1.0, "green"),
        (946, 1, 1.0, "thin"),
        (1000, 6, 1.0, "red"),
        (1000, 5, 1.0, "thin"),
        (0, 0, 1.0, "thin"),
        (5000, 0, 0.95, "green"),
        (5000, 0, 0.9499, "gap"),
        (5000, 5000, 0.9, "gap"),
        (5000, 0, float("nan"), "gap"),
        (1, 1, 1.0, "red"),
    ],
)
def test_states(n: int, failing: int, seen: float, state: str) -> None:
    assert state_of(n, failing, seen, required=0.995, confidence=0.95, observed=0.95) == state


def test_today_is_never_counted_and_days_end_at_midnight_utc() -> None:
    rows = [joint(START, 1000, 0), joint(START + DAY - 300.0, 1000, 0), joint(START + DAY, 1000, 900)]
    given = evidence(rows, [beat(0), beat(1)])
    assert [(day.at - START, day.n, day.failing) for day in days(given, START + 2 * DAY - 1.0)] == [(0.0, 2000, 0)]
    assert states(days(given, START + 2 * DAY)) == "green red"
    assert days(given, START + 0.5 * DAY) == ()


def test_a_day_on_which_clocks_change_has_24_hours_like_any_other() -> None:
    """2025-03-30 and 2025-10-26, when clocks in Europe change."""
    for midnight in (1_743_292_800.0, 1_761_436_800.0):
        rows = [joint(midnight + hour * 3600.0, 100, 0) for hour in range(24)]
        beats = [WatchRow(name="mirror", block_at=midnight + hour * 3600.0, seconds=3600.0) for hour in range(24)]
        (day,) = days(evidence(rows, beats, first_at=midnight), midnight + DAY)
        assert (day.at, day.n, day.state, day.observed_ratio) == (midnight, 2400, "green", 1.0)


def test_the_day_on_which_another_build_ran_is_a_gap() -> None:
    given = evidence([joint(START + 0.1 * DAY, 5000, 0)], [beat(0)], first_at=START + 0.06 * DAY)
    assert states(days(given, START + DAY)) == "gap"
    assert states(days(evidence([joint(START + 3600.0, 5000, 0)], [beat(0)], START + 3600.0), START + DAY)) == "green"


def test_a_dead_heart_is_a_gap_however_good_the_requests() -> None:
    assert states(days(evidence([joint(START, 5000, 0)], []), START + DAY)) == "gap"


def test_folded_days_count_as_their_blocks_did() -> None:
    rows = [joint(START, 5000, 0, width_s=DAY), joint(START + DAY, 1000, 0, width_s=3600.0)]
    assert [day.n for day in days(evidence(rows, [beat(0), beat(1)]), START + 2 * DAY)] == [5000, 1000]


def row(text: str) -> tuple[Day, ...]:
    words = {"g": "green", "r": "red", "t": "thin", "x": "gap"}
    return tuple(Day(at=float(index), state=words[each]) for index, each in enumerate(text))


@pytest.mark.parametrize(
    ("given", "green", "odd", "attempts"),
    [
        ("", 0, 0, 0),
        ("ggggggg", 7, 0, 1),
        ("gggrggg", 3, 0, 2),
        ("ggtgxg", 4, 2, 1),
        ("r", 0, 0, 0),
        ("grgrgr", 0, 0, 3),
        ("tttg", 1, 3, 1),
    ],
)
def test_streaks(given: str, green: int, odd: int, attempts: int) -> None:
    found = streak_of(row(given))
    assert (found.green, found.odd, found.attempts) == (green, odd, attempts)


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ("ggggggg", "ggggggg"),
        ("gggggg", None),
        ("gggtgggg", "gggtgggg"),
        ("ggtgxggg", None),
        ("ggtgxgggg", None),
        ("xggggggg", "ggggggg"),
        ("gggggggt", "gggggggt"),
        ("rggggggg", "ggggggg"),
        ("gggrgggg", None),
    ],
)
def test_the_days_that_hold_the_window(given: str, held: str | None) -> None:
    found = shortest(streak_of(row(given)), 7)
    assert (None if found is None else "".join(day.state[0].replace("gap", "x") for day in found)) == (
        None if held is None else held.replace("x", "g")
    )


def window(rng: random.Random, rate: float, per_day: int, length: int) -> bool:
    """Tell whether a service passes 7 days in a row on any of `length` mornings."""
    seen: list[Day] = []
    for index in range(length):
        failing = sum(rng.random() < rate for _ in range(per_day))
        state = state_of(per_day, failing, 1.0, required=0.995, confidence=0.95, observed=0.95)
        seen.append(Day(at=float(index), state=state))
        if shortest(streak_of(tuple(seen)), 7) is not None:
            return True
    return False


def test_a_good_service_passes_seven_days_at_2500_requests_a_day() -> None:
    rng = random.Random(3)
    assert sum(window(rng, 0.001, 2500, 8) for _ in range(60)) >= 54


def test_a_service_at_the_limit_does_not_pass_in_thirty_days() -> None:
    rng = random.Random(4)
    assert sum(window(rng, 0.005, 1000, 30) for _ in range(40)) <= 2


def test_lines_of_days_and_endpoints() -> None:
    def outcome(at: float, kind: Outcome, n: int, triage: Triage = Triage.pending) -> OutcomeRow:
        return OutcomeRow(block_at=at, endpoint="GET /", outcome=kind, reason="", triage=triage, n=n)

    rows = (
        outcome(START, Outcome.match, 5),
        outcome(START + 300.0, Outcome.mismatch, 2),
        outcome(START + 300.0, Outcome.mismatch, 4, Triage.transient),
        outcome(START + 600.0, Outcome.shed, 3),
        outcome(START + DAY, Outcome.skipped, 9),
    )
    given = evidence([], [beat(0, 0.5)], outcomes=rows)
    first, second = day_lines(given)
    assert (first.requests, first.compared, first.agreeing, first.lost, first.observed_ratio) == (14, 7, 5, 3, 0.5)
    assert (second.requests, second.compared, second.observed_ratio) == (9, 0, None)
    assert endpoint_days(given) == {"GET /": ((START, 7, 5),)}


def test_nothing_is_no_day(evidence_of: Callable[..., Evidence]) -> None:
    assert days(evidence_of({}, epoch=None), START) == ()
    assert day_lines(evidence_of({})) == ()
