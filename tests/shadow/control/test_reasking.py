"""Counts of senders that come and go."""

from __future__ import annotations

from shadow.control.reasking import Reasking
from shadow.ipc.messages import Reasked


def test_totals_of_several_senders_and_of_a_new_process() -> None:
    counts = Reasking()
    counts.take("sender 0", Reasked(asked={"noise": 3}, refused={"share": 1}))
    counts.take("sender 1", Reasked(asked={"noise": 2, "triage": 1}, stops={"limited": 1}, stopped=True))
    counts.take("sender 0", Reasked(asked={"noise": 5}, refused={"share": 1}))
    assert (counts.asked, counts.refused, counts.stops) == ({"noise": 7, "triage": 1}, {"share": 1}, {"limited": 1})
    assert counts.stopped == 1
    counts.take("sender 0", Reasked(asked={"noise": 1}))  # it began anew
    assert counts.asked["noise"] == 8
    counts.forget("sender 1")
    assert counts.stopped == 0 and counts.asked["noise"] == 8
