from __future__ import annotations

from typing import Any

import pytest

from reports.criteria.load import judge_load
from shadow.config.model import Load
from shadow.ledger.evidence import Epoch, Evidence
from shadow.ledger.load import LoadRun

AT = 1_000_000.0


def run(**fields: Any) -> LoadRun:
    given: dict[str, Any] = {
        "id": "r", "build": "c", "started_at": AT - 7200.0, "finished_at": AT - 3600.0, "factor": 2.0,
        "requests": 5000, "failed": 0,
    }  # fmt: skip
    return LoadRun(**(given | fields))


@pytest.mark.parametrize(
    ("runs", "status", "said"),
    [
        ((), "inconclusive", "No load of 2 times the peak is marked"),
        ((run(),), "pass", "2 times the peak, 5,000 requests, 0 failed"),
        ((run(build="other"),), "inconclusive", "No load"),
        ((run(factor=1.9),), "inconclusive", "2 times are asked for"),
        ((run(failed=51),), "fail", "1 % allowed"),
        ((run(failed=50),), "inconclusive", "is plausible"),
        ((run(finished_at=AT - 337 * 3600.0),), "inconclusive", "337 h ago"),
        ((run(finished_at=AT + 3600.0),), "inconclusive", "ago"),
        ((run(), run(failed=5000, finished_at=AT - 9e4)), "pass", "0 failed"),
        ((run(failed=5000), run(finished_at=AT - 9e4)), "fail", "5,000 failed"),
        ((run(requests=0),), "inconclusive", "100 % is plausible"),
    ],
)
def test_load(runs: tuple[LoadRun, ...], status: str, said: str) -> None:
    epoch = Epoch(id=1, primary_build="p", candidate_build="c", first_at=0.0, last_at=AT)
    given = Evidence(ledger_id="l", path="l", read_at=AT, since=0.0, until=AT, epoch=epoch, loads=runs)
    row = judge_load(Load(), given, AT)
    assert str(row.status) == status
    assert said in row.reason


def test_an_unknown_build_has_no_run() -> None:
    epoch = Epoch(id=1, primary_build="p", candidate_build="", first_at=0.0, last_at=AT)
    given = Evidence(ledger_id="l", path="l", read_at=AT, since=0, until=AT, epoch=epoch, loads=(run(build=""),))
    assert str(judge_load(Load(), given, AT).status) == "inconclusive"
