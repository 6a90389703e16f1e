from __future__ import annotations

from reports.page.glossary import OUTCOMES, TERMS
from reports.page.words import OUTCOMES as LABELS
from shadow.records import Outcome


def test_every_outcome_is_explained_under_the_label_the_page_uses() -> None:
    assert [term.word for term in OUTCOMES] == [LABELS[outcome][0] for outcome in Outcome]


def test_the_words_of_the_product_are_explained_once() -> None:
    words = [term.word.lower() for term in TERMS]
    wanted = {
        "primary",
        "candidate",
        "secondary",
        "leg",
        "exchange",
        "endpoint",
        "difference",
        "signature",
        "noise",
        "rule",
        "ledger",
        "criterion",
    }
    assert wanted <= set(words)
    assert len(words) == len(set(words))
