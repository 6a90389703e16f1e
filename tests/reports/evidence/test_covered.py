from __future__ import annotations

from collections.abc import Callable

from reports.document import Covered
from reports.evidence.covered import collect_covered
from shadow.ledger.evidence import Evidence, SetMember, SetRow, SignatureRow
from shadow.records import Disposition, Kind, Outcome


def member(signature: str, disposition: Disposition, by: str = "") -> SetMember:
    return SetMember(signature=signature, disposition=disposition, by=by)


def test_covered_differences_are_counted_by_who_covered_them(evidence_of: Callable[..., Evidence]) -> None:
    clock = SignatureRow(
        id="s1", endpoint="GET /a", group="body:$.at", kind=Kind.value, n=9, n_open=0, first_at=0, last_at=1
    )
    noisy = member("s1", Disposition.noise, "timestamp")
    sets = tuple(
        SetRow(block_at=at, endpoint="GET /a", outcome=Outcome.noise_only, members=members, n=n)
        for at, n, members in (
            (0.0, 4, (noisy,)),
            (300.0, 3, (noisy, member("gone", Disposition.ignored, "rule-7"))),
            (300.0, 2, (member("s1", Disposition.open),)),
            (300.0, 1, (member("s1", Disposition.tolerated),)),
        )
    )
    assert collect_covered(evidence_of({}, signatures=(clock,), sets=sets)) == (
        Covered(endpoint="GET /a", path="body:$.at", kind=Kind.value, by="timestamp", n=7),
        Covered(endpoint="GET /a", path="gone", kind=Kind.value, by="rule-7", n=3),
        Covered(endpoint="GET /a", path="body:$.at", kind=Kind.value, by="tolerated", n=1),
    )
