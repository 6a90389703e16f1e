"""A triage that is decided late moves the counts of the block in which the mismatch was observed, exactly once."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from shadow.config.model import Ledger
from shadow.ledger.evidence import Evidence
from shadow.ledger.reader import read_evidence
from shadow.ledger.triage import KEPT_S
from shadow.ledger.writer import LedgerWriter
from shadow.records import Observation, Triage
from shadow.triage import Triaged


@pytest.fixture
def writer(path: Path, settings: Ledger) -> Iterator[LedgerWriter]:
    with LedgerWriter.open(path, settings) as opened:
        yield opened


@pytest.fixture
def mismatch(observe: Callable[..., Observation], differ: Callable[..., Any]) -> Callable[..., Observation]:
    def make(seq: int, at: float = 1000.0, group: str = "body:$.a", **others: Any) -> Observation:
        others = {"awaits_triage": True, **others}
        return observe(seq, at, outcome="mismatch", differences=(differ(group),), **others)

    return make


def decided(seq: int, triage: Triage, at: float = 80_000.0, lane: str = "a") -> Triaged:
    return Triaged(lane=lane, seq=seq, triage=triage, at=at)


def triages(evidence: Evidence) -> Counter[str]:
    counted: Counter[str] = Counter()
    for row in evidence.outcomes:
        counted[f"{row.outcome}/{row.triage}"] += row.n
    return counted


def look(path: Path, **window: float) -> Evidence:
    return read_evidence(path, at=100_000.0, **window)


def test_yesterdays_counts_change(path: Path, writer: LedgerWriter, mismatch: Callable[..., Observation]) -> None:
    writer.commit([mismatch(1), mismatch(2), mismatch(3, 80_000.0)])
    writer.commit([], triaged=[decided(1, Triage.confirmed), decided(2, Triage.transient, 80_001.0)])
    yesterday = look(path, until=2000.0)
    assert triages(yesterday) == {"mismatch/confirmed": 1, "mismatch/transient": 1}
    assert {(row.triage, row.n, row.decided_at) for row in yesterday.sets} == {
        (Triage.confirmed, 1, 80_000.0),
        (Triage.transient, 1, 80_001.0),
    }
    whole = look(path)
    assert triages(whole)["mismatch/pending"] == 1
    assert sum(row.n for row in whole.sets) == whole.outcomes_total == 3


def test_a_decision_counts_once(path: Path, writer: LedgerWriter, mismatch: Callable[..., Observation]) -> None:
    """Sent again by a comparer whose keeper died, or contradicting itself: the first one stands."""
    writer.commit([mismatch(1), mismatch(2)], triaged=[decided(1, Triage.transient)])
    for triage in (Triage.transient, Triage.confirmed):
        writer.commit([], triaged=[decided(1, triage)])
    assert triages(look(path)) == {"mismatch/transient": 1, "mismatch/pending": 1}


def test_an_observation_that_comes_again_is_not_awaited_again(
    path: Path, writer: LedgerWriter, mismatch: Callable[..., Observation]
) -> None:
    writer.commit([mismatch(1)], triaged=[decided(1, Triage.transient)])
    writer.commit([mismatch(1)], triaged=[decided(1, Triage.confirmed)])
    assert triages(look(path)) == {"mismatch/transient": 1}


def test_nothing_but_awaited_mismatches_is_touched(
    path: Path, writer: LedgerWriter, mismatch: Callable[..., Observation], observe: Callable[..., Observation]
) -> None:
    writer.commit([mismatch(1, awaits_triage=False), observe(2)])
    elsewhere = decided(1, Triage.unstable, lane="b")
    writer.commit([], triaged=[*(decided(n, Triage.transient) for n in (1, 2, 3)), elsewhere])
    assert triages(look(path)) == {"mismatch/pending": 1, "match/pending": 1}


def test_given_up_is_pending_for_ever(
    path: Path, writer: LedgerWriter, mismatch: Callable[..., Observation]
) -> None:
    writer.commit([mismatch(1)], triaged=[decided(1, Triage.pending)])
    writer.commit([], triaged=[decided(1, Triage.transient)])
    assert triages(look(path)) == {"mismatch/pending": 1}


def test_what_waits_is_forgotten_after_a_while(
    path: Path, writer: LedgerWriter, mismatch: Callable[..., Observation]
) -> None:
    writer.commit([mismatch(1), mismatch(2, 1000.0 + KEPT_S)])
    writer.commit([mismatch(3, 1001.0 + KEPT_S)])
    writer.commit([], triaged=[decided(1, Triage.transient), decided(2, Triage.transient)])
    assert triages(look(path)) == {"mismatch/transient": 1, "mismatch/pending": 2}


@pytest.mark.parametrize(
    ("secondary_differs", "triage", "cells"),
    [
        (False, Triage.confirmed, (0, 0, 1, 0)),
        (False, Triage.transient, (0, 0, 0, 0)),
        (True, Triage.unstable, (0, 0, 0, 0)),
        (True, Triage.confirmed, (0, 0, 0, 1)),
    ],
)
def test_the_paired_table_loses_what_is_excused(
    path: Path, writer: LedgerWriter, mismatch: Callable[..., Observation], secondary_differs: bool, triage: Triage,
    cells: tuple[int, ...],
) -> None:  # fmt: skip
    writer.commit([mismatch(1, secondary_differs=secondary_differs)])
    writer.commit([], triaged=[decided(1, triage)])
    (row,) = (row for row in look(path).joints if row.criterion == "mismatch")
    assert (row.both_ok, row.old_bad, row.new_bad, row.both_bad) == cells


def test_a_ledger_from_before_is_read_and_completed(
    path: Path, writer: LedgerWriter, mismatch: Callable[..., Observation], settings: Ledger
) -> None:
    writer.commit([mismatch(1, awaits_triage=False)])
    writer.close()
    db = sqlite3.connect(path)
    for table in ("triage_awaited", "set_triage"):
        db.execute(f"DROP TABLE {table}")
    db.commit()
    db.close()
    assert [row.n for row in look(path).sets] == [1]
    with LedgerWriter.open(path, settings) as again:
        again.commit([mismatch(2)], triaged=[decided(2, Triage.unstable)])
    assert triages(look(path)) == {"mismatch/pending": 1, "mismatch/unstable": 1}


@runs(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 8), st.sampled_from(Triage)), max_size=30),
    st.lists(st.integers(1, 8), max_size=20),
)
def test_counts_always_add_up(
    tmp_path_factory: pytest.TempPathFactory, observe: Callable[..., Observation], differ: Callable[..., Any],
    decisions: list[tuple[int, Triage]], seen: list[int],
) -> None:  # fmt: skip
    """Whatever order decisions and observations come in: one outcome per number, the first decision stands."""
    path = tmp_path_factory.mktemp("l") / "ledger.db"
    first: dict[int, Triage] = {}
    for seq, triage in decisions:
        if seq in seen:
            first.setdefault(seq, triage)
    with LedgerWriter.open(path, Ledger()) as writer:
        for seq in seen:
            writer.commit([
                observe(seq, outcome="mismatch", awaits_triage=True, secondary_differs=False,
                        differences=(differ(f"body:$.{seq % 3}"),))
            ])  # fmt: skip
        writer.commit([], triaged=[decided(seq, triage) for seq, triage in decisions])
        evidence = look(path)
    want = Counter(f"mismatch/{first.get(seq, Triage.pending)}" for seq in set(seen))
    assert triages(evidence) == want
    by_set = Counter[str]()
    for row in evidence.sets:
        assert row.n > 0
        by_set[f"mismatch/{row.triage}"] += row.n
    assert by_set == want
    excused = want["mismatch/transient"] + want["mismatch/unstable"]
    assert sum(row.new_bad for row in evidence.joints) == len(set(seen)) - excused
