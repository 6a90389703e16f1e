"""Books of rules: what their digest depends on, and that the ledger's text is the book again."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shadow.config.model import Rule
from shadow.config.rulebook import Rulebook, parse_rulebook, rulebook_digest, rulebook_text

RULE = Rule(
    id="r1", what="tolerate", endpoint="*", path="$.a", absolute=0.5, owner="ann", reason="agreed",
    created="2026-01-01", expires="2026-06-30",
)  # fmt: skip
BOOK = Rulebook(rules=(RULE, msgspec.structs.replace(RULE, id="r2")), unordered=("$.tags",))


@pytest.mark.parametrize(
    "change", [{"owner": "bob"}, {"reason": "other"}, {"ticket": "T-1"}, {"created": "2026-02-01"}]
)
def test_what_is_said_is_no_part_of_it(change: dict[str, Any]) -> None:
    other = msgspec.structs.replace(RULE, **change)
    assert rulebook_digest(Rulebook(rules=(other,))) == rulebook_digest(Rulebook(rules=(RULE,)))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "r9"}, {"what": "ignore", "absolute": 0.0}, {"path": "$.b"}, {"endpoint": "GET /x"}, {"absolute": 0.6},
        {"kinds": ("value",)}, {"relative": 0.1}, {"seconds": 1.0},
    ],
)  # fmt: skip
def test_what_it_does_is(change: dict[str, Any]) -> None:
    other = msgspec.structs.replace(RULE, **change)
    assert rulebook_digest(Rulebook(rules=(other,))) != rulebook_digest(Rulebook(rules=(RULE,)))


def test_expiry_and_order_are() -> None:
    later = msgspec.structs.replace(RULE, expires="2026-07-30")
    assert rulebook_digest(Rulebook(rules=(later,))) != rulebook_digest(Rulebook(rules=(RULE,)))
    turned = Rulebook(rules=BOOK.rules[::-1], unordered=BOOK.unordered)
    assert rulebook_digest(turned) != rulebook_digest(BOOK) != rulebook_digest(Rulebook(rules=BOOK.rules))


def test_the_text_is_the_book() -> None:
    assert parse_rulebook(rulebook_text(BOOK)) == BOOK


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rules": [{"id": 1}]}', '{"later": 1}'])
def test_what_another_version_wrote(text: str) -> None:
    assert parse_rulebook(text) is None
