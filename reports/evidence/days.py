"""Complete UTC days of the judged epoch, and whether each shows what is required. Pure.

GREEN: the bound is met. RED: the observed share is below what is required. THIN: the share would do, but too few
requests show it. GAP: the mirror worked for less of the day than required, or another build ran in it. Today is not
complete and never counts. Days are [00:00, 24:00) UTC: no clock change makes one longer or shorter.
"""

from __future__ import annotations

from collections import defaultdict
from math import floor

import msgspec

from reports.document import Day, DayLine
from reports.evidence.tally import AGREEING, FAILING, LOST
from reports.statistics.binomial import upper_bound
from shadow.ledger.evidence import Evidence
from shadow.records import Outcome
from shadow.triage import EXCUSED

DAY_S = 86400.0
GREEN, RED, THIN, GAP = "green", "red", "thin", "gap"

ODD = 7
"""One in so many days may be thin or a gap."""


class Streak(msgspec.Struct, frozen=True, kw_only=True):
    """The run of days that ends with the last complete one: `green` ones counted, `odd` ones skipped.

    `attempts` counts the runs that were begun since the build, this one included; `days` are those of this run.
    """

    green: int
    odd: int
    attempts: int
    days: tuple[Day, ...]


def complete_days(
    evidence: Evidence, at: float, *, required: float, confidence: float, observed: float
) -> tuple[Day, ...]:
    """Return every complete day from that of the epoch's first evidence to yesterday, in order of time."""
    epoch = evidence.epoch
    if epoch is None:
        return ()
    counts: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for row in evidence.joints:
        if row.criterion == "error":
            cell = counts[midnight(row.block_at)]
            cell[0] += row.both_ok + row.old_bad + row.new_bad + row.both_bad
            cell[1] += row.new_bad + row.both_bad
    watched = watched_ratio(evidence)
    first = midnight(max(epoch.first_at, evidence.since))
    today = midnight(min(at, evidence.until))
    days = []
    for number in range(max(0, round((today - first) / DAY_S))):
        day = first + number * DAY_S
        n, failing = counts.get(day, [0, 0])
        seen = min(watched.get(day, 0.0), (day + DAY_S - max(epoch.first_at, day)) / DAY_S)
        state = state_of(n, failing, seen, required=required, confidence=confidence, observed=observed)
        days.append(Day(at=day, state=state, n=n, failing=failing, observed_ratio=seen))
    return tuple(days)


def state_of(n: int, failing: int, seen: float, *, required: float, confidence: float, observed: float) -> str:
    """Return the state of one day; `seen` is the share of it that was watched."""
    # One part in a million of a day is the dust of adding up seconds.
    if not seen + 1e-6 >= observed:
        return GAP
    if n and 1.0 - failing / n < required:
        return RED
    return GREEN if upper_bound(failing, n, confidence) <= 1.0 - required + 1e-12 else THIN


def streak_of(days: tuple[Day, ...]) -> Streak:
    """Return the run of days that ends yesterday; a red day ends a run, thin ones and gaps do neither."""
    run: list[Day] = []
    for day in reversed(days):
        if day.state == RED:
            break
        run.append(day)
    attempts, going = 0, False
    for day in days:
        if day.state == RED:
            going = False
        elif day.state == GREEN and not going:
            going, attempts = True, attempts + 1
    green = sum(day.state == GREEN for day in run)
    return Streak(green=green, odd=len(run) - green, attempts=attempts, days=tuple(reversed(run)))


def shortest(streak: Streak, wanted: int) -> tuple[Day, ...] | None:
    """Return the latest days that hold `wanted` green ones, None where there are too few of them, or where more than
    one in seven of these days is thin or a gap."""
    green = 0
    for taken, day in enumerate(reversed(streak.days), 1):
        green += day.state == GREEN
        if green == wanted:
            odd = taken - green
            return streak.days[-taken:] if odd * ODD <= taken else None
    return None


def watched_ratio(evidence: Evidence) -> dict[float, float]:
    """Return by day the share of it in which the mirror worked, by its heartbeat."""
    seconds: dict[float, float] = defaultdict(float)
    for row in evidence.watches:
        if row.name == "mirror":
            seconds[midnight(row.block_at)] += row.seconds
    return {day: min(total / DAY_S, 1.0) for day, total in seconds.items()}


def midnight(at: float) -> float:
    """Return the start of the UTC day."""
    return floor(at / DAY_S) * DAY_S


def day_lines(evidence: Evidence) -> tuple[DayLine, ...]:
    """Return what happened on each day on which there was anything, in order of time."""
    cells: dict[float, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in evidence.outcomes:
        cell = cells[midnight(row.block_at)]
        cell[0] += row.n
        if row.outcome is Outcome.mismatch and row.triage in EXCUSED:
            continue
        cell[1] += row.n * (row.outcome in FAILING or row.outcome in AGREEING)
        cell[2] += row.n * (row.outcome in AGREEING)
        cell[3] += row.n * (row.outcome in LOST)
    watched = watched_ratio(evidence)
    return tuple(
        DayLine(
            at=day,
            requests=cell[0],
            compared=cell[1],
            agreeing=cell[2],
            lost=cell[3],
            observed_ratio=watched.get(day),
        )
        for day, cell in sorted(cells.items())
    )


def endpoint_days(evidence: Evidence) -> dict[str, tuple[tuple[float, int, int], ...]]:
    """Return (day, compared, agreeing) of each endpoint, in order of time."""
    cells: dict[str, dict[float, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in evidence.outcomes:
        if row.outcome is Outcome.mismatch and row.triage in EXCUSED:
            continue
        agrees = row.outcome in AGREEING
        if agrees or row.outcome in FAILING:
            cell = cells[row.endpoint][midnight(row.block_at)]
            cell[0] += row.n
            cell[1] += row.n * agrees
    return {name: tuple((day, n, ok) for day, (n, ok) in sorted(days.items())) for name, days in cells.items()}
