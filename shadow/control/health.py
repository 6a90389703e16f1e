"""Is the mirror ready: does everything work that it depends on. Pure.

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
