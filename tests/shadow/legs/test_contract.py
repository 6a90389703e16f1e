"""What each leg is asked, and what is told of it; with a translator that breaks."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from shadow.endpoints import build_endpoint_map
from shadow.ipc.messages import Handed
from shadow.ipc.wired import Answered, Asked
from shadow.legs.contract import Contract
from shadow.records import Leg, LegAnswer, LegResult, LegState, RequestCopy, ResponseCopy
from shadow.translation import Translation
from shadow.validation import parse_config

FRAME = """\
primary: {url: http://old:1}
candidate: {url: http://new:2, store: own}
secondary: {url: http://copy:3, store: %s}
routes: [{endpoint: POST /orders, mirror: writes}]
"""
LEARNS = "identity: {learn: inferred}\n"
MAPS = "mapping: [{endpoint: '* /orders/*', path: '/v2/orders/*'}]\n"
BOTH = (Leg.candidate, Leg.secondary)
KEY = ("lane", 1)


@pytest.fixture
def contract(tmp_path: Path) -> Any:
    def make(extra: str, secondary: str = "own") -> Contract:
        text = FRAME % secondary + extra + f"ledger: {{path: {tmp_path}/ledger.db}}\n"
        config = parse_config(text, "shadow.yaml", {})
        made = Contract(config)
        made.use(config, build_endpoint_map(config))
        return made

    return make


def answer(leg: Leg, body: Any, status: int = 201) -> LegAnswer:
    response = ResponseCopy(
        status=status, headers=((b"Content-Type", b"application/json"),), body=json.dumps(body).encode()
    )
    return LegAnswer(result=LegResult(leg=leg, state=LegState.answered, status=status), response=response)


def handed(method: str, target: str, body: Any, status: int = 201) -> Handed:
    request = Asked.of(RequestCopy(method=method, target=target.encode()))
    return Handed(1, 0.0, "c", BOTH, request, Answered.of(answer(Leg.primary, body, status)))


def run(it: Contract, given: Handed, **news: Any) -> tuple[dict[Leg, bytes], dict[Leg, Translation]]:
    """Targets that the legs are asked for (those that are not asked: none), and what the comparer gets."""
    it.arrived(KEY, given)
    asking = asyncio.run(it.requests(KEY, given))
    told = it.answered(KEY, given, {Leg(name): answer(Leg(name), body) for name, body in news.items()})
    it.abandoned(KEY)
    assert not it.arrivals
    return {leg: asking.instead.get(leg, given.request).target for leg in asking.legs}, told


def test_each_leg_has_its_own_values(contract: Any) -> None:
    it = contract(LEARNS + MAPS)
    assert it.learns
    _, told = run(it, handed("POST", "/orders", {"id": 17}), candidate={"id": 93}, secondary={"id": 55})
    assert told == {
        Leg.candidate: Translation(pairs=(("order", "17", "93"),)),
        Leg.secondary: Translation(pairs=(("order", "17", "55"),)),
    }
    asked, _ = run(it, handed("GET", "/orders/17", {}, 200), candidate={}, secondary={})
    assert asked == {Leg.candidate: b"/v2/orders/93", Leg.secondary: b"/orders/55"}


def test_a_secondary_on_the_primary_s_database_has_the_primary_s_values(contract: Any) -> None:
    it = contract(LEARNS, "shared")
    run(it, handed("POST", "/orders", {"id": 17}), candidate={"id": 93})
    asked, told = run(it, handed("GET", "/orders/17", {}, 200), candidate={}, secondary={})
    assert asked == {Leg.candidate: b"/orders/93", Leg.secondary: b"/orders/17"}
    assert list(told) == [Leg.candidate]


def test_only_the_leg_that_lost_a_value_is_left_out(contract: Any) -> None:
    it = contract(LEARNS)
    run(it, handed("POST", "/orders", {"id": 17}), secondary={"id": 55})
    assert run(it, handed("GET", "/orders/17", {}, 200), secondary={})[0] == {Leg.secondary: b"/orders/55"}


def test_with_neither_nothing_is_done(contract: Any) -> None:
    it = contract("")
    assert not it.learns
    given = handed("GET", "/orders/17", {}, 200)
    it.arrived(KEY, given)
    assert not it.arrivals
    asking = asyncio.run(it.requests(KEY, given))
    assert (asking.legs, asking.instead) == (BOTH, {})


def test_a_reload_keeps_what_was_learnt_and_off_forgets_it(contract: Any) -> None:
    it = contract(LEARNS)
    run(it, handed("POST", "/orders", {"id": 17}), candidate={"id": 93}, secondary={"id": 55})
    for extra, target in ((LEARNS + MAPS, b"/v2/orders/93"), ("", b"/orders/17"), (LEARNS, None)):
        config = parse_config(FRAME % "own" + extra, "shadow.yaml", {})
        it.use(config, build_endpoint_map(config))
        asked, _ = run(it, handed("GET", "/orders/17", {}, 200), candidate={}, secondary={})
        assert asked.get(Leg.candidate) == target


@pytest.mark.parametrize("broken", ["arrived", "request", "answered"])
def test_a_bug_costs_the_exchange_and_is_told(
    contract: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    it = contract(LEARNS)

    def fail(*arguments: object) -> None:
        raise KeyError("hush")

    monkeypatch.setattr(it._translators[Leg.candidate], broken, fail)
    with caplog.at_level(logging.ERROR):
        asked, told = run(it, handed("GET", "/orders/1", {}, 200), candidate={}, secondary={})
    assert Leg.secondary in asked and Leg.secondary in told
    assert (Leg.candidate in asked) is (broken != "request")
    assert "mapping or identity failed on an exchange, a bug in shadow: KeyError" in caplog.text
    assert "hush" not in caplog.text
