"""Is the mirror ready: does everything work that it depends on. Is it alive: would a restart help the live path. Pure.

Cannot see: whether a connected process still makes progress. The candidate is not asked: a mirror whose candidate is
down is as ready as any, and live traffic passes whatever the answer here is.
"""

from __future__ import annotations

from shadow.control.moment import Moment

LATE_S = 10.0


def unready(moment: Moment) -> tuple[str, ...]:
    """Return why the mirror is not ready; empty when it is."""
    reasons = []
    if moment.ledger_fault:
        reasons.append(f"the ledger cannot be written: {moment.ledger_fault}")
    elif moment.looked_s > LATE_S:
        reasons.append(f"nothing was stored for {moment.looked_s:.0f} s")
    if moment.lanes_fault:
        reasons.append(f"the listeners' counters cannot be read: {moment.lanes_fault}")
    reasons += [f"{name} is not connected" for name in moment.expected if name not in moment.connected]
    reasons += [f"{name} is silent" for name in moment.silent]
    return tuple(reasons)


def lifeless(moment: Moment) -> tuple[str, ...]:
    """Return why only a restart helps; empty where it would not, or nothing is wrong.

    That is a listener whose loop has stood still for a minute: its clients hang, and nobody else notices. What concerns
    evidence alone (ledger, sender, comparer, candidate) never counts, and what dies is started again by the supervisor.
    Cannot see: a listener that turns and serves wrongly; ask a route of the primary through the mirror for that.
    """
    return tuple(f"{name} stands still" for name in moment.hung)
