from __future__ import annotations

from collections.abc import Callable

import pytest

from reports.criteria.identity import judge_builds
from shadow.ledger.evidence import Epoch, Evidence
from shadow.records import CheckStatus


@pytest.mark.parametrize(
    ("primary", "candidate", "reason"),
    [
        ("a", "b", None),
        ("a", "", "Unknown build of candidate; set candidate.build (or candidate.build_header)."),
        ("", "b", "Unknown build of primary; set primary.build (or primary.build_header)."),
        (
            "",
            "",
            "Unknown build of primary and candidate; set primary.build (or primary.build_header) and "
            "candidate.build (or candidate.build_header).",
        ),
    ],
)
def test_an_unknown_build_leaves_the_question_open(
    evidence_of: Callable[..., Evidence], primary: str, candidate: str, reason: str | None
) -> None:
    epoch = Epoch(id=1, primary_build=primary, candidate_build=candidate, first_at=0.0, last_at=1.0)
    rows = judge_builds(evidence_of({}, epoch=epoch))
    assert [(row.status, row.scope, row.reason) for row in rows] == (
        [] if reason is None else [(CheckStatus.inconclusive, "builds", reason)]
    )


def test_nothing_recorded_is_nothing_known(evidence_of: Callable[..., Evidence]) -> None:
    (row,) = judge_builds(evidence_of({}, epoch=None))
    assert (row.status, row.observed) == (CheckStatus.inconclusive, 0.0)
