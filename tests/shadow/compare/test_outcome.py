"""Outcomes: from what became of the differences."""

from __future__ import annotations

import pytest

from shadow.compare.outcome import Ending, end_after_comparing, has_body
from shadow.records import Disposition, Outcome, ResponseCopy

D = Disposition


@pytest.mark.parametrize(
    ("dispositions", "full", "want"),
    [
        ([], False, ("match", "")),
        ([D.noise], False, ("noise_only", "")),
        ([D.ignored, D.tolerated], False, ("noise_only", "")),
        ([D.expected], False, ("expected", "")),
        ([D.expected, D.noise], False, ("noise_only", "")),
        ([D.noise, D.open], False, ("mismatch", "")),
        ([D.noise], True, ("mismatch", "limit")),
        ([], True, ("mismatch", "limit")),
        ([D.open], True, ("mismatch", "")),
    ],
)
def test_after_comparing(dispositions: list[Disposition], full: bool, want: tuple[str, str]) -> None:
    """One open difference, or one too many, fails."""
    ending = end_after_comparing(dispositions, full=full)
    assert (ending.outcome.value, ending.reason) == want


@pytest.mark.parametrize(
    ("method", "status", "want"),
    [
        ("GET", 200, True),
        ("HEAD", 200, False),
        ("GET", 204, False),
        ("GET", 304, False),
        ("GET", 199, False),
        ("POST", 404, True),
    ],
)
def test_has_body(method: str, status: int, want: bool) -> None:
    """RFC 9110, section 6.4.1."""
    assert has_body(method, ResponseCopy(status=status)) is want


def test_the_default_fails() -> None:
    """Nothing said is a mismatch."""
    assert Ending().outcome is Outcome.mismatch
