"""accepted = outcomes + in flight, from whenever one begins to look."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shadow.control.accounts import Accounts, Baseline
from shadow.ledger.evidence import LaneRow
from shadow.records import Lane, Outcome

FULL = (Outcome.shed, "tee_full")


def row(name: str, *, accepted: int, opened: int, acked: int, full: int) -> LaneRow:
    lane = Lane(lane=name, started_at=1.0, accepted=accepted, open=opened, handed=accepted - opened - full,
                local={"shed(tee_full)": full} if full else {})
    return LaneRow(lane=lane, acked=acked, settled_local=full)


def test_nothing() -> None:
    assert Baseline().accounts(()) == Accounts()


def test_from_the_start() -> None:
    rows = [row("a", accepted=10, opened=2, acked=5, full=1), row("b", accepted=3, opened=0, acked=3, full=0)]
    assert Baseline().accounts(rows) == Accounts(accepted=13, in_flight=4, local={FULL: 1})


def test_what_was_in_flight_at_the_start_counts_as_accepted() -> None:
    baseline = Baseline([row("a", accepted=10, opened=2, acked=5, full=1)])
    assert baseline.accounts([row("a", accepted=10, opened=2, acked=5, full=1)]) == Accounts(
        accepted=4, in_flight=4, local={FULL: 0}
    )
    later = [row("a", accepted=20, opened=0, acked=16, full=4), row("b", accepted=1, opened=1, acked=0, full=0)]
    assert baseline.accounts(later) == Accounts(accepted=15, in_flight=1, local={FULL: 3})


COUNTS = st.tuples(*[st.integers(0, 50)] * 4)


@given(COUNTS, COUNTS)
def test_the_sum_holds_from_any_start(first: tuple[int, ...], grown: tuple[int, ...]) -> None:
    def made(opened: int, waiting: int, acked: int, full: int) -> LaneRow:
        return row("a", accepted=opened + waiting + acked + full, opened=opened, acked=acked, full=full)

    # In flight is whatever it is now; what has ended only grows.
    now = made(grown[0], grown[1], first[2] + grown[2], first[3] + grown[3])
    accounts = Baseline([made(*first)]).accounts([now])
    observed = grown[2]
    assert accounts.accepted == accounts.in_flight + observed + sum(accounts.local.values())
    assert accounts.in_flight == grown[0] + grown[1]
