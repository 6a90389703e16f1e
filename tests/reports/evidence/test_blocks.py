from __future__ import annotations

from typing import Any

import msgspec
import pytest

from reports.evidence.blocks import error_blocks, parity_blocks
from reports.evidence.tally import pool, tally_outcomes
from reports.statistics.sequential import Blocks
from shadow.ledger.evidence import Evidence, JointRow, MarkRow, OutcomeRow, TotalRow
from shadow.records import Outcome, Triage


def evidence(**rows: Any) -> Evidence:
    return Evidence(ledger_id="l", path="l", read_at=0.0, since=0.0, until=9e9, epoch=None, **rows)


def joint(at: float, endpoint: str, ok: int, new: int = 0, old: int = 0, both: int = 0, width: float = 0.0) -> JointRow:
    return JointRow(
        block_at=at, endpoint=endpoint, criterion="error", both_ok=ok, old_bad=old, new_bad=new, both_bad=both,
        width_s=width,
    )  # fmt: skip


def outcome(at: float, kind: Outcome, n: int, endpoint: str = "GET /a", **more: Any) -> OutcomeRow:
    given: dict[str, Any] = {"reason": "", "triage": Triage.pending} | more
    return OutcomeRow(block_at=at, endpoint=endpoint, outcome=kind, n=n, **given)


def marked(question: str, quiet: int) -> MarkRow:
    return MarkRow(
        block_at=0, endpoint="GET /a", question=question, quiet=quiet, noisy=((10, 2, 0, 0),), width_s=86400
    )


def shares(given: Evidence) -> dict[str, Blocks]:
    tallies = tally_outcomes(given)
    return {name: each.failures() for name, each in parity_blocks(given, tallies, pool(given, tallies)).items()}


def test_fine_blocks_one_by_one_and_pooled() -> None:
    given = evidence(joints=(joint(0, "GET /a", 3, new=1), joint(0, "GET /b", 4), joint(300, "GET /b", 5, old=5)))
    found = {name: (each.differences(), each.failures()) for name, each in error_blocks(given).items()}
    assert found == {
        "GET /a": (Blocks(noisy=(0.25,), bursts=(1,)), Blocks(noisy=(0.25,), bursts=(1,))),
        "GET /b": (Blocks(quiet=1, noisy=(-0.5,)), Blocks(quiet=2)),
        "all": (Blocks(noisy=(-0.5, 0.125), bursts=(1,)), Blocks(quiet=1, noisy=(0.125,), bursts=(1,))),
    }


def test_folded_blocks_come_from_marks_and_totals_and_late_ones_join_theirs() -> None:
    given = evidence(
        joints=(joint(0, "GET /a", 90, new=2, width=86400.0), joint(300, "GET /a", 8, new=1)),
        marks=(marked("error", 7),),
        totals=(TotalRow(block_at=0, pairs=80, new_bad=0, old_bad=0, both_bad=0, compared=0, failing=0),
                TotalRow(block_at=300, pairs=11, new_bad=2, old_bad=0, both_bad=0, compared=0, failing=0)),
    )  # fmt: skip
    found = {name: each.differences() for name, each in error_blocks(given).items()}
    assert found["GET /a"] == Blocks(quiet=7, noisy=(1 / 9, 0.2), bursts=(1, 2))
    assert found["all"] == Blocks(quiet=1, noisy=(3 / 20,), bursts=(3,))


def test_parity_leaves_excused_mismatches_out() -> None:
    given = evidence(outcomes=(
        outcome(0, Outcome.match, 3), outcome(0, Outcome.mismatch, 1), outcome(0, Outcome.shed, 9),
        outcome(0, Outcome.mismatch, 5, triage=Triage.transient), outcome(300, Outcome.noise_only, 2),
    ))  # fmt: skip
    assert shares(given) == dict.fromkeys(("GET /a", "all"), Blocks(quiet=1, noisy=(0.25,), bursts=(1,)))


@pytest.mark.parametrize(
    ("failing", "found"),
    [(2, Blocks(quiet=9, noisy=(0.2,), bursts=(2,))), (3, Blocks(noisy=(3 / 100,), bursts=(3,)))],
)
def test_marks_that_rules_have_overtaken_are_not_believed(failing: int, found: Blocks) -> None:
    """The day itself becomes the block."""
    given = evidence(
        outcomes=(outcome(0, Outcome.match, 100 - failing, width_s=86400.0),
                  outcome(0, Outcome.mismatch, failing, width_s=86400.0)),
        marks=(marked("parity", 9),),
        totals=(TotalRow(block_at=0, pairs=0, new_bad=0, old_bad=0, both_bad=0, compared=100, failing=2),),
    )  # fmt: skip
    assert shares(given)["GET /a"] == found


def test_failures_in_blocks_that_follow_one_another_are_one_burst() -> None:
    """Whatever the rows' order; an empty block is none, a quiet one ends the burst, failures of the old side do too."""
    rows = (joint(1200, "GET /a", 2, new=2), joint(300, "GET /a", 0, new=3), joint(0, "GET /a", 1, new=1),
            joint(600, "GET /a", 0), joint(900, "GET /a", 4), joint(1500, "GET /a", 2, both=1),
            joint(1800, "GET /a", 2, old=1), joint(2100, "GET /a", 2, new=5))  # fmt: skip
    found = error_blocks(evidence(joints=rows))["GET /a"]
    assert found.failures().bursts == (4, 3, 5)
    assert found.differences().bursts == (4, 2, 5)


def test_bursts_within_a_folded_day_are_known_by_its_marks() -> None:
    noisy = ((5, 2, 0, 0), (5, 3, 0, 0), (5, 1, 0, 0))
    row = MarkRow(block_at=0, endpoint="GET /a", question="error", quiet=7, noisy=noisy, width_s=86400.0)
    known = msgspec.structs.replace(row, follows=(False, True, False))
    assert error_blocks(evidence(marks=(known,)))["GET /a"].failures().bursts == (5, 1)
    assert error_blocks(evidence(marks=(known, known)))["GET /a"].failures().bursts == (5, 1, 5, 1)
    assert error_blocks(evidence(marks=(row,)))["GET /a"].failures().bursts == (2, 3, 1), "what is not known"


def test_nothing_is_no_block() -> None:
    assert error_blocks(evidence()) == {}
    assert shares(evidence()) == {}
    assert error_blocks(evidence(joints=(joint(0, "GET /a", 0),)))["all"].failures() == Blocks()
