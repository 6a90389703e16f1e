from __future__ import annotations

from typing import Any

import msgspec
import page_samples
import pytest

from reports.document import Better, Criterion
from reports.numbers import SPACE
from reports.page.signoffs import failing_in, signoffs_of
from shadow.errors import EXIT_FAIL, EXIT_PASS, EXIT_WAITING
from shadow.records import CheckStatus


@pytest.mark.parametrize(
    ("required", "given", "code", "state"),
    [
        (0, 0, EXIT_PASS, "No approval is required; none recorded."),
        (0, 1, EXIT_PASS, "No approval is required; 1 approval recorded."),
        (2, 1, EXIT_WAITING, "Waiting for approval: 1 of 2 given."),
        (2, 2, EXIT_PASS, "2 of 2 approvals given."),
        (1, 0, EXIT_FAIL, "0 of 1 approval given; the criteria come first."),
    ],
)
def test_the_state_in_words(required: int, given: int, code: int, state: str) -> None:
    base = msgspec.structs.replace(
        page_samples.go(), approvals_required=required, approvals_given=given, exit_code=code
    )
    assert signoffs_of(base).state == state
    assert signoffs_of(base).is_waiting is (code == EXIT_WAITING)


def test_void_ones_come_last_and_say_why() -> None:
    view = signoffs_of(page_samples.waiting())
    assert [(row.what, row.badge.word, row.void_because) for row in view.rows] == [
        ("approval", "Valid", ""),
        ("waiver", "Valid", ""),
        ("approval", "Void", "It was given on other evidence."),
    ]
    assert [row.covers for row in view.rows] == ["", "latency of GET /reports/revenue", ""]
    assert [row.what for row in view.valid] == ["approval", "waiver"]


def test_a_waiver_says_what_it_hides() -> None:
    base = page_samples.waiting()
    hides = [row.hides.replace(SPACE, " ") for row in signoffs_of(base).rows]
    assert hides == ["", "2,400 pairs: 1.31× where ≤ 1.20× is required", ""]
    parity = Criterion(
        name="parity", scope="all", status=CheckStatus.waived, better=Better.higher, required=0.99, observed=0.95,
        n=2_000, waiver="w-7",
    )  # fmt: skip
    hides = [row.hides for row in signoffs_of(msgspec.structs.replace(base, criteria=(parity,))).rows]
    assert hides[1].startswith("100 of 2,000 exchanges: 95.00")
    assert signoffs_of(msgspec.structs.replace(base, criteria=())).rows[1].hides == "nothing now"


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ({"better": Better.higher, "observed": 0.97}, 30),
        ({"observed": 0.012}, 12),
        ({"observed": -0.5}, 0),
        ({"observed": None}, None),
        ({"unit": "factor", "observed": 1.5}, None),
    ],
)
def test_how_many_exchanges_are_bad(fields: dict[str, Any], failing: int | None) -> None:
    assert failing_in(Criterion(name="x", scope="all", n=1_000, **fields)) == failing


def test_a_void_one_without_a_reason_is_void_all_the_same() -> None:
    (first, *_) = page_samples.waiting().signoffs
    void = msgspec.structs.replace(first, is_valid=False, void_because="")
    view = signoffs_of(msgspec.structs.replace(page_samples.waiting(), signoffs=(void,)))
    assert view.valid == ()
    assert view.rows[0].void_because == "not valid"
