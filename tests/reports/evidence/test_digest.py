from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest

from reports.evidence.digest import evidence_digest
from shadow.ledger.evidence import Evidence
from shadow.records import Outcome

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
