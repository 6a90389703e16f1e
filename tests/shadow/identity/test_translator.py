"""One leg's map, fed with paired answers as a sender would."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shadow.endpoints import build_endpoint_map
from shadow.identity.marks import Marks
from shadow.identity.translator import Translator
from shadow.records import RequestCopy, ResponseCopy
from shadow.translation import Translation


class Leg:
    """Runs exchanges through a translator, one after the other."""

    def __init__(self, translator: Translator) -> None:
        self.translator = translator

    def exchange(
        self, request: RequestCopy, old: ResponseCopy, new: ResponseCopy | None, client: str = "ann"
    ) -> tuple[RequestCopy | None, Translation | None]:
        """Return what the leg was asked (None: it was not) and what the comparer is told."""
        arrival = self.translator.arrived(client, request, old)
        asked = asyncio.run(self.translator.request(arrival))
        if arrival.lost:
            self.translator.abandoned(arrival)
            return None, None
        return asked, self.translator.answered(arrival, new)


@pytest.fixture
def leg(config: Any, tmp_path: Path) -> Any:
    def make(identity: str = "{learn: inferred}", wait_s: float = 5.0) -> Leg:
        made = config(identity)
        return Leg(Translator(made, build_endpoint_map(made), Marks(tmp_path / "marks"), wait_s=wait_s))

    return make


def test_a_created_resource_is_asked_for_by_its_new_id(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    asked, told = it.exchange(ask("POST /orders", {}), reply(201, {"id": 17}), reply(201, {"id": 93}))
    assert asked.target == b"/orders"
    assert told == Translation(pairs=(("order", "17", "93"),))
    old, new = {"id": 17, "lines": [{"id": 1}]}, {"id": 93, "lines": [{"id": 8}]}
    asked, told = it.exchange(ask("GET /orders/17"), reply(200, old), reply(200, new), client="bob")
    assert asked.target == b"/orders/93"
    assert set(told.pairs) == {("order", "17", "93"), ("line", "1", "8")}
    asked, _ = it.exchange(ask("POST /notes", {"order_id": 17}), reply(201), reply(201))
    assert asked.body == b'{"order_id": 93}'


def test_a_broken_pair_is_told_once_it_is_seen(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    it.exchange(ask("POST /orders", {}), reply(201, {"id": 17}), reply(201, {"id": 93}))
    _, told = it.exchange(ask("POST /orders", {}), reply(201, {"id": 18}), reply(201, {"id": 93}))
    assert told.broken == (("body:$.id", "the new value belongs to another old one already"),)
    _, told = it.exchange(ask("POST /orders", {}), reply(201, {"id": 17}), reply(201, {"id": 95}))
    assert told.broken == (("body:$.id", "the old value has another new one already"),)
    assert it.exchange(ask("GET /orders/18"), reply(200, {"id": 18}), None) == (None, None)


@pytest.mark.parametrize("new", [None, 500])
def test_what_a_failed_exchange_would_have_taught_is_lost(leg: Any, ask: Any, reply: Any, new: int | None) -> None:
    it = leg()
    answer = None if new is None else reply(new, {})
    cookie = ("Set-Cookie", "sid=A")
    it.exchange(ask("POST /orders", {}), reply(201, {"id": 17}, cookie), answer)
    assert it.exchange(ask("GET /orders/17"), reply(200, {}), reply(200, {})) == (None, None)
    assert it.exchange(ask("GET /orders", None, ("Cookie", "sid=A")), reply(200, {}), reply(200, {})) == (None, None)
    assert it.exchange(ask("GET /orders/16"), reply(200, {}), reply(200, {}))[0] is not None


def test_an_abandoned_exchange_loses_what_it_announced(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    arrival = it.translator.arrived("ann", ask("POST /orders", {}), reply(201, {"id": 17}))
    it.translator.abandoned(arrival)
    assert it.exchange(ask("GET /orders/17"), reply(200, {}), reply(200, {})) == (None, None)
    assert not it.translator._pending and not it.translator._pending_unique


def test_a_request_waits_for_what_another_client_is_about_to_learn(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()

    async def scenario() -> bytes:
        first = it.translator.arrived("ann", ask("POST /orders", {}), reply(201, {"id": 17}))
        second = it.translator.arrived("bob", ask("GET /orders/17"), reply(200, {}))
        waiting = asyncio.create_task(it.translator.request(second))
        await asyncio.sleep(0)
        assert not waiting.done()
        it.translator.answered(first, reply(201, {"id": 93}))
        return (await waiting).target

    assert asyncio.run(scenario()) == b"/orders/93"


def test_what_is_known_holds_nobody_up(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    old, new = (reply(200, {}, ("ETag", f'"{side}"')) for side in ("old", "new"))
    asked = ask("GET /config", None, ("If-None-Match", '"old"'))
    it.exchange(asked, old, new)
    for _ in range(3):
        it.translator.arrived("other", asked, old)  # under way for as long as it likes
    late = it.translator.arrived("ann", asked, old)
    assert asyncio.run(it.translator.request(late)).headers == ((b"If-None-Match", b'"new"'),)


def test_nobody_waits_for_ever_or_for_what_came_later(leg: Any, ask: Any, reply: Any) -> None:
    it = leg(wait_s=0.01)

    async def scenario() -> tuple[bool, bool]:
        early = it.translator.arrived("bob", ask("GET /orders/17"), reply(200, {}))
        it.translator.arrived("ann", ask("POST /orders", {}), reply(201, {"id": 17}))
        late = it.translator.arrived("bob", ask("GET /orders/17"), reply(200, {}))
        await it.translator.request(early)
        await it.translator.request(late)
        return early.lost, late.lost

    assert asyncio.run(scenario()) == (False, True)


def test_what_the_request_said_itself_was_not_made_by_it(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    _, told = it.exchange(ask("PUT /orders/5", {}), reply(200, {"id": 5}), reply(200, {"id": 6}))
    assert told.pairs == ()  # the candidate answers about another order: a finding, not a pair
    assert it.exchange(ask("GET /orders/5"), reply(200, {}), reply(200, {}))[0].target == b"/orders/5"


def test_a_wrong_reference_is_not_learnt(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    old, new = {"id": 17, "owner_id": 3, "owner": {"id": 3}}, {"id": 93, "owner_id": 4, "owner": {"id": 4}}
    _, told = it.exchange(ask("POST /orders", {}), reply(201, old), reply(201, new))
    assert told.pairs == (("order", "17", "93"),)


def test_after_a_restart_lost_numbers_are_told_from_migrated_ones(
    leg: Any, ask: Any, reply: Any
) -> None:
    leg().exchange(ask("POST /orders", {}), reply(201, {"id": 17}), reply(201, {"id": 93}))
    it = leg()  # the same marks, an empty map
    assert it.exchange(ask("GET /orders/17"), reply(200, {}), reply(200, {})) == (None, None)
    assert it.exchange(ask("GET /orders/40"), reply(200, {}), reply(200, {})) == (None, None)
    asked, told = it.exchange(ask("GET /orders/16"), reply(200, {}), reply(404, {}))
    assert asked.target == b"/orders/16" and not told.unsure_what
    asked, told = it.exchange(ask("GET /orders/40"), reply(404, {}), reply(200, {}))
    assert asked is not None and told.unsure_what  # it does not exist on the old side
    asked, told = it.exchange(ask("GET /orders/a1b2c3d4"), reply(200, {}), reply(404, {}))
    assert asked is not None and told.unsure_what


def test_sessions(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    cookie = ("Cookie", "sid=A")
    _, told = it.exchange(ask("GET /orders", None, cookie), reply(200, []), reply(401, {}))
    assert told.unsure_who  # it began before the mirror
    old, new = (reply(200, {}, ("Set-Cookie", f"sid={value}")) for value in "AX")
    it.exchange(ask("POST /login", {}), old, new)
    asked, told = it.exchange(ask("GET /orders", None, cookie), reply(200, []), reply(200, []), client="key of A")
    assert dict(asked.headers)[b"Cookie"] == b"sid=X" and not told.unsure_who
    # The new side renews the session, then the old one does: it goes on.
    it.exchange(ask("GET /orders", None, cookie), reply(200, []), reply(200, [], ("Set-Cookie", "sid=Y")))
    it.exchange(ask("GET /orders", None, cookie), reply(200, [], ("Set-Cookie", "sid=B")), reply(200, []))
    asked, _ = it.exchange(ask("GET /orders", None, ("Cookie", "sid=B")), reply(200, []), reply(200, []))
    assert dict(asked.headers)[b"Cookie"] == b"sid=Y"


def test_a_cookie_of_the_new_side_alone_is_sent_back(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    new = reply(200, {}, ("Set-Cookie", "sid=X"), ("Set-Cookie", "shard=7"))
    it.exchange(ask("POST /login", {}), reply(200, {}, ("Set-Cookie", "sid=A")), new, client="connection 1")
    asked, _ = it.exchange(ask("GET /a", None, ("Cookie", "sid=A")), reply(200), reply(200), client="key of A")
    assert dict(asked.headers)[b"Cookie"] == b"sid=X; shard=7"
    asked, _ = it.exchange(ask("GET /a", None, ("Cookie", "sid=Q")), reply(200), reply(200), client="key of Q")
    assert dict(asked.headers)[b"Cookie"] == b"sid=Q"


def test_bearer_tokens_and_csrf(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    old, new = ({"access_token": f"{side}.eyJhbGciOi1", "csrf_token": f"{side}-csrf-1"} for side in ("old", "new"))
    it.exchange(ask("POST /auth", {}), reply(200, old), reply(200, new))
    asked, told = it.exchange(
        ask("POST /orders", {}, ("Authorization", "Bearer old.eyJhbGciOi1"), ("X-CSRF-Token", "old-csrf-1")),
        reply(201, {}), reply(201, {}),
    )  # fmt: skip
    assert asked.headers[0] == (b"Authorization", b"Bearer new.eyJhbGciOi1")
    assert told.unsure_who is False


def test_a_client_s_own_numbers(leg: Any, ask: Any, reply: Any) -> None:
    it = leg("{learn: declared, values: [{kind: line, learn: [POST /cart $.line_id], scope: client}]}")
    for client, new in (("ann", 71), ("bob", 72)):
        _, told = it.exchange(ask("POST /cart", {}), reply(200, {"line_id": 1}), reply(200, {"line_id": new}), client)
        assert told.broken == ()
    for client, target in (("ann", b"/x?line_id=71"), ("bob", b"/x?line_id=72")):
        assert it.exchange(ask("GET /x?line_id=1"), reply(200), reply(200), client)[0].target == target


def test_a_tag_of_what_was_created_is_the_resource_s(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    old = reply(201, {"id": 17}, ("Location", "/orders/17"), ("ETag", '"1"'))
    new = reply(201, {"id": 93}, ("Location", "/orders/93"), ("ETag", '"x"'))
    it.exchange(ask("POST /orders", {}), old, new)
    asked, _ = it.exchange(ask("PUT /orders/17", {}, ("If-Match", '"1"')), reply(200), reply(200))
    assert (asked.target, asked.headers[0]) == (b"/orders/93", (b"If-Match", b'"x"'))


def test_nothing_of_a_session_is_in_a_repr(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    arrival = it.translator.arrived("ann", ask("POST /l", {}), reply(200, {}, ("Set-Cookie", "sid=hush")))
    told = it.translator.answered(arrival, reply(200, {}, ("Set-Cookie", "sid=hush2")))
    assert "hush" not in repr((arrival, told, it.translator.store))


def test_the_first_who_announces_a_value_is_waited_for(leg: Any, ask: Any, reply: Any) -> None:
    it = leg(wait_s=0.01)
    old, new = (reply(200, {}, ("ETag", f'"{side}"')) for side in ("old", "new"))

    async def scenario() -> tuple[bool, bytes]:
        first = it.translator.arrived("ann", ask("GET /config"), old)
        it.translator.arrived("bob", ask("GET /config"), old)  # announces the same tag, and takes its time
        third = it.translator.arrived("cid", ask("GET /config", None, ("If-None-Match", '"old"')), reply(304))
        it.translator.answered(first, new)
        request = await it.translator.request(third)
        return third.lost, request.headers[0][1]

    assert asyncio.run(scenario()) == (False, b'"new"')


def test_the_old_value_of_a_broken_pair_is_lost_whatever_it_looks_like(leg: Any, ask: Any, reply: Any) -> None:
    it = leg()
    for old in ("aaaa-bbbb-1", "aaaa-bbbb-2"):
        it.exchange(ask("POST /orders", {}), reply(201, {"id": old}), reply(201, {"id": "cccc-dddd-9"}))
    asked, _ = it.exchange(ask("GET /orders/aaaa-bbbb-1"), reply(200, {}), reply(200, {}))
    assert asked.target == b"/orders/cccc-dddd-9"
    assert it.exchange(ask("GET /orders/aaaa-bbbb-2"), reply(200, {}), reply(200, {})) == (None, None)
