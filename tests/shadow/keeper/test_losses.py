"""Gaps get the losses of their kind once they have settled."""

from __future__ import annotations

from shadow.keeper.losses import Losses
from shadow.records import Gap, GapKind


def gap(kind: GapKind, at: float = 1.0, lost: int = 0) -> Gap:
    return Gap(kind=kind, started_at=at, ended_at=at + 1, lost=lost, detail="x")


def test_a_gap_waits_and_takes_what_was_lost_for_its_reason() -> None:
    losses = Losses(settle_s=5.0)
    losses.begin(gap(GapKind.sender_lost), 10.0)
    losses.begin(gap(GapKind.comparer_lost), 12.0)
    losses.count("sender_lost", 3)
    losses.count("comparer_lost")
    losses.count("tee_full", 7)
    assert losses.take_due(14.9) == ()
    losses.count("sender_lost", 0)
    assert losses.take_due(15.0) == (gap(GapKind.sender_lost, lost=3),)
    assert losses.take_due(16.0, everything=True) == (gap(GapKind.comparer_lost, lost=1),)
    assert losses.take_due(99.0) == ()


def test_the_oldest_gap_of_a_kind_takes_all() -> None:
    losses = Losses(settle_s=0.0)
    for at in (1.0, 2.0):
        losses.begin(gap(GapKind.listener_lost, at), at)
    losses.count("listener_lost", 4)
    assert [g.lost for g in losses.take_due(3.0)] == [4, 0]


def test_what_could_not_be_stored_is_due_again_with_its_count() -> None:
    losses = Losses(settle_s=5.0)
    losses.begin(gap(GapKind.sender_lost), 0.0)
    losses.count("sender_lost", 3)
    taken = losses.take_due(5.0)
    losses.put_back(taken)
    assert losses.take_due(5.0) == (gap(GapKind.sender_lost, lost=3),)
