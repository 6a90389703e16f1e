from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadow.config.model import Ledger
from shadow.ledger import compact
from shadow.ledger.evidence import Evidence
from shadow.ledger.reader import read_evidence
from shadow.ledger.rollup import unpack
from shadow.ledger.writer import LedgerWriter
from shadow.records import Observation, Triage
from shadow.triage import Triaged

DAY = 86400.0
START = 20_000 * DAY
Observe = Callable[..., Observation]


def sums(evidence: Evidence) -> dict[str, Any]:
    """Everything that adds up, without blocks."""
    found: dict[str, Any] = {"outcomes_total": evidence.outcomes_total}
    outcomes: Counter[Any] = Counter()
    for row in evidence.outcomes:
        outcomes[row.endpoint, row.outcome, row.reason, row.triage] += row.n
    joints: Counter[Any] = Counter()
    for joint in evidence.joints:
        for name in ("both_ok", "old_bad", "new_bad", "both_bad"):
            joints[joint.endpoint, joint.criterion, name] += getattr(joint, name)
    pairings: Counter[Any] = Counter()
    for pairing in evidence.pairings:
        for name in ("both", "only_old", "only_new", "neither"):
            pairings[pairing.endpoint, name] += getattr(pairing, name)
    ratios: Counter[Any] = Counter()
    logs: dict[Any, float] = {}
    for ratio in evidence.ratios:
        ratios[ratio.endpoint, ratio.against] += ratio.n
        logs[ratio.endpoint, ratio.against] = logs.get((ratio.endpoint, ratio.against), 0.0) + ratio.sum_log
    buckets: Counter[Any] = Counter()
    for bar in evidence.histograms:
        buckets[bar.endpoint, bar.leg, bar.scale, bar.bucket] += bar.n
    for latency in evidence.latencies:
        for bucket, n in unpack(latency.packed).items():
            buckets[latency.endpoint, latency.leg, latency.scale, bucket] += n
    sets: Counter[Any] = Counter()
    for held in evidence.sets:
        sets[held.endpoint, held.outcome, held.members, held.triage] += held.n
    found |= {
        "outcomes": +outcomes, "joints": +joints, "pairings": +pairings, "ratios": +ratios, "buckets": +buckets,
        "sets": +sets, "signatures": sorted((row.id, row.n, row.n_open, row.first_at, row.last_at)
                                            for row in evidence.signatures),
        "logs": {key: round(value, 9) for key, value in logs.items()},
    }  # fmt: skip
    return found


def blocks(evidence: Evidence, question: str) -> tuple[int, Counter[tuple[int, ...]]]:
    """How many blocks were quiet, and the counts of the others, over all endpoints one by one."""
    quiet, noisy = 0, Counter[tuple[int, ...]]()
    for row in evidence.marks:
        if row.question == question:
            quiet += row.quiet
            noisy.update(row.noisy)
    for joint in evidence.joints:
        if question == "error" and joint.criterion == "error" and not joint.width_s:
            n = joint.both_ok + joint.old_bad + joint.new_bad + joint.both_bad
            bad = (joint.new_bad, joint.old_bad, joint.both_bad)
            quiet += not any(bad)
            if any(bad):
                noisy[(n, *bad)] += 1
    return quiet, noisy


EXCHANGES = st.lists(
    st.tuples(
        st.integers(0, 4 * 288),  # block
        st.sampled_from(["GET /a", "GET /b"]),
        st.sampled_from(["match", "mismatch", "candidate_failed", "shed"]),
        st.sampled_from([200, 500]),
        st.sampled_from([0.001, 0.2]),
    ),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(exchanges=EXCHANGES, folds=st.lists(st.integers(0, 7 * 24), max_size=3), cells=st.sampled_from([1, 40]))
def test_folding_changes_no_sum_and_loses_no_block(
    exchanges: list[Any], folds: list[int], cells: int, observe: Observe, leg: Any, differ: Any,
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(compact, "CELLS", cells)
    folder = tmp_path_factory.mktemp("ledger")
    plain, folded = folder / "plain.db", folder / "folded.db"
    with LedgerWriter.open(plain, Ledger()) as one, LedgerWriter.open(folded, Ledger()) as two:
        third = max(1, len(exchanges) // 3)
        for part in range(0, max(len(exchanges), 1), third):
            batch = [
                observe(
                    seq, START + block * 300.0 + 1.0, endpoint=endpoint, outcome=outcome,
                    legs=(leg("primary", s=s, build="p"), leg("candidate", status=status, s=0.01, build="c")),
                    differences=(differ(),) if outcome == "mismatch" else (),
                )
                for seq, (block, endpoint, outcome, status, s) in enumerate(
                    exchanges[part : part + third], part + 1
                )
            ]  # fmt: skip
            one.commit(batch, now=START)
            two.commit(batch, now=START)
            for hours in folds:
                two.compact(START + hours * 3600.0, 1000)
    before, after = read_evidence(plain, at=0.0), read_evidence(folded, at=0.0)
    assert sums(after) == sums(before)
    if len(exchanges) < 3 or not folds:
        assert blocks(after, "error") == blocks(before, "error")
    totals = Counter[str]()
    for total in after.totals:
        totals.update(pairs=total.pairs, new_bad=total.new_bad, failing=total.failing, compared=total.compared)
    rolled = Counter[str]()
    for joint in after.joints:
        if joint.width_s:
            n = joint.both_ok + joint.old_bad + joint.new_bad + joint.both_bad
            rolled.update(pairs=n, new_bad=joint.new_bad)
    assert (totals["pairs"], totals["new_bad"]) == (rolled["pairs"], rolled["new_bad"])
    failing = {"mismatch", "candidate_failed"}
    assert totals["failing"] == sum(row.n for row in after.outcomes if row.width_s and row.outcome in failing)


def test_blocks_become_hours_and_hours_days(path: Path, observe: Observe) -> None:
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit([observe(n, START + n * 300.0) for n in range(1, 13)], now=START)
        assert writer.compact(START + 3 * 3600.0 - 1.0, 10) == 0, "not before all of the hour is two hours old"
        assert writer.compact(START + 3 * 3600.0, 10) == 1
        evidence = read_evidence(path, at=0.0)
        assert sorted((row.width_s, row.n) for row in evidence.outcomes) == [(0.0, 1), (3600.0, 11)]
        assert [(row.quiet, row.noisy) for row in evidence.marks if row.question == "error"] == [(11, ())]
        writer.compact(START + 3 * DAY - 1.0, 10)
        assert {row.width_s for row in read_evidence(path, at=0.0).outcomes} == {3600.0}
        assert writer.compact(START + 3 * DAY, 10) == 1
        evidence = read_evidence(path, at=0.0)
        assert [(row.block_at, row.width_s, row.n) for row in evidence.outcomes] == [(START, DAY, 12)]
        assert [row.block_at for row in evidence.totals] == [START + n * 300.0 for n in range(1, 13)]


def test_what_comes_late_is_folded_into_the_same_row_and_makes_no_block_out_of_one(
    path: Path, observe: Observe, leg: Any
) -> None:
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit([observe(1, START)], now=START)
        writer.compact(START + DAY, 10)
        failed = (leg("primary"), leg("candidate", status=500))
        writer.commit([observe(2, START + 1.0), observe(3, START + 2.0, legs=failed)], now=START + DAY)
        writer.compact(START + DAY, 10)
    evidence = read_evidence(path, at=0.0, epoch=1)
    assert [row.n for row in evidence.outcomes] == [3]
    marks = [(row.quiet, row.noisy) for row in evidence.marks if row.question == "error"]
    assert marks == [(0, ((2, 1, 0, 0),))]


def test_windows_see_folded_hours_whole(path: Path, observe: Observe) -> None:
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit([observe(1, START), observe(2, START + 7200.0)], now=START)
        writer.compact(START + DAY, 10)

    def seen(since: float | None, until: float | None) -> list[float]:
        return [row.block_at - START for row in read_evidence(path, at=0.0, since=since, until=until).outcomes]

    assert seen(START + 1800.0, None) == [0.0, 7200.0]
    assert seen(START + 3600.0, None) == [7200.0]
    assert seen(None, START + 7200.0) == [0.0]


def test_blocks_longer_than_an_hour_stay(path: Path, observe: Observe) -> None:
    with LedgerWriter.open(path, Ledger(block_s=7200.0)) as writer:
        writer.commit([observe(1, START)], now=START)
        assert writer.compact(START + 9 * DAY, 10) == 0


def test_a_ledger_without_tiers_is_read(path: Path, observe: Observe) -> None:
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit([observe(1, START)], now=START)
    db = sqlite3.connect(path)
    for table in ("rollup", "signature_rollup", "block_total", "watch", "signoff", "load_run"):
        db.execute(f"DROP TABLE {table}")
    db.commit()
    db.close()
    evidence = read_evidence(path, at=0.0)
    assert (evidence.outcomes_total, evidence.watches) == (1, ())
    with LedgerWriter.open(path, Ledger()) as writer:
        assert writer.compact(START + DAY, 10) == 1
    assert read_evidence(path, at=0.0).outcomes_total == 1


def test_a_mismatch_that_waits_for_a_second_look_holds_its_hour_for_a_day(
    path: Path, observe: Observe, differ: Any
) -> None:
    waiting = observe(1, START, outcome="mismatch", differences=(differ(),), awaits_triage=True)
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit([waiting, observe(2, START, endpoint="GET /y"), observe(3, START + 7200.0)], now=START)
        writer.compact(START + 6 * 3600.0, 10)
        held = [(row.endpoint, row.block_at - START) for row in read_evidence(path, at=0.0).outcomes if not row.width_s]
        assert held == [("GET /x", 0.0)]
        decision = Triaged(lane="a", seq=1, triage=Triage.transient, at=START + 6 * 3600.0)
        writer.commit((), triaged=(decision,), now=START)
        before = sums(read_evidence(path, at=0.0))
        writer.compact(START + 6 * 3600.0, 10)
        evidence = read_evidence(path, at=0.0)
    assert all(row.width_s for row in evidence.outcomes)
    assert sums(evidence) == before
    assert [(row.triage, row.n, row.decided_at - START) for row in evidence.sets] == [(Triage.transient, 1, 6 * 3600.0)]
    assert [row.noisy for row in evidence.marks if row.question == "parity" and row.endpoint == "GET /x"] == [()]


def test_after_a_day_nobody_waits_any_more(path: Path, observe: Observe, differ: Any) -> None:
    waiting = observe(1, START, outcome="mismatch", differences=(differ(),), awaits_triage=True)
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit([waiting], now=START)
        assert writer.compact(START + DAY + 3600.0, 10) == 0
        assert writer.compact(START + DAY + 3 * 3600.0, 10) == 1
        writer.commit((), triaged=(Triaged(lane="a", seq=1, triage=Triage.transient, at=START),), now=START)
    evidence = read_evidence(path, at=0.0)
    assert [(row.outcome, row.triage, row.n) for row in evidence.outcomes] == [("mismatch", "pending", 1)]
