from __future__ import annotations

import json
from typing import Any

import pytest

from shadow.identity.back import in_old_values, is_lost
from shadow.translation import Translation

PAIRS = Translation(pairs=(("order", "17", "93"), ("", "old-token-0123456", "new-token-0123456")))


def test_only_where_the_kind_stands(places: Any, ask: Any, reply: Any) -> None:
    body = {"id": 93, "quantity": 93, "customer_id": 93, "note": "new-token-0123456", "self": "/orders/93"}
    answer = reply(200, body)
    found = in_old_values(places(), ask("GET /orders/17"), answer, PAIRS)
    assert json.loads(found.body) == {
        "id": 17, "quantity": 93, "customer_id": 93, "note": "old-token-0123456", "self": "/orders/17",
    }  # fmt: skip


def test_a_changed_type_is_still_seen(places: Any, ask: Any, reply: Any) -> None:
    found = in_old_values(places(), ask("GET /orders/17"), reply(200, {"id": "93"}), PAIRS)
    assert json.loads(found.body) == {"id": "17"}


def test_without_pairs_it_is_the_same_answer(places: Any, ask: Any, reply: Any) -> None:
    answer = reply(200, {"id": 93})
    assert in_old_values(places(), ask("GET /orders/17"), answer, Translation()) is answer


@pytest.mark.parametrize(
    ("who", "what", "old", "new", "lost"),
    [
        (True, False, 200, 401, True), (True, False, 200, 403, True), (True, False, 200, 302, True),
        (True, False, 200, 404, False), (True, False, 200, 500, False), (True, False, 401, 401, False),
        (True, False, 401, 200, False), (True, False, 302, 302, False),
        (False, True, 200, 404, True), (False, True, 404, 200, True), (False, True, 200, 410, True),
        (False, True, 200, 500, False), (False, True, 200, 403, False), (False, True, 404, 410, False),
        (False, False, 200, 401, False), (False, False, 200, 404, False),
    ],
)  # fmt: skip
def test_when_answers_say_nothing(who: bool, what: bool, old: int, new: int, lost: bool) -> None:
    assert is_lost(Translation(unsure_who=who, unsure_what=what), old, new) is lost
