from __future__ import annotations

import pytest

from reports.page.words import OUTCOMES, badge, criterion_word, outcome_rank, outcome_word
from shadow.records import CheckStatus, Outcome


def test_every_status_has_its_own_word_symbol_and_tone() -> None:
    looks = [badge(status) for status in CheckStatus]
    for part in ("word", "symbol", "tone"):
        assert len({getattr(look, part) for look in looks}) == len(CheckStatus)


def test_every_outcome_has_a_word() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert outcome_word("not_comparable") == ("Not comparable", "not-comparable")


def test_an_unknown_outcome_comes_first_and_in_red() -> None:
    assert outcome_word("exploded") == ("exploded", "mismatch")
    assert outcome_rank("exploded") < outcome_rank("mismatch") < outcome_rank("match")


@pytest.mark.parametrize(
    ("name", "word"),
    [("parity", "Parity"), ("days", "Days in a row"), ("trips", "Breaker trips"), ("made_up here", "Made up here")],
)
def test_criteria_are_called_as_everywhere_else(name: str, word: str) -> None:
    assert criterion_word(name) == word
