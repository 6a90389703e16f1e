from __future__ import annotations

import pytest

from shadow.records import CheckStatus
from verify.answer import Answer, blind_spot
from verify.checks import counts, rows, schema, tables


def test_the_blind_spot_is_the_paragraph_of_the_docstring() -> None:
    assert blind_spot("What it does.\n\nCannot see: this\nand that.\n\nMore.") == "this and that."


def test_a_check_that_does_not_say_what_it_is_blind_to_must_not_run() -> None:
    with pytest.raises(ValueError, match="Cannot see"):
        blind_spot("What it does.")


def test_without_docstrings_the_text_says_so() -> None:
    assert blind_spot(None).startswith("not known")


@pytest.mark.parametrize("check", [tables, schema, counts, rows])
def test_every_check_says_what_it_cannot_see(check: object) -> None:
    assert len(check.CANNOT_SEE) > 30  # type: ignore[attr-defined]


def test_an_answer_fails_unless_told_otherwise() -> None:
    assert Answer().status is CheckStatus.error
