"""The walk: what is equal, what differs where, and the properties that hold for all documents."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shadow.bodies.parse import parse
from shadow.compare.deep import compare_remainders
from shadow.compare.found import ABSENT, Found, LimitError
from shadow.compare.walk import Walk
from shadow.records import Kind

MIRROR = {Kind.missing: Kind.extra, Kind.extra: Kind.missing}
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-3, max_value=3),
    st.integers(),
    st.sampled_from([b"1.0", b"0.0", b"1.50", b"-0.0", b"1e5"]),
    st.text(max_size=5),
    st.sampled_from(["2026-01-01T10:00:00Z", "a", "A", "1", "true", "__x__"]),
)
keys = st.sampled_from(["id", "name", "a", "b", "__private", "x.y", ""])
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=25,
)


def compare(old: object, new: object, *, max_depth: int = 64, max_found: int = 1000) -> list[Found]:
    """Walk two parsed documents."""
    return Walk(max_depth=max_depth, max_found=max_found, rest=compare_remainders).run(old, new)


def rows(old: object, new: object) -> list[tuple[str, str, object, object]]:
    """Return what was found as short rows."""
    return [(each.kind.value, each.path.removeprefix("body:"), each.old, each.new) for each in compare(old, new)]


def same(a: object, b: object) -> bool:
    """Strict equality, written down independently."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)  # type: ignore[attr-defined, index]
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))  # type: ignore[arg-type]
    return a == b


def leaves(value: object, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the places of all leaves."""
    if isinstance(value, dict) and value:
        return [leaf for key in value for leaf in leaves(value[key], (*place, key))]
    if isinstance(value, list) and value:
        return [leaf for at, item in enumerate(value) for leaf in leaves(item, (*place, at))]
    return [place]


def replaced(value: Any, place: tuple[Any, ...], leaf: object) -> object:
    """Return a copy with another leaf."""
    if not place:
        return leaf
    copied = copy.copy(value)
    copied[place[0]] = replaced(value[place[0]], place[1:], leaf)
    return copied


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        ({}, {}, []),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ({"a": 1}, {"a": True}, [("type", "$.a", 1, True)]),
        ({"a": {"x": 0}}, {"a": {"x": False}}, [("type", "$.a.x", 0, False)]),
        ([{"x": [1]}], [{"x": [True]}], [("type", "$[0].x[0]", 1, True)]),
        ({"a": [[1, {"b": [0]}]]}, {"a": [[1, {"b": [False]}]]}, [("type", "$.a[0][1].b[0]", 0, False)]),
        ({"a": 1}, {"a": b"1.0"}, [("type", "$.a", 1, b"1.0")]),
        ({"a": b"1.0"}, {"a": "1.0"}, [("type", "$.a", b"1.0", "1.0")]),
        ({"a": b"1e5"}, {"a": b"1E5"}, []),
        ({"a": 1}, {}, [("missing", "$.a", 1, ABSENT)]),
        ({}, {"a": 1}, [("extra", "$.a", ABSENT, 1)]),
        ({"a": None}, {}, [("null-vs-missing", "$.a", None, ABSENT)]),
        ({}, {"a": []}, [("empty-vs-missing", "$.a", ABSENT, [])]),
        ({"a": None}, {"a": ""}, [("type", "$.a", None, "")]),
        ({"a": 0}, {}, [("missing", "$.a", 0, ABSENT)]),
        ({"a": {"b": 1}}, {"a": [1]}, [("type", "$.a", {"b": 1}, [1])]),
        (1, 2, [("value", "$", 1, 2)]),
        ({"x.y": 1}, {"x.y": 2}, [("value", '$["x.y"]', 1, 2)]),
        ([1, 2, 3], [3, 1, 2], [("order", "$", [1, 2, 3], [3, 1, 2])]),
        ([1, 1, 2], [1, 2, 2], [("value", "$[1]", 1, 2)]),
        ([1, 2, 3], [1, 3], [("missing", "$[1]", 2, ABSENT)]),
        ([1, 3], [1, 2, 3], [("extra", "$[1]", ABSENT, 2)]),
        ([], [1], [("extra", "$[0]", ABSENT, 1)]),
        ([True], [1, True], [("extra", "$[0]", ABSENT, 1)]),
        ([1, True, 2, 9], [1, 1, 9], [("type", "$[1]", True, 1), ("missing", "$[2]", 2, ABSENT)]),
    ],
)
def test_what_is_found(old: object, new: object, want: list[tuple[str, str, object, object]]) -> None:
    """Each kind at its exact place."""
    assert rows(old, new) == want


def test_lists_are_paired_by_key() -> None:
    """A moved, a changed, a lost and a new item are four differences, whatever their positions."""
    old = [{"id": 1, "v": 1}, {"id": 2, "v": 1}, {"id": 3, "v": 1}, {"id": 4, "v": 1}]
    new = [{"id": 5, "v": 1}, {"id": 2, "v": 1}, {"id": 1, "v": 9}, {"id": 4, "v": 1}]
    assert rows(old, new) == [
        ("order", "$", [1, 2, 4], [2, 1, 4]),
        ("value", "$[0].v", 1, 9),
        ("missing", "$[2]", {"id": 3, "v": 1}, ABSENT),
        ("extra", "$[0]", ABSENT, {"id": 5, "v": 1}),
    ]


def test_keys_made_anew_pair_nothing() -> None:
    """Ids of which none is shared are values that differ, not items that came and went."""
    assert rows([{"id": 1, "v": 1}, {"id": 2, "v": 2}], [{"id": 8, "v": 1}, {"id": 9, "v": 2}]) == [
        ("value", "$[0].id", 1, 8),
        ("value", "$[1].id", 2, 9),
    ]


@pytest.mark.parametrize("same_ids", [[1, 1, 2], [1, None, 2], [1, True, 2]])
def test_a_key_must_be_unique_and_present(same_ids: list[object]) -> None:
    """Otherwise items are paired by position."""
    old = [{"id": key, "v": at} for at, key in enumerate(same_ids)]
    new = copy.deepcopy(old)
    new[2]["v"] = 7
    assert rows(old, new) == [("value", "$[2].v", 2, 7)]


def test_a_swap_of_keyed_items_is_only_order() -> None:
    """Nothing but the order differs."""
    old = [{"code": c, "n": {"x": 1}} for c in "abcd"]
    assert rows(old, [old[1], old[0], old[2], old[3]]) == [("order", "$", ["a", "b", "c", "d"], ["b", "a", "c", "d"])]


def test_unkeyed_objects_in_another_order() -> None:
    """Identical multisets differ only in order, also without a key."""
    old = [{"x": b"1.0"}, {"x": "MS4w"}, {"x": 2}]
    assert [row[:2] for row in rows(old, [old[1], old[0], old[2]])] == [("order", "$")]


@pytest.mark.parametrize("depth", [63, 64, 65])
def test_depth_is_bounded(depth: int) -> None:
    """At the limit, one under, one over."""
    documents = [parse(b"[" * depth + b"%d" % n + b"]" * depth) for n in (1, 2)]
    if depth <= 64:
        assert len(compare(*documents)) == 1
    else:
        with pytest.raises(LimitError, match="nested deeper than 64"):
            compare(*documents)


@pytest.mark.parametrize(("limit", "kept", "full"), [(2, 2, True), (3, 3, False), (4, 3, False)])
def test_what_does_not_fit_is_told(limit: int, kept: int, full: bool) -> None:
    """A bounded list of findings says that there was more."""
    walk = Walk(max_depth=9, max_found=limit, rest=compare_remainders)
    assert len(walk.run({"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 2, "c": 2})) == kept
    assert walk.full is full


def test_long_lists_without_keys_exhaust_the_limit() -> None:
    """What DeepDiff must not see ends as a limit, not as a partial answer."""
    old = [{"v": at} for at in range(1000)]
    new = [{"v": -at} for at in range(1001)]
    with pytest.raises(LimitError, match="more than 400 items"):
        compare(old, new)


def test_duplicate_keys_are_seen() -> None:
    """Two documents with the same last value differ in what a duplicate key lost."""
    old, new = parse(b'{"a": 1, "a": 2}'), parse(b'{"a": 2}')
    assert rows(old, new) == [("encoding", "$.a", [1], ABSENT)]
    assert rows(old, parse(b'{"a": 1, "a": 2}')) == []
    assert rows([old, 1], [new, 1]) == [("encoding", "$[0].a", [1], ABSENT)]
    assert rows(old, parse(b'{"a": true, "a": 2}')) == [("encoding", "$.a", [1], [True])]


@given(documents, documents)
@settings(max_examples=400)
def test_empty_exactly_when_strictly_equal(old: object, new: object) -> None:
    """Nothing found means equal, and equal means nothing found."""
    assert (compare(old, new) == []) == same(old, new)
    assert compare(old, copy.deepcopy(old)) == []


@given(documents, documents)
@settings(max_examples=400)
def test_symmetric(old: object, new: object) -> None:
    """Old and new are roles only: the same groups, missing and extra swapped."""

    def groups(found: list[Found], mirror: dict[Kind, Kind]) -> set[tuple[str, Kind]]:
        return {(each.group, mirror.get(each.kind, each.kind)) for each in found}

    forth, back = compare(old, new), compare(new, old)
    assert groups(forth, MIRROR) == groups(back, {})


@given(documents, scalars, st.data())
@settings(max_examples=600)
def test_one_changed_leaf_is_found_at_its_place(old: object, leaf: object, data: st.DataObject) -> None:
    """Whatever leaf changes to whatever else: at least one difference, at that leaf or at the list it stands in."""
    place = data.draw(st.sampled_from(leaves(old)))
    new = replaced(old, place, leaf)
    assume(not same(old, new))
    found = compare(old, new)
    assert found
    for each in found:
        # A change of a key, or into the double of another item, is told about the list.
        at = each.segments or ()
        lists = [depth for depth, step in enumerate(place) if isinstance(step, int)]
        assert at == place or any(at[:depth] == place[:depth] for depth in lists)


@given(documents)
def test_survives_json(document: object) -> None:
    """What was written as JSON and parsed again is strictly equal."""
    assume("b'" not in repr(document) and 'b"' not in repr(document))
    compact, indented = json.dumps(document), json.dumps(document, indent=1)
    assert same(parse(compact.encode()), document)
    assert compare(parse(compact.encode()), parse(indented.encode())) == []
