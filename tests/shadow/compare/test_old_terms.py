"""The candidate's answers in the old contract's terms, through the whole pipeline."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from shadow.compare.pipeline import Comparer
from shadow.endpoints import build_endpoint_map
from shadow.records import Exchange, Kind, Leg, LegAnswer, LegResult, LegState, Outcome, RequestCopy, ResponseCopy
from shadow.redact import Redactor
from shadow.translation import Translation
from shadow.validation import parse_config

CONFIG = """\
primary: {url: http://old:1}
candidate: {url: http://new:2, store: own}
routes: [{endpoint: POST /orders, mirror: writes}]
identity: {learn: inferred}
mapping:
  - endpoint: GET /orders/{id}
    path: /v2/orders/{id}
    answer: {status: {203: 200}, body: [{path: $.data, to: $}]}
"""
PAIRS = Translation(pairs=(("order", "17", "93"),))


@pytest.fixture(scope="module")
def comparer() -> Comparer:
    config = parse_config(CONFIG, "shadow.yaml", {})
    return Comparer(config, build_endpoint_map(config), Redactor(config.redact, b"k" * 32))


def answered(leg: Leg, status: int, body: Any) -> LegAnswer:
    return LegAnswer(
        result=LegResult(leg=leg, state=LegState.answered, status=status),
        response=ResponseCopy(
            status=status, headers=((b"Content-Type", b"application/json"),), body=json.dumps(body).encode()
        ),
    )


def exchange(old: Any, new: Any, told: Translation | None = None, *, status: int = 203) -> Exchange:
    return Exchange(
        lane="l", seq=1, started_at=1.0, client="c", request=RequestCopy(method="GET", target=b"/orders/17"),
        primary=answered(Leg.primary, 200, old), candidate=answered(Leg.candidate, status, new),
        translations={} if told is None else {Leg.candidate: told},
    )  # fmt: skip


def test_intended_changes_and_own_values_are_no_differences(comparer: Comparer) -> None:
    observation = comparer.observe(exchange({"id": 17, "n": 1}, {"data": {"id": 93, "n": 1}}, PAIRS))
    assert observation.outcome is Outcome.match
    assert [leg.status for leg in observation.legs] == [200, 203]  # what is told of the legs is what they said


def test_without_the_pair_it_is_a_difference(comparer: Comparer) -> None:
    observation = comparer.observe(exchange({"id": 17}, {"data": {"id": 93}}, Translation()))
    assert [(each.path, each.old, each.new) for each in observation.differences] == [("body:$.id", "17", "93")]
    assert observation.example is not None
    assert observation.example.candidate is not None
    assert '"data"' in observation.example.candidate.body  # as it came


def test_a_contract_that_is_not_kept_is_a_difference(comparer: Comparer) -> None:
    assert comparer.observe(exchange({"n": 1}, {"dat": {"n": 1}})).outcome is Outcome.mismatch


@pytest.mark.parametrize(("place", "path"), [("body:$.id", "body:$.id"), ("header:location[1]", "header:location")])
def test_a_broken_pair_is_marked_where_it_is(comparer: Comparer, place: str, path: str) -> None:
    told = msgspec.structs.replace(PAIRS, broken=((place, "words"),))
    observation = comparer.observe(exchange({"id": 18}, {"data": {"id": 93}}, told))
    assert observation.outcome is Outcome.mismatch
    marked = [each for each in observation.differences if each.note == "the identity map is broken: words"]
    assert [(each.kind, each.path) for each in marked] == [(Kind.value, path)]


def test_what_may_be_lost_is_not_comparable(comparer: Comparer) -> None:
    told = Translation(unsure_what=True)
    observation = comparer.observe(exchange({"id": 17}, {"error": "none"}, told, status=404))
    assert (observation.outcome, observation.reason) == (Outcome.not_comparable, "identity_lost")
    observation = comparer.observe(exchange({"id": 17}, {"error": "none"}, Translation(), status=404))
    assert observation.outcome is Outcome.mismatch


def test_the_secondary_has_pairs_of_its_own(comparer: Comparer) -> None:
    both = msgspec.structs.replace(
        exchange({"id": 17}, {"data": {"id": 93}}, PAIRS), secondary=answered(Leg.secondary, 200, {"id": 55})
    )
    assert comparer.observe(both).secondary_differs is True
    told = {Leg.candidate: PAIRS, Leg.secondary: Translation(pairs=(("order", "17", "55"),))}
    assert comparer.observe(msgspec.structs.replace(both, translations=told)).secondary_differs is False


def test_in_a_second_look_the_secondary_stands_for_the_primary(comparer: Comparer) -> None:
    told = {Leg.candidate: PAIRS, Leg.secondary: Translation(pairs=(("order", "17", "55"),))}
    looked = exchange({"id": 55}, {"data": {"id": 93}})
    assert comparer.observe(msgspec.structs.replace(looked, translations=told, look=1)).outcome is Outcome.match
    assert comparer.observe(msgspec.structs.replace(looked, translations=told)).outcome is Outcome.mismatch
