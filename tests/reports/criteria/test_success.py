from __future__ import annotations

from typing import Any

import pytest

from reports.criteria.looks import Nightly
from reports.criteria.success import judge_rate, judge_success
from reports.evidence.tally import JointTally
from reports.statistics.sequential import Blocks
from shadow.config.model import Success
from shadow.ledger.evidence import Epoch, Evidence, JointRow, WatchRow
from shadow.records import CheckStatus

DAY = 86400.0


@pytest.mark.parametrize(
    ("n", "failing", "status", "needed"),
    [
        (0, 0, "inconclusive", 598),
        (1, 0, "inconclusive", 597),
        (1, 1, "fail", None),
        (597, 0, "inconclusive", 1),
        (598, 0, "pass", None),
        (946, 1, "inconclusive", 1),
        (947, 1, "pass", None),
        (1000, 100, "fail", None),
    ],
)
def test_rates(n: int, failing: int, status: str, needed: int | None) -> None:
    row = judge_rate("success", "all", 0.995, 0.95, JointTally(both_ok=n - failing, both_bad=failing))
    assert (str(row.status), row.needed) == (status, needed)


def test_what_the_old_build_failed_alone_is_a_success_and_what_both_failed_is_none() -> None:
    row = judge_rate("success", "all", 0.9, 0.95, JointTally(both_ok=90, old_bad=5, both_bad=5))
    assert row.observed == 0.95


def test_where_a_burst_spans_blocks_it_is_requests_that_are_missing() -> None:
    joint, quiet = JointTally(both_ok=30_000), Blocks(quiet=8_000)
    held, *_ = judge_success(Success(days=0), evidence(0), joint, quiet, DAY)
    assert held.status is CheckStatus.inconclusive
    assert held.needed == 42_762
    assert "Failures may come 20 in a row: 42,7" in held.reason
    singly, *_ = judge_success(Success(days=0), evidence(0), joint, quiet, DAY, Nightly(longest_burst=1))
    assert singly.status is CheckStatus.passed


def test_repeated_looks_need_more_than_the_bound() -> None:
    given, joint = evidence(0), JointTally(both_ok=10_000)
    held, *_ = judge_success(Success(days=0), given, joint, Blocks(quiet=100), DAY)
    assert held.status is CheckStatus.inconclusive
    assert held.e_value is not None and held.e_needed is not None and held.e_value < held.e_needed
    assert held.needed is not None and held.needed > 10_000
    assert "One look would pass it" in held.reason
    passed, *_ = judge_success(Success(days=0), given, JointTally(both_ok=10**6), Blocks(quiet=100 + 5000), DAY)
    assert passed.status is CheckStatus.passed


def evidence(days: int, n: int = 1000, failing: dict[int, int] | None = None, beats: int | None = None) -> Evidence:
    joints = tuple(
        JointRow(
            block_at=day * DAY, endpoint="GET /", criterion="error", both_ok=n - (failing or {}).get(day, 0), old_bad=0,
            new_bad=(failing or {}).get(day, 0), both_bad=0,
        )
        for day in range(days)
    )  # fmt: skip
    watches = tuple(
        WatchRow(name="mirror", block_at=day * DAY, seconds=DAY) for day in range(days if beats is None else beats)
    )
    epoch = Epoch(id=1, primary_build="p", candidate_build="c", first_at=0.0, last_at=1.0)
    return Evidence(
        ledger_id="l", path="l", read_at=0.0, since=0.0, until=9e9, epoch=epoch, joints=joints, watches=watches
    )


@pytest.mark.parametrize(
    ("given", "status", "green", "attempts", "said"),
    [
        ({"days": 7}, "pass", 7, 1, "yes, 1 attempt since this build"),
        ({"days": 6}, "inconclusive", 6, 1, "1 more green day needed"),
        ({"days": 9, "failing": {1: 900}}, "pass", 7, 2, "2 attempts"),
        ({"days": 8, "failing": {1: 900}}, "inconclusive", 6, 2, "6 so far, 2 attempts"),
        ({"days": 8, "failing": {7: 900}}, "fail", 0, 1, "the last day is red"),
        ({"days": 8, "failing": {7: 6}}, "inconclusive", 0, 1, "7 more green days needed"),
        ({"days": 7, "n": 300}, "inconclusive", 0, 0, "7 thin"),
        ({"days": 7, "beats": 6}, "inconclusive", 6, 1, "1 gap"),
        ({"days": 9, "beats": 7}, "inconclusive", 7, 1, "Too many days between them are thin or gaps"),
        ({"days": 0}, "inconclusive", 0, 0, "no day of this build is complete yet"),
    ],
)
def test_days(given: dict[str, Any], status: str, green: int, attempts: int, said: str) -> None:
    whole = evidence(**given)
    _, row = judge_success(Success(), whole, JointTally(), None, given["days"] * DAY + 5.0)
    assert (str(row.status), row.observed, row.attempts) == (status, green, attempts)
    assert said in row.reason
    assert (row.name, row.required) == ("days", 7.0)


def test_a_red_day_and_a_green_one_since_when() -> None:
    _, row = judge_success(Success(days=3), evidence(6, failing={1: 900}), JointTally(), None, 6 * DAY)
    assert row.status is CheckStatus.passed
    assert row.since == 3 * DAY
    assert [day.state for day in row.days] == ["green", "red", "green", "green", "green", "green"]
