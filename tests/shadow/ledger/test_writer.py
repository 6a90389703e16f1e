"""The writer over real files, and the sum that must hold whatever happens."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shadow.config.model import Ledger
from shadow.errors import LedgerError
from shadow.ledger import writer as writer_module
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import KEPT_RUNS, LedgerWriter
from shadow.records import CheckStatus, DataCheck, Difference, Gap, GapKind, Lane, LegResult, Observation, Outcome

Make = Callable[..., Observation]


def _lane(handed: int, *, accepted: int | None = None, opened: int = 0, closed: bool = False, **local: int) -> Lane:
    endings = {f"shed({key})": n for key, n in local.items()}
    total = opened + handed + sum(local.values()) if accepted is None else accepted
    return Lane(lane="a", started_at=1.0, closed=closed, accepted=total, open=opened, handed=handed, local=endings)


def _sum(path: Path) -> tuple[int, int, int]:
    evidence = read_evidence(path, at=0.0)
    return evidence.accepted_total, evidence.in_flight_total, evidence.outcomes_total


def _outcomes(path: Path) -> dict[tuple[str, str, str], int]:
    rows = read_evidence(path, at=0.0).outcomes
    return {(row.endpoint, row.outcome.value, row.reason): row.n for row in rows}


def test_commit_acknowledges_duplicates_and_counts_the_first(path: Path, settings: Ledger, observe: Make) -> None:
    with LedgerWriter.open(path, settings) as writer:
        assert writer.commit([observe(1), observe(1, outcome="mismatch")], now=1.0) == {("a", 1)}
        assert writer.commit([observe(1, outcome="mismatch"), observe(2, lane="b")], now=1.0) == {("a", 1), ("b", 2)}
    with LedgerWriter.open(path, settings) as writer:
        assert writer.commit([observe(1, outcome="mismatch"), observe(2)], now=1.0) == {("a", 1), ("a", 2)}
    assert _outcomes(path) == {("GET /x", "match", ""): 3}


def test_rows_add_up_over_commits(
    path: Path,
    settings: Ledger,
    observe: Make,
    differ: Callable[..., Difference],
    leg: Callable[..., LegResult],
) -> None:
    """Many commits give the rows of one: a block's row is the sum of its parts, in every column."""
    states = [("answered", 200), ("answered", 500), ("failed", 0)]
    observations = [
        observe(
            n,
            1000.0 + n,
            outcome=("mismatch", "match")[n % 2],
            differences=(differ(disposition=("open", "noise")[n // 2 % 2], by="x"),) if n % 3 else (),
            secondary_differs=n // 2 % 2 == 0,
            legs=(
                leg("primary", *states[n % 3], s=0.01 * n, build="p"),
                leg("candidate", *states[n // 3 % 3], s=0.05, build="c"),
                leg("secondary", s=0.02),
            ),
        )
        for n in range(1, 37)
    ]
    whole = path.with_name("whole.db")
    with LedgerWriter.open(whole, settings) as writer:
        writer.commit(observations, now=1.0)
    for part in (observations[:3], observations[3:4], observations[4:20], observations[20:]):
        with LedgerWriter.open(path, settings) as writer:
            writer.commit(part, now=1.0)
    one, parts = read_evidence(whole, at=0.0), read_evidence(path, at=0.0)
    for table in ("outcomes", "joints", "pairings", "histograms", "sets", "signatures", "epochs"):
        assert getattr(one, table) == getattr(parts, table), table
    for left, right in zip(one.ratios, parts.ratios, strict=True):
        assert (left.against, left.n) == (right.against, right.n)
        assert (left.sum_log, left.sum_log2) == pytest.approx((right.sum_log, right.sum_log2))
    for joint in one.joints:
        assert min(joint.both_ok, joint.old_bad, joint.new_bad, joint.both_bad) > 1
    assert min(one.pairings[0].both, one.pairings[0].only_old, one.pairings[0].only_new, one.pairings[0].neither) > 1
    assert (one.signatures[0].n, one.signatures[0].n_open, len(one.ratios)) == (24, 12, 2)


def test_local_endings_are_cumulative(path: Path, settings: Ledger) -> None:
    with LedgerWriter.open(path, settings) as writer:
        writer.commit([], [_lane(0, tee_full=3)], now=1000.0)
        writer.commit([], [_lane(0, tee_full=3)], now=1000.0)
        writer.commit([], [_lane(0, tee_full=5, breaker_open=1)], now=1000.0)
        assert _outcomes(path) == {
            ("_unattributed", "shed", "tee_full"): 5,
            ("_unattributed", "shed", "breaker_open"): 1,
        }
    assert _sum(path) == (6, 0, 6)


def test_missing_and_settle(path: Path, settings: Ledger, observe: Make) -> None:
    with LedgerWriter.open(path, settings) as writer:
        writer.commit([observe(2), observe(5)], [_lane(6, opened=2)], now=1000.0)
        assert writer.missing("a") == (1, 3, 4, 6)
        assert writer.missing("a", below=4) == (1, 3)
        assert writer.missing("nobody") == ()
        assert writer.settle(_lane(6, opened=2), below=4, reason="sender_lost", now=1000.0) == 2
        assert _sum(path) == (8, 4, 4)
        assert writer.commit([observe(1, outcome="mismatch")], now=1000.0) == {("a", 1)}
        assert _sum(path) == (8, 4, 4)
        writer.commit([], [_lane(6, opened=2, closed=True)], now=1000.0)
        assert _sum(path) == (8, 0, 4)  # closed and not settled: the sum must fail
        assert writer.settle(_lane(6, opened=2, closed=True), reason="comparer_lost", now=1000.0) == 4
        assert writer.settle(_lane(6, opened=2, closed=True), reason="comparer_lost", now=1000.0) == 0
    assert _sum(path) == (8, 0, 8)
    assert _outcomes(path) == {
        ("GET /x", "match", ""): 2,
        ("_unattributed", "shed", "sender_lost"): 2,
        ("_unattributed", "shed", "comparer_lost"): 2,
        ("_unattributed", "shed", "listener_lost"): 2,
    }


def test_holds(path: Path, settings: Ledger, observe: Make) -> None:
    with LedgerWriter.open(path, settings) as writer:
        writer.commit([observe(2)], [_lane(3)], now=1.0)
        writer.settle(_lane(3), below=2, reason="sender_lost", now=1.0)
        assert [writer.holds("a", seq) for seq in (1, 2, 3, 4)] == [True, True, False, False]
        assert not writer.holds("nobody", 1)


def test_lanes_of_a_crashed_run_can_be_settled(path: Path, settings: Ledger, observe: Make) -> None:
    with LedgerWriter.open(path, settings) as writer:
        writer.commit([observe(1)], [_lane(3, opened=1)], now=1000.0)
    with LedgerWriter.open(path, settings) as writer:
        (row,) = writer.lanes()
        assert (row.lane, row.acked, row.settled_local) == (_lane(3, opened=1), 1, 0)
        closed = msgspec.structs.replace(row.lane, closed=True)
        assert writer.settle(closed, reason="keeper_lost", now=2000.0) == 3
        (row,) = writer.lanes()
        assert (row.acked, row.settled_local, row.lane.open) == (3, 1, 0)
    assert _sum(path) == (4, 0, 4)


def test_settle_takes_over_counters_that_were_never_committed(path: Path, settings: Ledger) -> None:
    with LedgerWriter.open(path, settings) as writer:
        assert writer.settle(_lane(3, opened=1, closed=True, tee_full=2), reason="sender_lost", now=1.0) == 4
    assert _sum(path) == (6, 0, 6)


def test_the_sum_fails_for_outcomes_whose_requests_nobody_counted(
    path: Path, settings: Ledger, observe: Make
) -> None:
    with LedgerWriter.open(path, settings) as writer:
        writer.commit([observe(1), observe(2)], now=1.0)
        assert _sum(path) == (0, 0, 2)


def test_an_error_stores_nothing_and_the_writer_goes_on(
    path: Path, settings: Ledger, observe: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LedgerWriter.open(path, settings) as writer:
        writer.commit([observe(1)], [_lane(1)], now=1.0)
        before = read_evidence(path, at=0.0)
        with pytest.raises(ValueError, match="at least 1"):
            writer.commit([observe(2), observe(0)], [_lane(2)], now=1.0)
        with monkeypatch.context() as patch:
            patch.setattr(writer_module, "store_gaps", _refuse)
            with pytest.raises(LedgerError, match="disk is full"):
                writer.commit([observe(2, endpoint="GET /new", builds=("p2", "c2"))], [_lane(2, tee_full=1)], now=1.0)
        assert read_evidence(path, at=0.0) == before
        writer.commit([observe(2, endpoint="GET /new", builds=("p2", "c2"))], [_lane(2, tee_full=1)], now=1.0)
        assert _sum(path) == (3, 0, 3)
        assert _outcomes(path) == {("GET /new", "match", ""): 1, ("_unattributed", "shed", "tee_full"): 1}


def _refuse(db: sqlite3.Connection, gaps: object) -> None:
    """Fail at the end of a transaction as SQLite does on a full disk."""
    limit = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {limit}")
    try:
        db.execute("INSERT INTO gap VALUES (1, 'x', 0, 0, 0, zeroblob(1000000))")
    finally:
        db.execute("PRAGMA max_page_count = 1073741823")


def test_gaps(path: Path, settings: Ledger) -> None:
    gaps = [
        Gap(kind=GapKind.sender_lost, started_at=10.0, ended_at=13.0, lost=4, detail="killed"),
        Gap(kind=GapKind.paused, started_at=5.0, ended_at=6.0),
    ]
    with LedgerWriter.open(path, settings) as writer:
        writer.commit([], gaps=gaps, now=20.0)
    assert read_evidence(path, at=0.0).gaps == (gaps[1], gaps[0])


def test_checks(path: Path, settings: Ledger) -> None:
    def check(run: int, name: str = "count", status: CheckStatus = CheckStatus.passed) -> DataCheck:
        return DataCheck(
            run_id=f"r{run:03}", pair="a", check=name, started_at=0.0, finished_at=float(run), status=status
        )

    with LedgerWriter.open(path, settings) as writer:
        for run in range(1, KEPT_RUNS + 3):
            writer.record_check(check(run))
        writer.record_check(check(4, "rows"))
        writer.record_check(check(KEPT_RUNS + 2, status=CheckStatus.fail))
    evidence = read_evidence(path, at=0.0)
    assert evidence.checks == (check(KEPT_RUNS + 2, status=CheckStatus.fail), check(4, "rows"))
    assert (evidence.epoch, evidence.outcomes_total) == (None, 0)
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT name, count(*) FROM data_check GROUP BY name").fetchall() == [
            ("count", KEPT_RUNS), ("rows", 1)
        ]  # fmt: skip
    db.close()


def test_examples_are_bounded_shared_and_forgotten(
    path: Path, settings: Ledger, observe: Make, differ: Callable[..., Difference]
) -> None:
    both = (differ("g1"), differ("g2"))
    with LedgerWriter.open(path, settings) as writer:
        for n in range(1, 101):
            writer.commit([observe(n, float(n), outcome="mismatch", differences=both, shown=True)], now=1.0)
        db = sqlite3.connect(path)
        rows = read_evidence(path, at=0.0).signatures
        assert [(row.n, row.n_open) for row in rows] == [(100, 100), (100, 100)]
        for row in rows:
            shown = [example.observed_at for example in row.examples]
            assert shown == sorted(set(shown))
            assert (shown[0], shown[-1], 4 <= len(shown) <= settings.examples) == (1.0, 100.0, True)
        kept = {example.observed_at for row in rows for example in row.examples}
        assert db.execute("SELECT count(*) FROM example").fetchone() == (len(kept),)
        for n in range(101, 110):
            builds = ("p", f"c{n}")
            writer.commit([observe(n, float(n), differences=both, shown=True, builds=builds)], now=1.0)
        assert db.execute("SELECT count(*) FROM epoch").fetchone() == (10,)
        assert db.execute("SELECT count(*) FROM example").fetchone() == (8,)
        assert db.execute("SELECT count(DISTINCT epoch) FROM example_slot").fetchone() == (8,)
        db.close()


def test_names_beyond_the_caps_survive_reopening(path: Path, observe: Make) -> None:
    tight = Ledger(max_endpoints=2)
    for n in range(1, 5):
        with LedgerWriter.open(path, tight) as writer:
            writer.commit([observe(n, endpoint=f"GET /{n}")], [_lane(n, tee_full=1)], now=1.0)
    assert _outcomes(path) == {
        ("GET /1", "match", ""): 1,
        ("GET /2", "match", ""): 1,
        ("GET _other", "match", ""): 2,
        ("_unattributed", "shed", "tee_full"): 1,
    }


def test_another_block_length_later(path: Path, settings: Ledger, observe: Make) -> None:
    with LedgerWriter.open(path, settings) as writer:
        writer.commit([observe(1, 1000.0)], now=1.0)
    with LedgerWriter.open(path, Ledger(block_s=60.0)) as writer:
        writer.commit([observe(2, 1000.0)], now=1.0)
    evidence = read_evidence(path, at=0.0, since=1150.0)
    assert evidence.block_s == 60.0
    assert [(row.block_at, row.n) for row in evidence.outcomes] == [(900.0, 1), (960.0, 1)]


class Run(RuleBasedStateMachine):
    """Listeners, comparers that reorder and repeat, a keeper that restarts: the sum holds throughout."""

    NAMES = ("a", "b", "c")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.path = Path(self.folder.name) / "ledger.db"
        self.writer = LedgerWriter.open(self.path, Ledger())
        self.lanes = {name: Lane(lane=name, started_at=1.0) for name in self.NAMES}
        self.ended: dict[tuple[str, int], Outcome] = {}
        self.settled: set[tuple[str, int]] = set()
        self.finished: set[str] = set()
        self.publish()

    def teardown(self) -> None:
        self.writer.close()
        self.folder.cleanup()

    def publish(self) -> None:
        self.writer.commit([], tuple(self.lanes.values()), now=1.0)

    def grow(self, name: str, **more: int) -> None:
        lane = self.lanes[name]
        if not lane.closed:
            self.lanes[name] = msgspec.structs.replace(
                lane, **{key: getattr(lane, key) + n for key, n in more.items()}
            )

    @rule(name=st.sampled_from(NAMES), n=st.integers(1, 5))
    def accept(self, name: str, n: int) -> None:
        self.grow(name, accepted=n, open=n)

    @rule(name=st.sampled_from(NAMES), n=st.integers(1, 5))
    def hand(self, name: str, n: int) -> None:
        n = min(n, self.lanes[name].open)
        self.grow(name, open=-n, handed=n)

    @rule(name=st.sampled_from(NAMES), key=st.sampled_from(["shed(tee_full)", "not_comparable(upgrade)", "junk"]))
    def end_here(self, name: str, key: str) -> None:
        lane = self.lanes[name]
        if lane.open and not lane.closed:
            local = lane.local | {key: lane.local.get(key, 0) + 1}
            self.lanes[name] = msgspec.structs.replace(lane, open=lane.open - 1, local=local)

    @rule(data=st.data(), counters=st.booleans())
    def commit(self, data: st.DataObject, counters: bool) -> None:
        if counters:
            self.publish()
        handed = [(name, seq) for name in self.NAMES for seq in range(1, self.lanes[name].handed + 1)]
        if not handed:
            return
        picked = data.draw(st.lists(st.sampled_from(handed), max_size=6))
        outcomes = [data.draw(st.sampled_from(list(Outcome))) for _ in picked]
        observations = [
            Observation(lane=name, seq=seq, started_at=float(seq), endpoint="GET /x", outcome=outcome)
            for (name, seq), outcome in zip(picked, outcomes, strict=True)
        ]
        lanes = tuple(self.lanes.values()) if counters else ()
        assert self.writer.commit(observations, lanes, now=1.0) == set(picked)
        for key, outcome in zip(picked, outcomes, strict=True):
            if key not in self.settled:
                self.ended.setdefault(key, outcome)

    @rule(name=st.sampled_from(NAMES), below=st.none() | st.integers(1, 12))
    def settle(self, name: str, below: int | None) -> None:
        lane = self.lanes[name]
        through = lane.handed if below is None else min(lane.handed, below - 1)
        lost = {(name, seq) for seq in range(1, through + 1)} - set(self.ended) - self.settled
        opened = lane.open if lane.closed and name not in self.finished else 0
        assert self.writer.settle(lane, below=below, reason="sender_lost", now=1.0) == len(lost) + opened
        self.settled |= lost
        if lane.closed:
            self.finished.add(name)

    @rule(name=st.sampled_from(NAMES))
    def close_lane(self, name: str) -> None:
        self.lanes[name] = msgspec.structs.replace(self.lanes[name], closed=True)
        self.writer.settle(self.lanes[name], reason="sender_lost", now=1.0)
        seqs = {(name, seq) for seq in range(1, self.lanes[name].handed + 1)}
        self.settled |= seqs - set(self.ended)
        self.finished.add(name)

    @rule()
    def keeper_restarts(self) -> None:
        self.writer.close()
        self.writer = LedgerWriter.open(self.path, Ledger())

    @invariant()
    def adds_up(self) -> None:
        evidence = read_evidence(self.path, at=0.0)
        assert evidence.accepted_total == evidence.outcomes_total + evidence.in_flight_total
        observed: dict[Outcome, int] = {}
        for row in evidence.outcomes:
            if row.endpoint == "GET /x":
                observed[row.outcome] = observed.get(row.outcome, 0) + row.n
        told = list(self.ended.values())
        assert observed == {outcome: told.count(outcome) for outcome in set(told)}


TestRun = Run.TestCase
TestRun.settings = hypothesis_settings(max_examples=25, stateful_step_count=25, deadline=None)
