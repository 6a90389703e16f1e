"""A rule edited after the fact changes what the gate says about yesterday, and the page tells that it did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from reports.html import render_html
from reports.judge import judge
from shadow.config.model import Compare, Config, Rule
from shadow.config.rulebook import Rulebook, rulebook_digest, rulebook_of, rulebook_text
from shadow.ledger.evidence import Evidence, OutcomeRow, RulebookRow, RulesRow, SetMember, SetRow, SignatureRow
from shadow.records import CheckStatus, Disposition, Kind, Outcome, Triage

RULE = Rule(
    id="totals", endpoint="GET /a", path="$.total", owner="ann", reason="agreed", created="2023-01-01",
    expires="2030-01-01",
)  # fmt: skip


def recorded(evidence_of: Any, at: float, outcome: Outcome, member: SetMember, book: Rulebook) -> Evidence:
    """Ten thousand matches and a thousand exchanges with one difference, recorded under a book."""
    return evidence_of(
        {"GET /a": {Outcome.match: 10_000, outcome: 1_000}},
        sets=(SetRow(block_at=at, endpoint="GET /a", outcome=outcome, members=(member,), n=1_000),),
        signatures=(
            SignatureRow(
                id="s1", endpoint="GET /a", group="body:$.total", kind=Kind.value, n=1_000,
                n_open=1_000 * (outcome is Outcome.mismatch), first_at=at, last_at=at,
            ),
        ),
        rulebooks=(RulebookRow(digest=rulebook_digest(book), first_at=at, content=rulebook_text(book)),),
        rules=(RulesRow(endpoint="GET /a", digest=rulebook_digest(book), first_at=at, last_at=at, n=11_000),),
    )  # fmt: skip


def parity(result: Any) -> CheckStatus:
    return next(row.status for row in result.criteria if row.name == "parity" and row.scope == "all")


def judged(evidence: Evidence, config: Config, at: float) -> Any:
    return judge(evidence, config, at=at, tool_version="1")


def test_a_rule_that_is_added_and_one_that_is_removed(evidence_of: Any, config_of: Any, at: float) -> None:
    without, with_rule = config_of(), config_of(compare=Compare(rules=(RULE,)))
    opened = SetMember(signature="s1", disposition=Disposition.open)
    evidence = recorded(evidence_of, at, Outcome.mismatch, opened, rulebook_of(without.compare))
    before, after = judged(evidence, without, at), judged(evidence, with_rule, at)
    assert parity(before) is CheckStatus.fail and parity(after) is CheckStatus.passed
    assert before.rules.changed == 0
    (change,) = after.rules.changes
    assert (change.before, change.after, change.rules, change.n) == ("mismatch", "noise_only", ("totals",), 1_000)
    assert before.accounting.holds and after.accounting.holds
    assert [finding.path for finding in before.findings] == ["body:$.total"] and after.findings == ()
    assert [(each.by, each.n) for each in after.covered] == [("totals", 1_000)]
    assert before.identity.evidence_digest == after.identity.evidence_digest
    sentence = "Rules changed since: 1,000 exchanges changed outcome because of totals."
    assert sentence in after.not_proved and sentence not in before.not_proved
    assert "Rules changed since" in render_html(after) and "Rules changed since" not in render_html(before)

    covered = SetMember(signature="s1", disposition=Disposition.ignored, by="totals")
    evidence = recorded(evidence_of, at, Outcome.noise_only, covered, rulebook_of(with_rule.compare))
    assert parity(judged(evidence, with_rule, at)) is CheckStatus.passed
    gone = judged(evidence, without, at)
    assert parity(gone) is CheckStatus.fail
    assert gone.rules.changed == 1_000 and [finding.path for finding in gone.findings] == ["body:$.total"]


def test_what_cannot_be_told_is_said(evidence_of: Any, config_of: Any, at: float) -> None:
    tolerance = msgspec.structs.replace(RULE, what="tolerate", absolute=1.0)
    opened = SetMember(signature="s1", disposition=Disposition.open)
    evidence = recorded(evidence_of, at, Outcome.mismatch, opened, Rulebook())
    result = judged(evidence, config_of(compare=Compare(rules=(tolerance,))), at)
    assert parity(result) is CheckStatus.fail
    assert [(doubt.rule, doubt.n) for doubt in result.rules.doubts] == [("totals", 1_000)]
    assert any("rule totals covers the differences of 1,000 exchanges at GET /a" in text for text in result.not_proved)


@pytest.mark.parametrize(("happens", "fails"), [("sometimes", True), ("always", False)])
def test_a_change_that_never_happened(
    evidence_of: Any, config_of: Any, at: float, happens: Any, fails: bool
) -> None:
    expected = msgspec.structs.replace(RULE, what="expect", happens=happens)
    result = judged(evidence_of({"GET /a": {Outcome.match: 10_000}}), config_of(compare=Compare(rules=(expected,))), at)
    rows = [row for row in result.criteria if row.name == "rules"]
    assert [(row.scope, row.status, row.n) for row in rows] == (
        [("totals", CheckStatus.fail, 10_000)] if fails else []
    )
    assert (result.status is CheckStatus.fail) is fails


def test_rows_that_change_add_up(evidence_of: Any, config_of: Any, at: float, tmp_path: Path) -> None:
    """Of a cell with several triages those of the set's own are moved, and no exchange is lost."""
    opened = SetMember(signature="s1", disposition=Disposition.open)
    evidence = recorded(evidence_of, at, Outcome.mismatch, opened, Rulebook())
    rows = (
        OutcomeRow(block_at=at, endpoint="GET /a", outcome=Outcome.mismatch, reason="", triage=Triage.pending, n=400),
        OutcomeRow(block_at=at, endpoint="GET /a", outcome=Outcome.mismatch, reason="", triage=Triage.transient, n=600),
        OutcomeRow(block_at=at, endpoint="GET /b", outcome=Outcome.mismatch, reason="", triage=Triage.pending, n=7),
    )
    sets = (
        SetRow(block_at=at, endpoint="GET /a", outcome=Outcome.mismatch, members=(opened,), n=400),
        SetRow(
            block_at=at, endpoint="GET /a", outcome=Outcome.mismatch, members=(opened,), n=100,
            triage=Triage.transient, decided_at=at,
        ),
    )  # fmt: skip
    from shadow.rules.reevaluate import reevaluate

    evidence = msgspec.structs.replace(evidence, outcomes=rows, sets=sets)
    found = reevaluate(evidence, Compare(rules=(RULE,)), at)
    assert {(row.endpoint, row.outcome, row.triage): row.n for row in found.evidence.outcomes} == {
        ("GET /a", Outcome.mismatch, Triage.transient): 500,
        ("GET /a", Outcome.noise_only, Triage.pending): 500,
        ("GET /b", Outcome.mismatch, Triage.pending): 7,
    }
