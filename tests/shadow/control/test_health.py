"""Ready is what has no reason against it."""

from __future__ import annotations

import pytest

from shadow.control.health import LATE_S, lifeless, unready
from shadow.control.moment import Moment

WELL = {"expected": ("sender 0", "comparer 0"), "connected": ("comparer 0", "sender 0"), "looked_s": 0.2}


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, ()),
        ({"looked_s": LATE_S}, ()),
        ({"looked_s": LATE_S + 1}, ("nothing was stored for 11 s",)),
        ({"ledger_fault": "disk full", "looked_s": 99.0}, ("the ledger cannot be written: disk full",)),
        ({"lanes_fault": "torn"}, ("the listeners' counters cannot be read: torn",)),
        ({"connected": ("comparer 0",)}, ("sender 0 is not connected",)),
        ({"connected": ()}, ("sender 0 is not connected", "comparer 0 is not connected")),
        ({"silent": ("the listener of lane x-0",)}, ("the listener of lane x-0 is silent",)),
        ({"refused": 10, "waiting_bytes": 10**9, "lagging": 1}, ()),
    ],
)
def test_reasons(change: dict[str, object], reasons: tuple[str, ...]) -> None:
    assert unready(Moment(**{**WELL, **change})) == reasons  # type: ignore[arg-type]


def test_only_what_a_restart_mends_is_lifeless() -> None:
    broken = {"looked_s": 1e6, "ledger_fault": "disk full", "lanes_fault": "torn", "connected": (),
              "silent": ("the listener of lane x-0",), "lagging": 3}
    assert lifeless(Moment(**{**WELL, **broken})) == ()  # type: ignore[arg-type]
    assert lifeless(Moment(hung=("the listener of lane x-0",))) == ("the listener of lane x-0 stands still",)
