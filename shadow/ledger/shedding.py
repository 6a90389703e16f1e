"""Which requests were shed rather than mirrored, by method and size: shedding that prefers some makes what remains a
biased sample. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import sqrt

import msgspec

from shadow.ledger.evidence import LaneRow


class ClassRow(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of one method and size (of both bodies, such as `<16KiB`): how many were handed over to be mirrored, and
    how many were shed at the listener for want of room or of a sender."""

    method: str
    size: str
    mirrored: int
    shed: int

    @property
    def shed_ratio(self) -> float:
        """The share that was shed."""
        return self.shed / (self.mirrored + self.shed)


SIGMAS = 4.0
"""Shedding that hits everything alike strays further from its mean once in 30,000 looks, for a class of any size."""


LEAST_SHED = 10
"""A class is named from so many shed requests on: fewer may be an accident, and the normal approximation fails."""


def most_biased(rows: Iterable[ClassRow]) -> ClassRow | None:
    """Return the class that was shed far more than its share, the one whose excess is the least likely; None where
    shedding hit all classes about alike, or nothing was shed.

    If nothing preferred it, a class of n requests would lose n × p of them (p: the share of all), give or take
    sqrt(n p (1 − p)), the standard deviation of the binomial distribution; `SIGMAS` of those are too many.
    Cannot see: requests of one class that differ in something else, and bursts, which look like bias where one class
    came in them.
    """
    found = list(rows)
    total = sum(row.mirrored + row.shed for row in found)
    shed = sum(row.shed for row in found)
    if not shed or shed == total:
        return None
    share = shed / total

    def excess(row: ClassRow) -> float:
        n = row.mirrored + row.shed
        return (row.shed - n * share) / sqrt(n * share * (1 - share))

    worst = max((row for row in found if row.shed >= LEAST_SHED), key=excess, default=None)
    return worst if worst is not None and excess(worst) > SIGMAS else None


def by_class(lanes: Iterable[LaneRow]) -> tuple[ClassRow, ...]:
    """Return a row for each class that occurred, the largest share of shed first.

    Cannot see: when it happened (lanes count from their start on), endpoints, and what was shed further on, which the
    outcomes tell by endpoint.
    """
    mirrored: Counter[str] = Counter()
    shed: Counter[str] = Counter()
    for row in lanes:
        mirrored.update(row.lane.mirrored)
        shed.update(row.lane.shed)
    rows = []
    for name in sorted(mirrored | shed):
        method, _, size = name.partition(" ")
        rows.append(ClassRow(method=method, size=size, mirrored=mirrored[name], shed=shed[name]))
    return tuple(sorted((row for row in rows if row.mirrored + row.shed), key=lambda row: -row.shed_ratio))
