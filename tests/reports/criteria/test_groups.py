from __future__ import annotations

import pytest

from reports.criteria.groups import judge_groups, matches
from reports.evidence.histogram import Histogram
from reports.evidence.tally import JointTally
from shadow.config.model import Group
from shadow.ledger.histogram import SCALE, bucket_of
from shadow.records import Leg


@pytest.mark.parametrize(
    ("pattern", "endpoint", "found"),
    [
        ("POST /auth/*", "POST /auth/login", True),
        ("POST /auth/*", "POST /auth/a/b", True),
        ("POST /auth/*", "GET /auth/login", False),
        ("* /auth/*", "GET /auth/login", True),
        ("POST /auth/*", "POST /authors/1", False),
        ("GET /users/{id}", "GET /users/{id}", True),
        ("GET /users/{id}", "GET /users/{id}/posts", False),
        ("GET /users/*", "GET /users", False),
        ("GET /*", "GET /", True),
    ],
)
def test_patterns(pattern: str, endpoint: str, found: bool) -> None:
    assert matches(pattern, endpoint) is found


def test_a_group_is_judged_as_a_whole() -> None:
    joints = {
        "all": JointTally(both_ok=9000),
        "POST /auth/login": JointTally(both_ok=400, new_bad=1),
        "POST /auth/out": JointTally(both_ok=399),
        "GET /x": JointTally(both_ok=1, new_bad=500),
    }
    quick = Histogram(SCALE, ((bucket_of(0.5), 400),))
    slow = Histogram(SCALE, ((bucket_of(3.0), 400),))
    histograms = {
        ("POST /auth/login", Leg.candidate): quick,
        ("POST /chat", Leg.candidate): slow,
        ("POST /auth/login", Leg.primary): slow,
    }
    asked = (
        Group(name="auth", endpoints=("POST /auth/*",), min_success_ratio=0.99, max_s=2.0),
        Group(name="chat", endpoints=("POST /chat",), max_s=2.0, dry_run=True),
        Group(name="none", endpoints=("GET /none",), min_success_ratio=0.99),
    )
    rows = judge_groups(asked, joints, histograms)
    assert [(row.name, row.scope, str(row.status), row.n, row.dry_run) for row in rows] == [
        ("group_success", "auth", "pass", 800, False),
        ("group_latency", "auth", "pass", 400, False),
        ("group_latency", "chat", "fail", 400, True),
        ("group_success", "none", "inconclusive", 0, False),
    ]
