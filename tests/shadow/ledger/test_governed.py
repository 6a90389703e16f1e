"""Books, hits and proofs: counted with the exchanges they belong to, read back as rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shadow.config.model import Ledger
from shadow.ledger import governed
from shadow.ledger.evidence import ProofRow, RuleHitRow, RulesRow
from shadow.ledger.governed import Governed
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import Difference, Observation, Proof

Make = Callable[..., Observation]
Differ = Callable[..., Difference]
DAY = 86_400.0


def test_books_and_hits(path: Path, settings: Ledger, observe: Make, differ: Differ) -> None:
    words = (("$.a", "ignored", "r1"), ("$.b", "tolerated", "r2"), ("$.c", "noise", "ts"))
    covered = tuple(differ(f"body:{place}", *by) for place, *by in words)
    with LedgerWriter.open(path, settings, "k") as writer:
        writer.record_rulebook("d1", "{}", 5.0)
        writer.record_rulebook("d1", "other", 9.0)  # the first text stays
        writer.commit(
            [
                observe(1, 1000.0, rules="d1", outcome="noise_only", differences=covered),
                observe(2, 1300.0, rules="d1", outcome="noise_only", differences=covered[:1]),
                observe(3, DAY + 1000.0, rules="d2", outcome="noise_only", differences=covered[:1]),
                observe(4, DAY + 1000.0),
            ],
            now=1000.0,
        )
    evidence = read_evidence(path, at=2 * DAY)
    assert [(row.digest, row.first_at, row.content) for row in evidence.rulebooks] == [("d1", 5.0, "{}")]
    assert evidence.rules == (
        RulesRow(endpoint="GET /x", digest="d1", first_at=900.0, last_at=1200.0, n=2),
        RulesRow(endpoint="GET /x", digest="d2", first_at=DAY + 900.0, last_at=DAY + 900.0, n=1),
    )
    assert evidence.hits == (
        RuleHitRow(day_at=0.0, endpoint="GET /x", rule="r1", n=2),
        RuleHitRow(day_at=0.0, endpoint="GET /x", rule="r2", n=1),
        RuleHitRow(day_at=DAY, endpoint="GET /x", rule="r1", n=1),
    )
    assert read_evidence(path, at=2 * DAY, until=DAY).hits == evidence.hits[:2]


def test_proofs(path: Path, settings: Ledger, observe: Make) -> None:
    good, bad = Proof(mutation="null", detected=True), Proof(mutation="null", by="rule:r1")
    with LedgerWriter.open(path, settings, "k") as writer:
        writer.commit([observe(1, proofs=(good,)), observe(2, proofs=(bad,))], now=1000.0)
        writer.commit([observe(3, proofs=(good,)), observe(4)], now=1000.0)
    assert read_evidence(path, at=2000.0).proofs == (
        ProofRow(endpoint="GET /x", mutation="null", detected=False, by="rule:r1", n=1),
        ProofRow(endpoint="GET /x", mutation="null", detected=True, by="", n=2),
    )


def test_bounds(observe: Make, monkeypatch: object) -> None:
    cell = Governed()
    for seq in range(governed.MAX_RULES + 10):
        cell.cover([("s", "ignored", f"r{seq}")])
        cell.see(observe(seq, rules=f"d{seq}", proofs=(Proof(mutation="null", by=f"rule:{seq}"),)))
    assert len(cell.hits) == len(cell.rules) == governed.MAX_RULES + 1
    assert cell.hits["_other"] == cell.rules["_other"] == 10
    assert cell.proofs["null", False, "_other"] == 10


def test_more_than_is_kept_shows_in_the_set(path: Path, settings: Ledger, observe: Make, differ: Differ) -> None:
    with LedgerWriter.open(path, settings, "k") as writer:
        writer.commit(
            [
                observe(1, outcome="noise_only", differences=(differ(disposition="ignored", by="r"),), is_cut=True),
                observe(2, outcome="mismatch", differences=(differ(),), is_cut=True),
            ],
            now=1000.0,
        )
    evidence = read_evidence(path, at=2000.0)
    named = {row.id: row.group for row in evidence.signatures}
    overflow = {
        (row.outcome.value, member.disposition.value)
        for row in evidence.sets for member in row.members if named.get(member.signature, "_overflow") == "_overflow"
    }  # fmt: skip
    assert overflow == {("noise_only", "ignored"), ("mismatch", "open")}
