"""Lanes of former runs become one row for each day; whatever is added up over lanes stays what it was."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shadow.config.model import Ledger
from shadow.ledger.evidence import Evidence
from shadow.ledger.folding import fold_lanes
from shadow.ledger.lanebook import LaneBook
from shadow.ledger.lanes import LaneState, in_flight, row_of
from shadow.ledger.reader import read_evidence
from shadow.ledger.shedding import by_class
from shadow.ledger.writer import LedgerWriter
from shadow.records import GapKind, Lane, Observation, Outcome

AT = 1_700_000_000.0
DAY = 86_400.0
ENDINGS = st.dictionaries(st.sampled_from(["shed(tee_full)", "skipped(policy)"]), st.integers(0, 5))
CLASSES = st.dictionaries(st.sampled_from(["GET <1KiB", "POST <1MiB"]), st.integers(0, 5))


@st.composite
def states(draw: st.DrawFn) -> LaneState:
    closed = draw(st.booleans())
    lane = Lane(
        lane=f"run-{draw(st.integers(0, 50))}",
        started_at=draw(st.sampled_from([AT, AT + 5, AT + DAY, -1e18])),
        closed=closed, accepted=draw(st.integers(0, 9)), open=draw(st.integers(0, 3)), handed=draw(st.integers(0, 9)),
        local=draw(ENDINGS), mirrored=draw(CLASSES), shed=draw(CLASSES),
    )  # fmt: skip
    book = LaneBook(upto=draw(st.integers(0, 5)), beyond=draw(st.sampled_from([(), ((9, 11),)])))
    return LaneState(lane=lane, book=book, known=draw(st.booleans()), final=closed and draw(st.booleans()))


def sums(held: dict[str, LaneState]) -> tuple[object, ...]:
    rows = [row_of(state) for state in held.values()]
    local: Counter[str] = Counter()
    for row in rows:
        local.update(row.lane.local)
    return (
        sum(row.lane.accepted for row in rows), sum(row.lane.handed for row in rows), sum(row.acked for row in rows),
        sum(row.settled_local for row in rows), sum(in_flight(state) for state in held.values()), +local,
        by_class(rows),
    )  # fmt: skip


@given(st.lists(states(), max_size=12), st.lists(states(), max_size=12))
def test_sums_stay_what_they_were(first: list[LaneState], second: list[LaneState]) -> None:
    held: dict[str, LaneState] = {}
    for lanes in (first, second):  # the second time there are days already
        held |= {state.lane.lane: state for state in lanes}
        before = sums(held)
        current = {"run-0", "run-1"}
        days, folded = fold_lanes(held, current)
        assert current.isdisjoint(folded)
        for name in folded:
            assert held[name].final and held[name].known
            del held[name]
        held |= days
        assert sums(held) == before
        left = [state for name, state in held.items() if not name.startswith("day ") and name not in current]
        assert not [state for state in left if state.final and state.known and state.lane.closed]


def counted(path: Path) -> tuple[Evidence, int]:
    evidence = read_evidence(path, at=AT)
    return evidence, len(evidence.lanes)


def test_a_year_of_runs_is_a_row_a_day(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with LedgerWriter.open(path, Ledger(), "key") as writer:
        for run in range(20):
            began = AT + run * DAY / 4
            lanes = [
                Lane(lane=f"{run}-{slot}", started_at=began, accepted=3, handed=2, local={"shed(tee_full)": 1},
                     mirrored={"GET <1KiB": 2}, shed={"POST <1MiB": 1})
                for slot in range(3)
            ]  # fmt: skip
            writer.begin_run(f"run {run}", lanes, started_at=began)
            seen = [
                Observation(lane=lane.lane, seq=seq, started_at=began, endpoint="GET /", outcome=Outcome.match)
                for lane in lanes for seq in (1, 2)
            ]  # fmt: skip
            writer.commit(seen, lanes, now=began + 60)
            for lane in lanes:
                closed = Lane(lane=lane.lane, started_at=began, closed=True, accepted=3, handed=2, local=lane.local,
                              mirrored=lane.mirrored, shed=lane.shed)
                writer.settle(closed, reason="sender_lost", now=began + 60)
    evidence, rows = counted(path)
    assert rows <= 3 + 6
    assert (evidence.accepted_total, evidence.in_flight_total, evidence.outcomes_total) == (180, 0, 180)
    assert sum(row.acked for row in evidence.lanes) == 120
    assert [(row.method, row.mirrored, row.shed) for row in by_class(evidence.lanes)] == [("POST", 0, 60),
                                                                                        ("GET", 120, 0)]
    assert {gap.kind for gap in evidence.gaps} == {GapKind.mirror_down}
    assert sum(gap.times for gap in evidence.gaps) == 19
