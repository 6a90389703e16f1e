"""What self-proof found, in the document and in words."""

from __future__ import annotations

from typing import Any

from reports.judge import judge
from reports.selfproof import about_proofs, proof_lines
from shadow.ledger.evidence import ProofRow
from shadow.records import Outcome


def row(mutation: str, n: int, by: str = "", endpoint: str = "GET /a") -> ProofRow:
    return ProofRow(endpoint=endpoint, mutation=mutation, detected=not by, by=by, n=n)


def test_lines_and_sentences(evidence_of: Any, config: Any, at: float) -> None:
    proofs = (
        row("drop_field", 60), row("drop_field", 2, "rule:r1"), row("off_by_one", 20), row("off_by_one", 10, "noise:n"),
        row("null", 7, endpoint="GET /b"), row("reorder", 1, "limit:unseen", "GET /b"),
    )  # fmt: skip
    evidence = evidence_of({"GET /a": {Outcome.match: 100}, "GET /b": {Outcome.match: 10}}, proofs=proofs)
    lines = {(line.endpoint, line.mutation): line for line in proof_lines(evidence)}
    assert [line.mutation for line in proof_lines(evidence)][:2] == ["off_by_one", "drop_field"]
    assert (lines["GET /a", "drop_field"].tested, lines["GET /a", "drop_field"].detected) == (62, 60)
    assert lines["GET /a", "off_by_one"].blinded == (("noise:n", 10),)
    result = judge(evidence, config, at=at, tool_version="1")
    assert result.self_proof == proof_lines(evidence)
    said = about_proofs(evidence)
    assert said[0] == (
        "Self-proof: 87 % of 100 mistakes put into answers on purpose were noticed, 98.86 % outside of what rules and "
        "noise mask."
    )
    assert "10 mistakes put into answers of GET /a on purpose (off by one) went unnoticed, blinded by noise n." in said
    assert set(said) <= set(result.not_proved)


def test_none_was_tried(evidence_of: Any) -> None:
    (said,) = about_proofs(evidence_of({"GET /a": {Outcome.match: 1}}, proofs=()))
    assert said.startswith("That a mistake would be noticed")
    assert about_proofs(evidence_of({})) == ()


def test_nothing_was_missed(evidence_of: Any) -> None:
    assert about_proofs(evidence_of({"GET /a": {Outcome.match: 1}}, proofs=(row("null", 5),))) == ()
