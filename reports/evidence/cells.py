"""The outcome rows, brought together once for all who add them up: there are tens of thousands of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import floor

from shadow.ledger.evidence import OutcomeRow
from shadow.records import Outcome, Triage

DAY_S = 86400.0

Place = tuple[str, Outcome, str, Triage]
"""Endpoint, outcome, reason, triage."""

Cells = dict[Place, list[tuple[float, int]]]
"""Starts of blocks, hours and days, and how many exchanges ended so in each, by place; in order of the rows."""


def cells_of(rows: Iterable[OutcomeRow]) -> Cells:
    """Return the rows by place."""
    cells: Cells = defaultdict(list)
    for row in rows:
        cells[row.endpoint, row.outcome, row.reason, row.triage].append((row.block_at, row.n))
    return dict(cells)


def midnight(at: float) -> float:
    """Return the start of the UTC day."""
    return floor(at / DAY_S) * DAY_S


class Midnights(dict[float, float]):
    """The start of the UTC day by instant, worked out once for each: blocks share their starts."""

    def __missing__(self, at: float) -> float:
        found = self[at] = midnight(at)
        return found
