"""Complete UTC days of the judged epoch, and whether each shows what is required. Pure.

GREEN: the bound is met. RED: the observed share is below what is required. THIN: the share would do, but too few
requests show it. GAP: the mirror worked for less of the day than required, or another build ran in it. Today is not
complete and never counts. Days are [00:00, 24:00) UTC: no clock change makes one longer or shorter.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec

from reports.document import Day, DayLine
from reports.evidence.cells import DAY_S, Cells, Midnights, cells_of, midnight
from reports.evidence.tally import AGREEING, COMPARED, LOST
from reports.statistics.binomial import upper_bound
from shadow.ledger.evidence import Evidence
from shadow.records import Outcome
from shadow.triage import EXCUSED

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
    midnights = Midnights()
    for row in evidence.joints:
        if row.criterion == "error":
            cell = counts[midnights[row.block_at]]
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
    midnights = Midnights()
    for row in evidence.watches:
        if row.name == "mirror":
            seconds[midnights[row.block_at]] += row.seconds
    return {day: min(total / DAY_S, 1.0) for day, total in seconds.items()}


def day_lines(evidence: Evidence, cells: Cells | None = None) -> tuple[DayLine, ...]:
    """Return what happened on each day on which there was anything, in order of time. `cells` saves bringing the
    outcomes together once more."""
    sums: dict[float, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    days = Midnights()
    for (_, outcome, _, triage), held in (cells_of(evidence.outcomes) if cells is None else cells).items():
        counted = [0]
        if outcome is not Outcome.mismatch or triage not in EXCUSED:
            counted += [
                index for index, which in enumerate((COMPARED, AGREEING, LOST), 1) if outcome in which
            ]
        for at, n in held:
            line = sums[days[at]]
            for index in counted:
                line[index] += n
    watched = watched_ratio(evidence)
    return tuple(
        DayLine(
            at=day,
            requests=line[0],
            compared=line[1],
            agreeing=line[2],
            lost=line[3],
            observed_ratio=watched.get(day),
        )
        for day, line in sorted(sums.items())
    )


def endpoint_days(
    evidence: Evidence, cells: Cells | None = None
) -> dict[str, tuple[tuple[float, int, int], ...]]:
    """Return (day, compared, agreeing) of each endpoint, in order of time; `cells` as above."""
    sums: dict[str, dict[float, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    days = Midnights()
    for (endpoint, outcome, _, triage), held in (cells_of(evidence.outcomes) if cells is None else cells).items():
        if outcome not in COMPARED or (outcome is Outcome.mismatch and triage in EXCUSED):
            continue
        own, agrees = sums[endpoint], outcome in AGREEING
        for at, n in held:
            line = own[days[at]]
            line[0] += n
            if agrees:
                line[1] += n
    return {name: tuple([(day, n, ok) for day, (n, ok) in sorted(own.items())]) for name, own in sums.items()}
