from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.criteria.error_rate import judge_difference, judge_error_rate
from reports.evidence.tally import JointTally
from reports.status import rank
from shadow.config.model import ErrorRate
from shadow.records import CheckStatus

ASKED = ErrorRate(margin_ratio=0.005)


def joint(ok: int, old: int = 0, new: int = 0, both: int = 0) -> JointTally:
    return JointTally(both_ok=ok, old_bad=old, new_bad=new, both_bad=both)


@pytest.mark.parametrize(
    ("table", "status", "needed"),
    [
        (joint(0), "inconclusive", 598),
        (joint(597), "inconclusive", 1),
        (joint(598), "pass", None),
        (joint(945, new=1), "inconclusive", 1),
        (joint(946, new=1), "pass", None),
        (joint(500, both=500), "pass", None),  # failing together is no difference
        (joint(9950, old=25, new=25), "pass", None),
        (joint(10000, new=200), "fail", None),
        (joint(3, new=3), "fail", None),
        (joint(10000, old=200), "pass", None),  # the candidate is the better one
        (joint(10000, old=200, new=200), "pass", None),
    ],
)
def test_statuses(table: JointTally, status: str, needed: int | None) -> None:
    row = judge_difference(ASKED, "all", table)
    assert (str(row.status), row.needed) == (status, needed)
    assert row.n == table.pairs


def test_words_and_figures() -> None:
    row = judge_difference(ASKED, "GET /a", joint(970, old=10, new=20))
    assert (row.required, row.observed, row.n, row.scope) == (0.005, 0.01, 1000, "GET /a")
    assert row.status is CheckStatus.inconclusive
    assert row.reason.startswith(
        "Of 1,000 pairs 20 failed on the candidate alone, 10 on the primary alone, 0 on both; up to 1.98 % more"
    )
    assert row.needed is not None
    enough = joint(970 + row.needed, old=10, new=20)
    assert judge_difference(ASKED, "GET /a", enough).status is CheckStatus.passed
    thin = joint(970 + row.needed - 1, old=10, new=20)
    assert judge_difference(ASKED, "GET /a", thin).status is CheckStatus.inconclusive


def test_rows_for_endpoints_that_could_decide_or_where_the_candidate_failed() -> None:
    joints = {
        "GET /big": joint(600),
        "GET /thin": joint(597),
        "GET /old": joint(5, old=5),
        "GET /once": joint(5, new=1),
        "all": joint(1207, old=5, new=1),
    }
    rows = judge_error_rate(ASKED, joints)
    assert [row.scope for row in rows] == ["all", "GET /big", "GET /once"]


def test_without_pairs_the_question_is_open() -> None:
    (row,) = judge_error_rate(ASKED, {})
    assert (row.scope, row.status, row.n) == ("all", CheckStatus.inconclusive, 0)


@given(
    ok=st.integers(0, 3000), old=st.integers(0, 30), new=st.integers(0, 30), both=st.integers(0, 30),
    margin=st.sampled_from([0.001, 0.005, 0.05]),
)  # fmt: skip
def test_a_further_failing_pair_never_improves_and_a_lost_agreeing_one_never_passes(
    ok: int, old: int, new: int, both: int, margin: float
) -> None:
    asked = ErrorRate(margin_ratio=margin)
    before = judge_difference(asked, "all", joint(ok, old, new, both)).status
    assert rank(judge_difference(asked, "all", joint(ok, old, new + 1, both)).status) <= rank(before)
    if before is not CheckStatus.passed and ok:
        after = judge_difference(asked, "all", joint(ok - 1, old, new, both)).status
        assert after is not CheckStatus.passed
