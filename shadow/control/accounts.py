"""The listeners' counters against what the ledger has acknowledged: accepted = outcomes + in flight. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from shadow.ledger.evidence import LaneRow
from shadow.ledger.lanes import parse_ending
from shadow.records import Outcome


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """Totals since the keeper started. `local` are endings that the listeners decided themselves."""

    accepted: int = 0
    in_flight: int = 0
    local: dict[tuple[Outcome, str], int] = {}


class Baseline:
    """What had ended when this keeper started. What was in flight then counts as accepted by it, so that the sum of
    the outcomes that it sees and of what is in flight is always what was accepted."""

    def __init__(self, rows: Iterable[LaneRow] = ()) -> None:
        self._rows = {row.lane.lane: row for row in rows}

    def accounts(self, rows: Iterable[LaneRow]) -> Accounts:
        """Return the totals of a run's lanes, as the ledger holds them after the last commit."""
        accepted = in_flight = 0
        local: Counter[tuple[Outcome, str]] = Counter()
        for row in rows:
            before = self._rows.get(row.lane.lane)
            accepted += row.lane.accepted
            in_flight += row.lane.accepted - row.settled_local - row.acked
            if before is not None:
                accepted -= before.settled_local + before.acked
            for text, n in row.lane.local.items():
                local[parse_ending(text)] += n - (before.lane.local.get(text, 0) if before is not None else 0)
        return Accounts(accepted=accepted, in_flight=in_flight, local=dict(local))
