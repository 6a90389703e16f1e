"""Strict equality of parsed values, at the speed of C where possible."""

from __future__ import annotations

import msgspec

_plain = msgspec.json.Encoder()
_sorted = msgspec.json.Encoder(order="deterministic")


def same(old: object, new: object) -> bool:
    """Tell whether two parsed values are the same, with True and 1, False and 0 told apart; order of keys is free.

    Raises RecursionError for values nested too deep.
    """
    return old == new and same_booleans(old, new)


def same_booleans(old: object, new: object) -> bool:
    """Tell whether two values that are equal by `==` have their booleans in the same places.

    Literals of decimals and texts cannot be confused here, since `==` told them apart already.
    """
    try:
        return _plain.encode(old) == _plain.encode(new) or _sorted.encode(old) == _sorted.encode(new)
    except UnicodeEncodeError:  # lone surrogates, which only the exact parser lets through
        return _same_slowly(old, new)


def _same_slowly(old: object, new: object) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_same_slowly(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same_slowly, old, new))
    return type(old) is type(new) and old == new
