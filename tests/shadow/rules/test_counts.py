"""Counts that follow: blocks, folded days, their marks and totals; nothing is lost or made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from shadow.config.model import Compare, Ledger, Rule
from shadow.ledger.evidence import MarkRow, SetRow, TotalRow
from shadow.ledger.writer import LedgerWriter
from shadow.records import Outcome
from shadow.rules.counts import Move, moved
from shadow.rules.reevaluate import reevaluate

DAY = 86_400.0
SAME = ({"note": 1}, {"note": 1})
NOTE = ({"note": 1}, {"note": 2})


def by_outcome(evidence: Any) -> dict[tuple[str, float], int]:
    found: dict[tuple[str, float], int] = {}
    for row in evidence.outcomes:
        if row.n:
            key = (str(row.outcome), row.width_s)
            found[key] = found.get(key, 0) + row.n
    return found


def test_folded_days_follow(
    history: Any, compare: Callable[..., Compare], rule: Callable[..., Rule], start: float
) -> None:
    """Blocks that were folded into hours and days are judged by today's rules like any other."""
    history.record(compare(rule()), [SAME] * 3 + [NOTE] * 2, at=start)
    history.record(compare(rule()), [SAME, NOTE], at=start + 6 * DAY)
    with LedgerWriter.open(history.path, Ledger(), "k") as writer:
        writer.compact(start + 6 * DAY + 60.0, 1_000)
    evidence = history.read()
    assert by_outcome(evidence) == {
        ("match", DAY): 3, ("noise_only", DAY): 2, ("match", 0.0): 1, ("noise_only", 0.0): 1
    }  # fmt: skip
    now = start + 6 * DAY + 3600.0
    assert reevaluate(evidence, compare(rule()), now).evidence == evidence
    found = reevaluate(evidence, compare(), now)
    assert found.changed == 3
    assert by_outcome(found.evidence) == {
        ("match", DAY): 3, ("mismatch", DAY): 2, ("match", 0.0): 1, ("mismatch", 0.0): 1
    }  # fmt: skip
    noisy = [block for row in found.evidence.marks if row.question == "parity" for block in row.noisy]
    assert sum(new + both for _, new, _, both in noisy) == 2
    assert sum(row.failing for row in found.evidence.totals) == 2
    assert all(row.failing <= row.compared for row in found.evidence.totals)


@pytest.mark.parametrize(
    ("before", "after", "failing", "noisy"),
    [
        (Outcome.noise_only, Outcome.mismatch, [3, 2, 0], ((5, 5, 0, 0),)),
        (Outcome.mismatch, Outcome.noise_only, [1, 0, 0], ()),  # which of the blocks had failed is not known: they stay
        (Outcome.noise_only, Outcome.expected, [1, 0, 0], ()),
    ],
)
def test_blocks_inside_of_a_day(
    history: Any, compare: Callable[..., Compare], start: float,
    before: Outcome, after: Outcome, failing: list[int], noisy: tuple[tuple[int, ...], ...],
) -> None:  # fmt: skip
    history.record(compare(), [SAME], at=start)
    day = start // DAY * DAY
    n = 4 if after is Outcome.mismatch else 5
    row = SetRow(block_at=day, endpoint="GET /a", outcome=before, members=(), n=n, width_s=DAY)
    evidence = msgspec.structs.replace(
        history.read(),
        marks=(
            MarkRow(block_at=day, endpoint="GET /a", question="parity", quiet=3, noisy=(), width_s=DAY),
            MarkRow(block_at=day, endpoint="GET /a", question="error", quiet=3, noisy=(), width_s=DAY),
        ),
        totals=tuple(
            TotalRow(block_at=at, pairs=9, new_bad=0, old_bad=0, both_bad=0, compared=n, failing=bad)
            for at, n, bad in ((day, 3, 1), (day + 300, 9, 0), (day + DAY, 9, 0))
        ),
    )
    found = moved(evidence, [Move(row=row, after=after)])
    assert [each.failing for each in found.totals] == failing
    marks = {each.question: each.noisy for each in found.marks}
    assert marks["error"] == () and len(marks["parity"]) == len(noisy)
