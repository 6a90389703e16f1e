"""Lanes of former runs, added up: one row for each day on which they began, whatever their number. Pure.

Every sum over lanes stays what it was: accepted, handed, acknowledged, local endings, classes of method and size.
Cannot be undone: which sequence numbers of a folded lane were acknowledged is forgotten. So only a lane that is final
is folded, and nobody is left who could still send one of its numbers: it takes the keeper's lock to write at all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from shadow.ledger.lanebook import LaneBook, acknowledged
from shadow.ledger.lanes import LaneState
from shadow.records import Lane

PREFIX = "day "


def fold_lanes(
    held: Mapping[str, LaneState], current: Collection[str]
) -> tuple[dict[str, LaneState], tuple[str, ...]]:
    """Return the rows of the days that are new or have grown, and the names of the lanes that are in them now.

    `current` are the lanes of the run that begins; they stay, and so does every lane that is not final.
    """
    lanes = [
        state
        for name, state in held.items()
        if name not in current and not name.startswith(PREFIX) and state.final and state.known and state.lane.closed
    ]
    by_day: dict[str, list[LaneState]] = defaultdict(list)
    for state in lanes:
        by_day[_day(state.lane.started_at)].append(state)
    days = {}
    for name, states in by_day.items():
        before = held.get(name)
        days[name] = _sum(name, states if before is None else [before, *states])
    return days, tuple(state.lane.lane for state in lanes)


def _day(at: float) -> str:
    try:
        return PREFIX + datetime.fromtimestamp(at, UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return PREFIX + "unknown"


def _sum(name: str, states: Iterable[LaneState]) -> LaneState:
    local: Counter[str] = Counter()
    mirrored: Counter[str] = Counter()
    shed: Counter[str] = Counter()
    accepted = opened = handed = acked = 0
    started: list[float] = []
    for state in states:
        lane = state.lane
        started.append(lane.started_at)
        accepted += lane.accepted
        opened += lane.open
        handed += lane.handed
        acked += acknowledged(state.book)
        local.update(lane.local)
        mirrored.update(lane.mirrored)
        shed.update(lane.shed)
    lane = Lane(
        lane=name, started_at=min(started), closed=True, accepted=accepted, open=opened, handed=handed,
        local=dict(local), mirrored=dict(mirrored), shed=dict(shed),
    )  # fmt: skip
    return LaneState(lane=lane, book=LaneBook(upto=acked), known=True, final=True)
