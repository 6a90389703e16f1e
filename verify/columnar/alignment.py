"""Which rows of two sorted batches have the same key."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from verify.columnar.words import Ints, Mask

Keys = Ints | list[Any]
"""Ascending keys: an array where the key is one integer, else a list of whatever compares."""


class Aligned(msgspec.Struct, frozen=True, kw_only=True):
    """Positions on both sides: of the pairs with a key that each side has once; and, of each other key in its order,
    all rows of both sides (one of the two may be empty)."""

    old: Ints
    new: Ints
    others: list[tuple[list[int], list[int]]]


def align(old: Keys, new: Keys) -> Aligned:
    """Return how two ascending batches match."""
    if len(old) == len(new) and _is_same(old, new) and _is_strict(old):
        every = np.arange(len(old), dtype=np.int64)
        return Aligned(old=every, new=every, others=[])
    one, other = _ranked(old, new)
    single_old, single_new = _singles(one), _singles(other)
    first, second = np.flatnonzero(single_old), np.flatnonzero(single_new)
    both, at_old, at_new = np.intersect1d(one[first], other[second], assume_unique=True, return_indices=True)
    rest = np.setdiff1d(np.concatenate((one, other)), both)
    begin = np.searchsorted(one, rest), np.searchsorted(other, rest)
    end = np.searchsorted(one, rest, side="right"), np.searchsorted(other, rest, side="right")
    others = [
        (list(range(a, b)), list(range(c, d)))
        for a, b, c, d in zip(begin[0].tolist(), end[0].tolist(), begin[1].tolist(), end[1].tolist(), strict=True)
    ]
    return Aligned(old=first[at_old], new=second[at_new], others=others)


def before(keys: Keys, start: int, horizon: Any) -> int:
    """Return the position behind the last key that is less than the horizon, from `start` on."""
    if isinstance(keys, list):
        return bisect_left(keys, horizon, start)
    return start + int(np.searchsorted(keys[start:], horizon))


def is_ascending(keys: Keys) -> bool:
    """Return whether no key is less than the one before it."""
    if isinstance(keys, list):
        return all(one <= other for one, other in pairwise(keys))
    return bool((keys[1:] >= keys[:-1]).all())


def _is_same(old: Keys, new: Keys) -> bool:
    if isinstance(old, list) or isinstance(new, list):
        return bool(old == new)
    return bool(np.array_equal(old, new))


def _is_strict(keys: Keys) -> bool:
    if isinstance(keys, list):
        return all(one < other for one, other in pairwise(keys))
    return bool((keys[1:] > keys[:-1]).all())


def _ranked(old: Keys, new: Keys) -> tuple[Ints, Ints]:
    """Return the keys as integers in the same order."""
    if isinstance(old, list) or isinstance(new, list):
        rank = {key: at for at, key in enumerate(sorted({*old, *new}))}
        found = tuple(np.array([rank[key] for key in keys], np.int64) for keys in (old, new))
        one, other = found
    else:
        one, other = old, new
    return one, other


def _singles(keys: Ints) -> Mask:
    """Return which of the ascending keys are there once."""
    differs = keys[1:] != keys[:-1]
    edge = np.ones(1, np.bool_)
    found: Mask = np.concatenate((edge, differs)) & np.concatenate((differs, edge))
    return found[: len(keys)]


