"""Mistakes differ from both sides, at the place that they name, and leave the document itself alone."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.compare.equal import same
from shadow.compare.mutations import BODY_MUTATIONS, MAX_PLACES, UNCHANGED, mutate, places, put, value_at

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from([b"1.50", b"2.0"]),
    st.sampled_from(["", "ann", "2026-03-01T10:00:00Z", "Open"]),
)  # fmt: skip
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "id"]), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(new=DOCUMENTS, old=DOCUMENTS, name=st.sampled_from(sorted(BODY_MUTATIONS)), seed=st.integers(0, 50))
def test_a_mistake_is_one(new: Any, old: Any, name: str, seed: int) -> None:
    before = copy.deepcopy(new)
    found = mutate(name, new, old, Random(seed))
    assert same(new, before)
    if found is not None:
        wrong, at = found
        assert not same(wrong, new)
        there = value_at(wrong, at)
        assert not same(there, value_at(old, at)) or there is UNCHANGED
        assert same(put(wrong, at, value_at(new, at)), new)


@pytest.mark.parametrize(
    ("name", "document", "wrong"),
    [
        ("drop_field", {"a": 1}, {}),
        ("drop_item", [1], []),
        ("extra_field", {}, {"shadow_extra": 1}),
        ("null", {"a": 1}, {"a": None}),
        ("change_type", {"a": 1}, {"a": "1"}),
        ("change_type", {"a": b"1.5"}, {"a": "1.5"}),
        ("change_type", {"a": True}, {"a": 1}),
        ("off_by_one", {"a": 1}, {"a": 2}),
        ("off_by_one", {"a": b"1.5"}, {"a": b"2.5"}),
        ("empty", {"a": "x"}, None),
        ("case", {"a": "Open"}, {"a": "oPEN"}),
        ("whitespace", {"a": "x"}, {"a": "x "}),
        ("precision", {"a": b"1.49"}, {"a": b"1"}),
        ("timezone", {"a": "2026-03-01T10:00:00Z"}, {"a": "2026-03-01T10:00:00+01:00"}),
        ("timezone", {"a": "2026-03-01T10:00:00+02:00"}, {"a": "2026-03-01T10:00:00Z"}),
        ("reorder", [1, 2], [2, 1]),
        ("swap_ids", [{"id": 1, "n": 5}, {"id": 2, "n": 6}], [{"id": 2, "n": 5}, {"id": 1, "n": 6}]),
    ],
)
def test_each_does_what_it_says(name: str, document: Any, wrong: Any) -> None:
    found = mutate(name, document, document, Random(1))
    assert found is not None
    assert wrong is None or same(found[0], wrong)


@pytest.mark.parametrize(
    ("name", "document"),
    [("precision", {"a": 1}), ("timezone", {"a": "soon"}), ("reorder", [1, 1]), ("swap_ids", [{"n": 1}, {"n": 2}])],
)
def test_where_none_fits(name: str, document: Any) -> None:
    assert mutate(name, document, document, Random(1)) is None


def test_a_large_document_is_not_looked_at_whole() -> None:
    assert len(list(places([[n] for n in range(MAX_PLACES * 2)]))) == MAX_PLACES
