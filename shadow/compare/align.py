"""Pair the items of two lists: by a key that the items carry, else as multisets."""

from __future__ import annotations

import msgspec

from shadow.bodies.parse import Doubled, NonFinite, to_text

KEY_NAMES = (
    "id", "_id", "uuid", "guid", "key", "code", "sku", "slug", "number", "reference", "ref", "name", "email",
    "symbol", "isbn", "handle", "username", "login",
)  # fmt: skip
_KEY_ENDS = ("id", "uuid", "_key")
_sorted = msgspec.json.Encoder(order="deterministic")

Key = tuple[type, object]
Rows = list[object]


class Alignment(msgspec.Struct, frozen=True, kw_only=True):
    """Which items belong together, as positions. `moved` tells that the shared ones stand in another order."""

    name: str
    pairs: list[tuple[int, int]]
    gone: list[int]
    added: list[int]
    moved: bool


def is_same_item(old: object, new: object) -> bool:
    """Tell whether two items of a list are the same thing by the first member that could be their key."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    for name in KEY_NAMES:
        if name in old:
            value = old[name]
            return type(value) in (str, int) and type(new.get(name)) is type(value) and bool(new[name] == value)
    return False


def align_by_key(old: Rows, new: Rows) -> Alignment | None:
    """Pair items by the first scalar member that is present and unique in all items of both sides.

    At least half of the shorter side must find its partner: keys made anew for each answer would pair nothing.
    Returns None where no member qualifies.
    """
    if not old or not new:
        return None
    first = old[0]
    if not isinstance(first, dict):
        return None
    names = [name for name in KEY_NAMES if name in first]
    names += sorted(name for name in first if name not in KEY_NAMES and name.lower().endswith(_KEY_ENDS))
    for name in names:
        alignment = align_by(name, old, new)
        if alignment is not None and 2 * len(alignment.pairs) >= min(len(old), len(new)):
            return alignment
    return None


def align_by(name: str, old: Rows, new: Rows) -> Alignment | None:
    """Pair items by one scalar member. Returns None where an item lacks it, or shares it with another of its side."""
    old_keys, new_keys = _keys(old, name), _keys(new, name)
    if old_keys is None or new_keys is None:
        return None
    shared = {key for key in old_keys if key in new_keys}
    order_old = [key for key in old_keys if key in shared]
    return Alignment(
        name=name,
        pairs=[(old_keys[key], new_keys[key]) for key in order_old],
        gone=[at for key, at in old_keys.items() if key not in shared],
        added=[at for key, at in new_keys.items() if key not in shared],
        moved=order_old != [key for key in new_keys if key in shared],
    )


def align_as_multisets(old: Rows, new: Rows) -> Alignment:
    """Pair strictly equal items wherever they stand.

    Everything without an equal partner is `gone` or `added`.
    """
    old_marks, new_marks = [fingerprint(item) for item in old], [fingerprint(item) for item in new]
    # Loops, not calls into C: numbers can be made to collide in their hashes, and a loop can be interrupted.
    places: dict[object, list[int]] = {}
    for at in range(len(new) - 1, -1, -1):
        places.setdefault(new_marks[at], []).append(at)
    pairs: list[tuple[int, int]] = []
    gone: list[int] = []
    for at, mark in enumerate(old_marks):
        left = places.get(mark)
        if left:
            pairs.append((at, left.pop()))
        else:
            gone.append(at)
    added = sorted(at for left in places.values() for at in left)
    partners = [partner for _, partner in pairs]
    return Alignment(name="", pairs=pairs, gone=gone, added=added, moved=partners != sorted(partners))


def fingerprint(item: object) -> object:
    """Return something hashable that is equal for strictly equal values only."""
    if type(item) in (str, int, bytes, bool) or item is None:
        return (type(item), item)
    try:
        return (type(item), _sorted.encode(item), _decimals(item))
    except (UnicodeEncodeError, TypeError):
        return (type(item), to_text(item))


def _decimals(item: object) -> tuple[object, ...]:
    # The encoder writes literals of decimals as text; their places tell them from texts that look the same.
    if isinstance(item, bytes | NonFinite):
        return (item,)
    if isinstance(item, dict):
        below = [_decimals(item[key]) for key in sorted(item)]
        if isinstance(item, Doubled):
            below.append((repr(item.lost),))
    elif isinstance(item, list):
        below = [_decimals(each) for each in item]
    else:
        return ()
    return tuple(below) if any(below) else ()


def _keys(rows: Rows, name: str) -> dict[Key, int] | None:
    keys: dict[Key, int] = {}
    for at, row in enumerate(rows):
        if not isinstance(row, dict):
            return None
        value = row.get(name)
        if type(value) not in (str, int):
            return None
        keys[(type(value), value)] = at
    return keys if len(keys) == len(rows) else None
