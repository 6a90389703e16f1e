from __future__ import annotations

import pytest

from reports.status import EXIT_CODES, worst_of
from shadow.records import CheckStatus

E, F, I, W, P = CheckStatus  # noqa: E741


@pytest.mark.parametrize(
    ("given", "worst"),
    [((), E), ((P,), P), ((P, W), W), ((W, I, P), I), ((I, F, P), F), ((F, E, P), E), ((P, P), P)],
)
def test_the_worst_decides_and_nothing_asked_is_an_error(given: tuple[CheckStatus, ...], worst: CheckStatus) -> None:
    assert worst_of(given) is worst


def test_every_status_has_its_exit_code_and_none_is_pythons_or_clicks() -> None:
    assert {str(status): code for status, code in EXIT_CODES.items()} == {
        "error": 12,
        "fail": 10,
        "inconclusive": 11,
        "waived": 13,
        "pass": 0,
    }
