from __future__ import annotations

import msgspec
import page_samples
import pytest

from reports.document import Accounting, Criterion, OutcomeCount, Pairing
from reports.numbers import SPACE as S
from reports.page.evidence import evidence_of


@pytest.mark.parametrize(
    ("accepted", "in_flight", "outcomes", "holds", "word", "note"),
    [
        (10, 2, 8, True, "the sum holds", ""),
        (10, 2, 8, False, "the sum does not hold", ""),
        (10, 2, 7, True, "the sum does not hold", "1 request without an outcome"),
        (10, 2, 7, False, "the sum does not hold", "1 request without an outcome"),
        (10, 0, 12, True, "the sum does not hold", "2 outcomes without a request"),
        (0, 0, 0, True, "no request was recorded", ""),
        (0, 0, 1, True, "the sum does not hold", "1 outcome without a request"),
    ],
)
def test_the_sum_is_checked_again(
    accepted: int, in_flight: int, outcomes: int, holds: bool, word: str, note: str
) -> None:
    accounting = Accounting(accepted=accepted, in_flight=in_flight, outcomes=outcomes, holds=holds)
    strip = evidence_of(msgspec.structs.replace(page_samples.empty(), accounting=accounting))
    assert (strip.sum.word, strip.sum_note) == (word, note)
    assert (strip.accepted, strip.outcomes, strip.in_flight) == (str(accepted), str(outcomes), str(in_flight))


def test_figures() -> None:
    strip = evidence_of(page_samples.no_go())
    assert [(one.label, one.value, one.note, one.tone) for one in strip.figures] == [
        ("Shed", "9", f"0.18{S}%", "inconclusive"),
        ("Not comparable", "0", f"0.00{S}%", ""),
        ("Skipped", "52", f"1.04{S}%", ""),
        ("Both answered", f"99.81{S}%", "9 only primary", ""),
        ("Gaps", "1", f"1.41{S}s in all", "inconclusive"),
        ("Endpoints", "12 of 13", "compared often enough", "inconclusive"),
    ]


def test_a_window_smaller_than_the_ledger_is_named() -> None:
    accounting = Accounting(
        accepted=10, in_flight=0, outcomes=10, holds=True,
        by_outcome=(OutcomeCount(outcome="match", reason="", n=4),),
    )  # fmt: skip
    strip = evidence_of(msgspec.structs.replace(page_samples.empty(), accounting=accounting))
    assert strip.bar_note == "The bar shows the 4 in the judged window."
    assert evidence_of(page_samples.no_go()).bar_note == ""


def test_who_answered_is_told_and_an_alarm_marked() -> None:
    pairing = Pairing(both=9_990, only_old=7, neither=3)
    base = page_samples.go()
    told = msgspec.structs.replace(base, accounting=msgspec.structs.replace(base.accounting, pairing=pairing))
    (figure,) = [each for each in evidence_of(told).figures if each.label == "Both answered"]
    assert (figure.value, figure.note, figure.tone) == (f"99.90{S}%", "7 only primary, 3 neither", "")
    row = Criterion(name="completeness", scope="pairing")
    (figure,) = [
        each for each in evidence_of(msgspec.structs.replace(told, criteria=(row,))).figures
        if each.label == "Both answered"
    ]  # fmt: skip
    assert figure.tone == "inconclusive"
    assert "Both answered" not in [each.label for each in evidence_of(page_samples.empty()).figures]
