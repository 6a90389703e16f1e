"""One thing the gate asks, with its answer and the side on which its numbers are good.

Ratios are 0-1, durations seconds, instants Unix seconds UTC.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from shadow.records import CheckStatus


class Better(Enum):
    """Which side of a number is the good one; it is never rounded towards that side."""

    lower = "lower"
    higher = "higher"

    def __str__(self) -> str:
        return self.value


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One complete UTC day of a window criterion. `state` is green, red, thin or gap; `at` is its midnight.

    `observed_ratio` is the share of the day in which the mirror worked; `n` requests of which `failing` failed.
    """

    at: float
    state: str = "gap"
    n: int = 0
    failing: int = 0
    observed_ratio: float = 0.0


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the gate asks, with its answer. The default status is the failing one.

    `name` is one of `reports.headline.TITLES`; `scope` is an endpoint, a table pair, a route group, a counter or
    `all`. `required`, `observed` and `bound` are numbers in `unit` (`ratio`, `s`, `count`, `factor`, `number`), None
    where there is none. `better` is their good side: `higher` where at least `required` is asked for, else `lower`.
    `bound` is the one-sided confidence bound that decides. `n` counts pairs, `needed` how many more would be needed
    before this could pass (None where more evidence cannot help). `reason` says it in words, `link` is a fragment of
    the page (`#endpoint-3`).

    `since` is where the evidence behind the row begins (of a window: the run of days), `blocks` how many time blocks
    it lies in, `e_value` the evidence that stays valid however often one looks (None where it is not asked),
    `e_needed` its threshold. `attempts` counts the runs of days that were begun since the build. `dry_run` rows are
    shown and decide nothing. A waived row keeps what it was in `was`, and the waiver's id in `waiver`.
    """

    name: str
    scope: str
    status: CheckStatus = CheckStatus.error
    unit: str = "ratio"
    better: Better = Better.lower
    required: float | None = None
    observed: float | None = None
    bound: float | None = None
    n: int = 0
    blocks: int = 0
    needed: int | None = None
    reason: str = ""
    link: str = ""
    since: float | None = None
    e_value: float | None = None
    e_needed: float | None = None
    days: tuple[Day, ...] = ()
    attempts: int | None = None
    dry_run: bool = False
    was: CheckStatus | None = None
    waiver: str = ""
