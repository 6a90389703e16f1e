"""Ids are keys of stored evidence: pinned, because a changed id would orphan what is stored."""

from __future__ import annotations

from itertools import permutations

from shadow.ledger.evidence import SetMember
from shadow.ledger.signature import set_id, signature_id
from shadow.records import Disposition


def test_ids_are_pinned() -> None:
    assert signature_id("GET /x", "body:$.a", "value") == "68aa6325cb663556"
    assert set_id([SetMember(signature="s", disposition=Disposition.open)]) == "0ff5fa8257691202"
    assert set_id([]) == "e4a6a0577479b2b4"


def test_texts_do_not_run_into_each_other() -> None:
    split = {("ab", "c", "d"), ("a", "bc", "d"), ("abc", "", "d"), ("", "abc", "d"), ("ab", "cd", "")}
    assert len({signature_id(*texts) for texts in split}) == len(split)


def test_the_order_of_members_does_not_matter_what_covers_them_does() -> None:
    a = SetMember(signature="a", disposition=Disposition.open)
    b = SetMember(signature="b", disposition=Disposition.ignored, by="rule-1")
    c = SetMember(signature="b", disposition=Disposition.ignored, by="rule-2")
    assert len({set_id(order) for order in permutations([a, b, c])}) == 1
    assert len({set_id([a, b]), set_id([a, c]), set_id([a]), set_id([b])}) == 4
