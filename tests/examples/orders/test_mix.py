"""The traffic is the same for the same seed, and every share of it is as large as it says."""

from __future__ import annotations

import json
import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mix import SHARES, Call, plan

READS = {"GET", "HEAD", "OPTIONS"}


def endpoint(call: Call) -> str:
    path = re.sub(r"/(\d+|SKU-\d+)(?=/|$)", "/{id}", urlsplit(call.target).path)
    return f"{call.method} {path}"


def test_shares_are_thousandths() -> None:
    assert sum(share for share, _ in SHARES) == 1000


def test_same_seed_same_calls_and_another_seed_other_calls() -> None:
    assert plan(500, seed=3) == plan(500, seed=3)
    assert plan(500, seed=3) != plan(500, seed=4)


@given(total=st.integers(1, 700), seed=st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_exactly_as_many_calls_as_asked_for(total: int, seed: int) -> None:
    assert len(plan(total, seed)) == total


def test_no_calls_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        plan(0)


def test_every_mirrored_endpoint_gets_enough_of_5000_requests_to_be_judged() -> None:
    counts = Counter(endpoint(call) for call in plan(5000))
    assert len(counts) == 22
    assert counts["POST /orders"] == 180
    assert min(n for name, n in counts.items() if name != "POST /orders") == 125


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (lambda call: b"'" in call.body, 20),
        (lambda call: call.target == "/customers?limit=plenty", 40),
        (lambda call: call.target.startswith("/reports/revenue"), 135),
        (lambda call: call.headers == (("Accept-Encoding", "gzip"),), 65),
        (lambda call: call.method not in READS, 400),
        (lambda call: call.method == "POST" and call.target == "/search", 220),
        (lambda call: call.expected >= 400, 215),
    ],
)
def test_what_is_rare_occurs_as_often_as_planned(what: object, expected: int) -> None:
    assert callable(what)
    assert sum(1 for call in plan(5000) if what(call)) == expected


def test_each_order_placed_has_a_reference_of_its_own() -> None:
    references = [json.loads(call.body)["reference"] for call in plan(5000) if call.target == "/orders" and call.body]
    assert len(references) == len(set(references)) == 180
