from __future__ import annotations

import pytest

from reports.criteria.sensitivity import judge_sensitivity
from shadow.config.model import Sensitivity
from shadow.ledger.certificate import Certificate
from shadow.ledger.evidence import Evidence, ProofRow

AT = 1_000_000.0


def given(
    found: int = 0, missed: int = 0, certificate: tuple[int, int, float] | None = None, **masked: int
) -> Evidence:
    proofs = tuple(
        ProofRow(endpoint="GET /", mutation="type", detected=not by, by=by, n=n)
        for by, n in (("", found), ("limit:unseen", missed), *((f"{k}:r1", n) for k, n in masked.items()))
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
        (95, 5, "inconclusive", "blinded by limit:unseen (5)"),
        (960, 40, "pass", "blinded by limit:unseen (40)"),
        (50, 50, "fail", "blinded by limit:unseen (50)"),
    ],
)
def test_mutations(found: int, missed: int, status: str, said: str) -> None:
    row, _ = judge_sensitivity(Sensitivity(), given(found, missed), AT)
    assert (row.scope, str(row.status)) == ("self-proof", status)
    assert said in row.reason


def test_what_a_mask_hid_is_counted_apart() -> None:
    """To hide it was meant: it is neither a miss nor a proof of anything."""
    row, _ = judge_sensitivity(Sensitivity(), given(100, 0, rule=30, noise=1200), AT)
    assert (str(row.status), row.n, row.observed) == ("pass", 100, 1.0)
    assert row.reason.endswith("required. 1,230 more lay behind noise:r1 (1,200), rule:r1 (30).")
    row, _ = judge_sensitivity(Sensitivity(), given(50, 50, rule=5000), AT)
    assert (str(row.status), row.n) == ("fail", 100)
    row, _ = judge_sensitivity(Sensitivity(), given(0, 0, rule=5000), AT)
    assert (str(row.status), row.needed) == ("inconclusive", 100)
    assert "0 answers mutated outside of what rules and noise mask, 100 needed" in row.reason
    assert "5,000 more lay behind rule:r1 (5,000)." in row.reason


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
