from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reports.criteria.data import latest_checks
from reports.document import Criterion, Finding
from reports.evidence.tally import tally_outcomes
from reports.findings import collect_findings
from shadow.ledger.evidence import Evidence, SignatureRow
from shadow.records import (
    CheckStatus,
    DataCheck,
    DataFinding,
    Difference,
    Example,
    Kind,
    Message,
    Outcome,
)

A = "GET /a"
SILENT = "GET /a: the candidate gave no answer in"


def signature(
    name: str, kind: Kind, group: str, n_open: int, new: str | None = None, endpoint: str = A
) -> SignatureRow:
    shown = Difference(kind=kind, path=group, group=group, old="200", new=new)
    example = Example(observed_at=1.0, request=Message(start=A), primary=Message(start="200"), differences=(shown,))
    return SignatureRow(
        id=name, endpoint=endpoint, group=group, kind=kind, n=n_open + 3, n_open=n_open, first_at=10.0, last_at=20.0,
        note="seen before", examples=(example,),
    )  # fmt: skip


def collect(evidence: Evidence, criteria: tuple[Criterion, ...] = ()) -> tuple[Finding, ...]:
    return collect_findings(evidence, criteria, tally_outcomes(evidence), latest_checks(evidence.checks))


def test_an_open_signature_is_a_finding_with_its_examples(evidence_of: Callable[..., Evidence]) -> None:
    row = signature("s1", Kind.value, "body:$.total", 25, "300")
    (found,) = collect(evidence_of({A: {Outcome.match: 75, Outcome.mismatch: 25}}, signatures=(row,)))
    assert found == Finding(
        source="http", scope=A, kind="value", path="body:$.total",
        title="GET /a: `total` differs in 25 % of compared answers (200 → 300)",
        note="seen before", n=25, share=0.25, first_at=10.0, last_at=20.0, anchor="finding-1", examples=row.examples,
    )  # fmt: skip


def test_a_covered_signature_is_none(evidence_of: Callable[..., Evidence]) -> None:
    row = signature("s1", Kind.value, "body:$.total", 0)
    assert collect(evidence_of({A: {Outcome.match: 75}}, signatures=(row,))) == ()


def test_nothing_wrong_nothing_found(evidence_of: Callable[..., Evidence]) -> None:
    assert collect(evidence_of({A: {Outcome.match: 75, Outcome.noise_only: 3, Outcome.primary_failed: 1}})) == ()


def test_a_silent_candidate_is_a_finding_for_each_reason(evidence_of: Callable[..., Evidence]) -> None:
    counts = {Outcome.match: 90, (Outcome.candidate_failed, "timeout"): 8, (Outcome.candidate_failed, ""): 2}
    found = collect(evidence_of({A: counts}))
    assert [(one.kind, one.path, one.n, one.share, one.title) for one in found] == [
        ("candidate_failed", "timeout", 8, 0.08, f"{SILENT} 8 % of compared requests (timeout)"),
        ("candidate_failed", "", 2, 0.02, f"{SILENT} 2 % of compared requests (no reason recorded)"),
    ]  # fmt: skip


def test_a_mismatch_without_a_difference_is_not_lost(evidence_of: Callable[..., Evidence]) -> None:
    (found,) = collect(evidence_of({A: {Outcome.match: 8, Outcome.mismatch: 2}}))
    assert (found.kind, found.n, found.title) == (
        "compare_error", 2, "GET /a: disagrees without a recorded difference in 20 % of compared answers",
    )  # fmt: skip


def test_worst_first(evidence_of: Callable[..., Evidence]) -> None:
    signatures = (
        signature("h", Kind.missing, "header:etag", 90),
        signature("v", Kind.value, "body:$.small", 5, "1"),
        signature("w", Kind.value, "body:$.large", 50, "1"),
        signature("e", Kind.status, "status", 1, "500"),
    )
    slow = Criterion(
        name="latency", scope=A, status=CheckStatus.fail, observed=7.14, n=400,
        reason="p95 213 ms against 30 ms of the secondary (7.14×; 1.2× or 20 ms more allowed); at least 6×.",
    )  # fmt: skip
    fast = Criterion(name="latency", scope="GET /b", status=CheckStatus.passed)
    check = DataCheck(
        run_id="r", pair="orders", check="rows", started_at=1.0, finished_at=2.0, status=CheckStatus.fail, total=1,
        findings=(DataFinding(kind="missing_row", table="orders", key="17"),),
    )  # fmt: skip
    evidence = evidence_of({A: {Outcome.match: 10, Outcome.mismatch: 90}}, signatures=signatures, checks=(check,))
    found = collect(evidence, (slow, fast))
    assert [(one.source, one.path, one.anchor) for one in found] == [
        ("http", "status", "finding-1"),
        ("http", "body:$.large", "finding-2"),
        ("http", "body:$.small", "finding-3"),
        ("data", "", "finding-4"),
        ("latency", "duration", "finding-5"),
        ("http", "header:etag", "finding-6"),
    ]
    assert found[4].title == "GET /a is slower: p95 213 ms against 30 ms of the secondary (7.1×)"
    assert (found[4].kind, found[4].n) == ("timing", 400)


def test_shares_never_exceed_the_whole(evidence_of: Callable[..., Evidence]) -> None:
    rows: Any = (
        signature("s", Kind.value, "body:$.a", 99),
        signature("t", Kind.value, "body:$.a", 9, endpoint="GET /b"),
    )
    found = collect(evidence_of({A: {Outcome.mismatch: 9}}, signatures=rows))
    assert {one.scope: one.share for one in found} == {A: 1.0, "GET /b": None}
