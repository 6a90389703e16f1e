from __future__ import annotations

from collections.abc import Callable

import pytest

from reports.criteria.identity import judge_builds
from shadow.config.model import Config, Primary, ShadowLeg
from shadow.ledger.evidence import Epoch, Evidence
from shadow.records import CheckStatus


def config_of(primary: str = "", candidate: str = "", header: str = "") -> Config:
    return Config(
        primary=Primary(url="http://127.0.0.1:1", build=primary, build_header=header),
        candidate=ShadowLeg(url="http://127.0.0.1:2", build=candidate, build_header=header),
    )


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
    rows = judge_builds(evidence_of({}, epoch=epoch), config_of())
    assert [(row.status, row.scope, row.reason) for row in rows] == (
        [] if reason is None else [(CheckStatus.inconclusive, "builds", reason)]
    )


def test_nothing_recorded_is_nothing_known(evidence_of: Callable[..., Evidence]) -> None:
    (row,) = judge_builds(evidence_of({}, epoch=None), config_of())
    assert (row.status, row.observed) == (CheckStatus.inconclusive, 0.0)


@pytest.mark.parametrize(
    ("config", "observed", "reason"),
    [
        (config_of("old-1", "new-1"), None, None),
        (config_of("old-2", "new-2", header="x-build"), None, None),
        (
            config_of("old-1", "new-2"),
            1.0,
            "The evidence is about the candidate build new-1, the configuration names new-2; mirror that one, or "
            "correct candidate.build.",
        ),
        (
            config_of("old-2", "new-1"),
            1.0,
            "The evidence is about the primary build old-1, the configuration names old-2; mirror that one, or "
            "correct primary.build.",
        ),
    ],
)
def test_evidence_about_another_build_than_the_configured_one_proves_nothing_about_it(
    evidence_of: Callable[..., Evidence], config: Config, observed: float | None, reason: str | None
) -> None:
    epoch = Epoch(id=1, primary_build="old-1", candidate_build="new-1", first_at=0.0, last_at=1.0)
    rows = judge_builds(evidence_of({}, epoch=epoch), config)
    assert [(row.status, row.observed, row.reason) for row in rows] == (
        [] if reason is None else [(CheckStatus.inconclusive, observed, reason)]
    )
