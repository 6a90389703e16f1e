from __future__ import annotations

import pytest

from reports.criteria.sensitivity import judge_sensitivity
from shadow.config.model import Sensitivity
from shadow.ledger.certificate import Certificate
from shadow.ledger.evidence import Evidence, ProofRow

AT = 1_000_000.0


def given(found: int = 0, missed: int = 0, certificate: tuple[int, int, float] | None = None) -> Evidence:
    proofs = tuple(
        ProofRow(endpoint="GET /", mutation="type", detected=detected, by="" if detected else "rule:r1", n=n)
        for detected, n in ((True, found), (False, missed))
        if n
    )
    held = None
    if certificate is not None:
        n, alarms, age_h = certificate
        held = Certificate(build="p", first_at=0.0, last_at=AT - age_h * 3600.0, n=n, alarms=alarms)
    return Evidence(
        ledger_id="l", path="l", read_at=AT, since=0.0, until=AT, epoch=None, proofs=proofs, certificate=held
    )


@pytest.mark.parametrize(
    ("found", "missed", "status", "said"),
    [
        (0, 0, "inconclusive", "0 answers mutated, 100 needed"),
        (99, 0, "inconclusive", "99 answers mutated"),
        (100, 0, "pass", "100 % of 100 mutated answers"),
        (95, 5, "inconclusive", "blinded by rule:r1 (5)"),
        (960, 40, "pass", "blinded by rule:r1 (40)"),
        (50, 50, "fail", "blinded by rule:r1 (50)"),
    ],
)
def test_mutations(found: int, missed: int, status: str, said: str) -> None:
    row, _ = judge_sensitivity(Sensitivity(), given(found, missed), AT)
    assert (row.scope, str(row.status)) == ("self-proof", status)
    assert said in row.reason


@pytest.mark.parametrize(
    ("certificate", "status"),
    [
        (None, "inconclusive"),
        ((0, 0, 0.0), "inconclusive"),
        ((2994, 0, 0.0), "inconclusive"),
        ((2995, 0, 0.0), "pass"),
        ((2995, 0, 168.0), "pass"),
        ((2995, 0, 168.1), "inconclusive"),
        ((2995, 0, -1.0), "pass"),
        ((3000, 30, 0.0), "fail"),
        ((3000, 3, 0.0), "inconclusive"),
    ],
)
def test_the_certificate(certificate: tuple[int, int, float] | None, status: str) -> None:
    _, row = judge_sensitivity(Sensitivity(), given(certificate=certificate), AT)
    assert (row.scope, str(row.status)) == ("A/A", status)
