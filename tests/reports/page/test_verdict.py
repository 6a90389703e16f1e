from __future__ import annotations

import msgspec
import page_samples
import pytest

from reports.document import Criterion
from reports.page.verdict import verdict_of
from shadow.records import CheckStatus

E, F, I, W, P = CheckStatus  # noqa: E741


@pytest.mark.parametrize(
    ("status", "criteria", "word"),
    [
        (P, (P, P), "GO"),
        (W, (P, W), "GO, WAIVED"),
        (I, (P, I), "NOT YET"),
        (F, (F, I, P), "NO-GO"),
        (E, (E,), "ERROR"),
        (E, (), "ERROR"),
        # A document whose status is better than its criteria never reads as GO.
        (P, (), "ERROR"),
        (P, (P, F), "ERROR"),
        (P, (P, W), "ERROR"),
        (W, (I,), "ERROR"),
        # Stricter than its criteria is believed.
        (F, (P,), "NO-GO"),
    ],
)
def test_word_of_the_band(status: CheckStatus, criteria: tuple[CheckStatus, ...], word: str) -> None:
    rows = tuple(Criterion(name="parity", scope="all", status=one) for one in criteria)
    verdict = verdict_of(msgspec.structs.replace(page_samples.go(), status=status, criteria=rows))
    assert verdict.badge.word == word


@pytest.mark.parametrize(
    ("headline", "sentence"),
    [
        ("NO-GO: parity of GET /a: 3 differ.", "Parity of GET /a: 3 differ."),
        ("NO VERDICT: no criterion is configured.", "No criterion is configured."),
        ("Parity of GET /a: 3 differ.", "Parity of GET /a: 3 differ."),
        ("", "At least one criterion fails."),
    ],
)
def test_sentence_does_not_repeat_the_word(headline: str, sentence: str) -> None:
    assert verdict_of(msgspec.structs.replace(page_samples.no_go(), headline=headline)).sentence == sentence


def test_contradiction_is_said() -> None:
    verdict = verdict_of(msgspec.structs.replace(page_samples.no_go(), status=P))
    assert verdict.sentence.startswith("The document contradicts itself")


def test_reasons_are_capped() -> None:
    verdict = verdict_of(msgspec.structs.replace(page_samples.no_go(), reasons=("because",) * 15))
    assert (len(verdict.reasons), verdict.more) == (12, "and 3 more reasons, in the JSON document")
