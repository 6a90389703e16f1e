from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.bodies.parse import parse
from shadow.config.contract import BodyStep
from shadow.mapping.document import Step


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        (BodyStep(path="$.data", to="$"), {"data": [1], "meta": 2}, [1]),
        (BodyStep(path="$", to="$.data"), [1], {"data": [1]}),
        (BodyStep(path="$.a", to="$.b"), {"a": 1, "c": 2}, {"c": 2, "b": 1}),
        (BodyStep(path="$.a", to="$.x.y.z"), {"a": None}, {"x": {"y": {"z": None}}}),
        (BodyStep(path="$.items[*].qty", to="$.items[*].n"), {"items": [{"qty": 1}, {}, {"qty": 2}]},
         {"items": [{"n": 1}, {}, {"n": 2}]}),
        (BodyStep(path="$.items[*].id", to="$.ids[*]"), {"items": [{"id": 7}, {"id": 8}]},
         {"items": [{}, {}], "ids": [7, 8]}),
        (BodyStep(path="$.by.*.name", to="$.names.*"), {"by": {"a": {"name": 1}, "b": {"name": 2}}},
         {"by": {"a": {}, "b": {}}, "names": {"a": 1, "b": 2}}),
        (BodyStep(path="$.list[0]", to="$.first"), {"list": [1, 2]}, {"list": [2], "first": 1}),
        (BodyStep(path="$.list[*]", drop=True), {"list": [1, 2, 3]}, {"list": []}),
        (BodyStep(path="$.a.b", drop=True), {"a": {"b": 1}}, {"a": {}}),
        (BodyStep(path="$.a.b", drop=True), {"a": 5}, {"a": 5}),
        (BodyStep(path="$.state", values={"live": "on"}), {"state": "live"}, {"state": "on"}),
        (BodyStep(path="$.*", values={"live": "on", "5": "five", "null": "none"}), {"a": 5, "b": None, "c": "x"},
         {"a": "five", "b": "none", "c": "x"}),
        (BodyStep(path="$.n", convert="integer", to="$.m"), {"n": "7"}, {"m": 7}),
        (BodyStep(path="$.v", set='{"a": [1]}'), {}, {"v": {"a": [1]}}),
        (BodyStep(path="$.items[*].v", set='"x"'), {"items": [{}, {"v": 1}, 5]},
         {"items": [{"v": "x"}, {"v": "x"}, 5]}),
        (BodyStep(path="$.a", to="$.b.c"), {"a": 1, "b": 5}, {"b": 5, "a": 1}),  # cannot be put there: it stays
        (BodyStep(path="$.a", to="$.b"), [1], [1]),
    ],
)  # fmt: skip
def test_steps(step: BodyStep, before: Any, after: Any) -> None:
    assert Step(step).apply(copy.deepcopy(before)) == after


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (BodyStep(path="$.a"), "changes nothing"),
        (BodyStep(path="$.a", drop=True, to="$.b"), "two things"),
        (BodyStep(path="$.a", drop=True, set="1"), "two things"),
        (BodyStep(path="$", drop=True), "whole body"),
        (BodyStep(path="$.a[*]", set="1"), "have a name"),
        (BodyStep(path="$.a", set="x"), "not JSON.*quotes"),
        (BodyStep(path="$.a[*]", to="$.b"), "same wildcards"),
        (BodyStep(path="$.a[*]", to="$.*"), "same wildcards"),
        (BodyStep(path="$.a", to="$.a"), "already"),
        (BodyStep(path="$.**.a", drop=True), "too broad"),
        (BodyStep(path="header:etag", drop=True), "not a place in a JSON body"),
        (BodyStep(path="status", drop=True), "not a place in a JSON body"),
        (BodyStep(path="a", drop=True), "begins with none"),
    ],
)
def test_refusals(step: BodyStep, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Step(step)


def test_an_object_with_a_key_twice_is_left_alone() -> None:
    document = parse(b'{"a": 1, "a": 2}')
    assert Step(BodyStep(path="$.a", drop=True)).apply(document) == document


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
PATHS = st.lists(st.sampled_from([".a", ".b", "[*]", "[0]", ".*"]), max_size=3).map(lambda parts: "$" + "".join(parts))


def scalars(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [each for item in value.values() for each in scalars(item)]
    if isinstance(value, list):
        return [each for item in value for each in scalars(item)]
    return [repr(value)]


@given(JSON, PATHS, PATHS)
def test_a_move_invents_nothing_and_never_fails(document: Any, path: str, to: str) -> None:
    try:
        step = Step(BodyStep(path=path, to=to))
    except ValueError:
        return
    before = scalars(document)
    after = scalars(step.apply(copy.deepcopy(document)))
    assert all(after.count(each) <= before.count(each) for each in after)


@given(JSON)
def test_there_and_back_again(document: Any) -> None:
    there, back = Step(BodyStep(path="$", to="$.data")), Step(BodyStep(path="$.data", to="$"))
    assert back.apply(there.apply(copy.deepcopy(document))) == document
