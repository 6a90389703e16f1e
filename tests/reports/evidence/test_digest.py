from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest

from reports.evidence.cells import cells_of
from reports.evidence.digest import evidence_digest, tables
from shadow.ledger.evidence import (
    Evidence,
    JointRow,
    OutcomeRow,
    PairingRow,
    RatioRow,
    SetMember,
    SetRow,
    WatchRow,
)
from shadow.records import Disposition, Leg, Outcome, Triage

ENDINGS = {"GET /a": {Outcome.match: 5, Outcome.mismatch: 1}, "GET /b": {Outcome.match: 7}}


def test_the_order_of_rows_does_not_matter(evidence_of: Callable[..., Evidence]) -> None:
    evidence = evidence_of(ENDINGS)
    rows = list(evidence.outcomes)
    random.Random(1).shuffle(rows)
    assert rows != list(evidence.outcomes)
    shuffled = msgspec.structs.replace(evidence, outcomes=tuple(rows))
    assert evidence_digest(shuffled) == evidence_digest(evidence)


@pytest.mark.parametrize("field", ["read_at", "path", "since", "until"])
def test_where_and_when_it_was_read_does_not_matter(evidence_of: Callable[..., Evidence], field: str) -> None:
    evidence = evidence_of(ENDINGS)
    other = msgspec.structs.replace(evidence, **{field: "x" if field == "path" else 1.0})
    assert evidence_digest(other) == evidence_digest(evidence)


@pytest.mark.parametrize("field", ["outcomes", "joints", "ratios", "histograms"])
def test_every_row_matters(evidence_of: Callable[..., Evidence], field: str) -> None:
    evidence = evidence_of(ENDINGS)
    rows = getattr(evidence, field)
    assert evidence_digest(msgspec.structs.replace(evidence, **{field: rows[1:]})) != evidence_digest(evidence)
    twice = msgspec.structs.replace(evidence, **{field: (*rows, rows[0])})
    assert evidence_digest(twice) != evidence_digest(evidence)


def test_totals_and_builds_matter(evidence_of: Callable[..., Evidence]) -> None:
    evidence = evidence_of(ENDINGS)
    assert evidence.epoch is not None
    epoch = msgspec.structs.replace(evidence.epoch, candidate_build="new-2")
    for other in (
        msgspec.structs.replace(evidence, accepted_total=14),
        msgspec.structs.replace(evidence, epoch=epoch),
        msgspec.structs.replace(evidence, epoch=None),
    ):
        assert evidence_digest(other) != evidence_digest(evidence)


def test_what_is_hashed_of_rows_that_fold_stays_what_it_is(evidence_of: Callable[..., Evidence]) -> None:
    """Sign-offs are bound to the digest: other words or another form of the same sums would void all of them."""
    sets = [
        SetRow(
            block_at=at, endpoint="GET /a", outcome=Outcome.mismatch, n=n, triage=triage,
            members=(SetMember(signature="s", disposition=Disposition.open),),
        )
        for at, n, triage in ((0.0, 2, Triage.pending), (300.0, 1, Triage.pending), (300.0, 4, Triage.confirmed))
    ]  # fmt: skip
    evidence = evidence_of(
        {},
        outcomes=tuple(
            OutcomeRow(
                block_at=at, endpoint="GET /a", outcome=Outcome.shed, reason="tee_full", triage=Triage.pending, n=n
            )
            for at, n in ((0.0, 3), (300.0, 4))
        ),
        joints=tuple(
            JointRow(block_at=at, endpoint="GET /a", criterion="error", both_ok=5, old_bad=0, new_bad=1, both_bad=0)
            for at in (0.0, 300.0)
        ),
        pairings=(
            PairingRow(block_at=0.0, endpoint="GET /a", both=5, only_old=1, only_new=0, neither=0),
            PairingRow(block_at=300.0, endpoint="GET /b", both=0, only_old=0, only_new=0, neither=0),
        ),
        watches=tuple(WatchRow(name="mirror", block_at=at, seconds=299.96, n=0.5) for at in (0.0, 300.0, 86400.0)),
        sets=tuple(sets),
        ratios=tuple(
            RatioRow(block_at=at, endpoint="GET /a", against=Leg.secondary, n=2, sum_log=0.1, sum_log2=1 / 3)
            for at in (0.0, 300.0)
        ),
    )
    member = '[{"signature":"s","disposition":"open","by":""}]'
    assert list(tables(evidence, cells_of(evidence.outcomes))) == [
        [("GET /a\0shed\0pending\0tee_full", 7)],
        [("GET /a\0error", 10, 0, 2, 0)],
        [("GET /a", 5, 1, 0, 0)],
        [("mirror\x000.0", 600.0, 1.0), ("mirror\x001.0", 300.0, 0.5)],
        [(f"GET /a\0mismatch\0pending{member}", 3), (f"GET /a\0mismatch\0confirmed{member}", 4)],
        [(("GET /a", "secondary"), 4, "0.2", "0.666667")],
    ]
