"""What is completed, and what it cost, belongs to the load that was measured."""

from __future__ import annotations

import pytest

from bench.live.closed import sample_of
from bench.live.load import Load
from bench.live.mirror import Counted

LOAD = Load(requests=1000, rps=500.0, p50_s=0.001, p99_s=0.002, errors=0)


def test_the_share_completed_and_the_cost_of_each() -> None:
    before = Counted(accepted=300, outcomes={"match": 290, "shed(tee_full)": 10})
    after = Counted(accepted=1300, outcomes={"match": 690, "mismatch": 100, "shed(tee_full)": 510})
    sample = sample_of(
        LOAD, {"listener": 0.02, "sender": 0.01}, {"listener": 7}, 2.0, before, after, {"sender": 0.05, "keeper": 0.01}
    )
    assert sample["completed_ratio"] == 0.5
    assert sample["outcomes"] == {"match": 400, "mismatch": 100, "shed(tee_full)": 500}
    assert sample["cpu_us"] == {"listener": pytest.approx(20), "sender": pytest.approx(10)}
    assert sample["cpu_us_per_completed"] == {"sender": pytest.approx(100), "keeper": pytest.approx(20)}


def test_a_proxy_of_others_completes_nothing() -> None:
    sample = sample_of(LOAD, {"proxy": 0.1}, {"proxy": 7}, 2.0)
    assert sample["cpu_us"] == {"proxy": pytest.approx(100)}
    assert "completed_ratio" not in sample
