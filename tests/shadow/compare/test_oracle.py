"""The whole pipeline against DeepDiff on whole documents, position by position and with every option pinned.

Keys that items could be paired by are left out, because pairing changes the places; and what is put into a document is
new to it, so that no list holds the same items in another order.
"""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from deepdiff import DeepDiff
from hypothesis import given
from hypothesis import strategies as st

from shadow.compare.body import compare_bodies
from shadow.config.model import Compare
from shadow.records import Kind, ResponseCopy

scalars = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.text("ab", max_size=3), st.floats(-2, 2, width=16))
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6), st.dictionaries(st.sampled_from(["a", "b", "__c", "d.e", ""]), inner, max_size=4)
    ),
    max_leaves=30,
)
PRESENCE = {Kind.missing, Kind.extra, Kind.null_vs_missing, Kind.empty_vs_missing}
Place = tuple[Any, ...]


def mutate(draw: random.Random, document: Any) -> Any:
    """Change, remove or add a few members and items' values; lists keep their length."""
    root = {"root": copy.deepcopy(document), "filler": "f" * 700}
    for number in range(draw.randrange(1, 5)):
        holder: Any = root
        key: Any = "root"
        while isinstance(holder[key], dict | list) and holder[key] and draw.random() < 0.8:
            holder = holder[key]
            key = draw.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        fresh = draw.choice([1000 + number, f"new {number}", 1000.75 + number, {f"new {number}": [number]}])
        if isinstance(holder, dict) and holder is not root and draw.random() < 0.3:
            del holder[key]
        elif isinstance(holder, dict) and holder is not root and draw.random() < 0.3:
            holder[f"added {number}"] = fresh
        else:
            holder[key] = fresh
    return root


def by_pipeline(old: Any, new: Any) -> tuple[set[Place], set[Place]]:
    """Return the places that changed, and those that only one side has."""
    headers = ((b"content-type", b"application/json"),)
    answers = [ResponseCopy(status=200, headers=headers, body=json.dumps(each).encode()) for each in (old, new)]
    found = compare_bodies(answers[0], answers[1], Compare()).found
    changed = {each.segments or () for each in found if each.kind not in PRESENCE}
    return changed, {each.segments or () for each in found if each.kind in PRESENCE}


def by_deepdiff(old: Any, new: Any) -> tuple[set[Place], set[Place]]:
    """Return the same of DeepDiff, which takes every decimal as a float: the documents here have no others."""
    diff = DeepDiff(
        old, new, view="tree", zip_ordered_iterables=True, threshold_to_diff_deeper=0, ignore_private_variables=False,
        ignore_order=False, ignore_numeric_type_changes=False, ignore_string_type_changes=False,
    )  # fmt: skip
    changed: set[Place] = set()
    single: set[Place] = set()
    for name, levels in diff.items():
        assert name in ("values_changed", "type_changes", "dictionary_item_added", "dictionary_item_removed"), name
        places = {tuple(level.path(output_format="list")) for level in levels}
        (single if name.startswith("dictionary") else changed).update(places)
    return changed, single


@given(documents, st.randoms(use_true_random=False))
def test_the_same_places_as_deepdiff_on_the_whole(document: Any, draw: random.Random) -> None:
    """Pruned, by spans or not: nothing is lost and nothing invented, whichever leg is called old."""
    old, new = {"root": document, "filler": "f" * 700}, mutate(draw, document)
    assert by_pipeline(old, new) == by_deepdiff(old, new)
    assert by_pipeline(new, old) == by_deepdiff(new, old)
