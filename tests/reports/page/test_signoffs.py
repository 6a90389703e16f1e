from __future__ import annotations

import msgspec
import page_samples
import pytest

from reports.page.signoffs import signoffs_of
from shadow.errors import EXIT_FAIL, EXIT_PASS, EXIT_WAITING


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


def test_a_void_one_without_a_reason_is_void_all_the_same() -> None:
    (first, *_) = page_samples.waiting().signoffs
    void = msgspec.structs.replace(first, is_valid=False, void_because="")
    view = signoffs_of(msgspec.structs.replace(page_samples.waiting(), signoffs=(void,)))
    assert view.valid == ()
    assert view.rows[0].void_because == "not valid"
