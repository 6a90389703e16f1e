"""Which requests were shed rather than mirrored, by method and size: shedding that prefers some makes what remains a
biased sample. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

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
