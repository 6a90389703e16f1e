from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from shadow.errors import EvidenceError
from shadow.export.choose import choose
from shadow.ledger.evidence import SetMember, SetRow
from shadow.records import Disposition, Outcome, Triage


def row(triage: Triage, *signatures: str, disposition: Disposition = Disposition.open, n: int = 1) -> SetRow:
    members = tuple(SetMember(signature=each, disposition=disposition) for each in signatures)
    return SetRow(block_at=0.0, endpoint="GET /", outcome=Outcome.mismatch, members=members, n=n, triage=triage)


@pytest.fixture
def evidence(group: Any) -> Any:
    groups = [group(id=name * 16) for name in "abcdef"]
    groups[4] = msgspec.structs.replace(groups[4], n_open=0)
    groups[1] = msgspec.structs.replace(groups[1], n_open=99)
    return SimpleNamespace(signatures=groups, sets=[
        row(Triage.confirmed, "a" * 16), row(Triage.pending, "b" * 16), row(Triage.transient, "c" * 16),
        row(Triage.unstable, "d" * 16), row(Triage.confirmed, "d" * 16, disposition=Disposition.noise),
        row(Triage.transient, "a" * 16), row(Triage.confirmed, "c" * 16, n=0),
    ])  # fmt: skip


def test_confirmed_ones_first_and_those_that_went_away_not(evidence: Any) -> None:
    found = [(each.group.id[0], each.triage.value) for each in choose(evidence, (), most=10)]
    assert found == [("a", "confirmed"), ("b", "pending"), ("f", "pending")]
    assert len(choose(evidence, (), most=2)) == 2


def test_by_name_any_open_one(evidence: Any) -> None:
    assert [each.group.id[0] for each in choose(evidence, ["cc", "a", "cccc"], most=1)] == ["c", "a"]


@pytest.mark.parametrize(("name", "why"), [("x", "no open group"), ("", "no open group"), ("e", "no open group")])
def test_names_that_lead_nowhere(evidence: Any, name: str, why: str) -> None:
    with pytest.raises(EvidenceError, match=why):
        choose(evidence, [name], most=1)
