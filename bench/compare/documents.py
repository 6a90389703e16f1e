"""Documents and their changes. Pure."""

from __future__ import annotations

import copy
import json
import random
from typing import Any, NamedTuple

SIZES = {"1 KB": 6, "20 KB": 117, "200 KB": 1170}


class Case(NamedTuple):
    """Two documents as bytes, in words."""

    name: str
    size: str
    old: bytes
    new: bytes


def document(items: int, *, keyed: bool = True) -> dict[str, Any]:
    """Return a page of orders, about 170 bytes each."""
    page: dict[str, Any] = {
        "generated_at": "2026-03-01T10:00:00.123456Z",
        "items": [
            {
                "id": at,
                "name": f"item {at}",
                "price": at * 1.25 + 0.1,
                "active": at % 2 == 0,
                "tags": ["a", "b"],
                "created_at": f"2026-01-01T10:{at % 60:02d}:00Z",
                "customer": {"id": at * 7, "email": f"u{at}@example.com"},
            }
            for at in range(items)
        ],
    }
    if not keyed:
        for item in page["items"]:
            item["label"] = f"number {item.pop('id')}"
            del item["name"]
    return page


def changed(old: dict[str, Any], fields: int) -> dict[str, Any]:
    """Return a copy with another timestamp and `fields` other prices."""
    new = copy.deepcopy(old)
    new["generated_at"] = "2026-03-01T10:00:00.654321Z"
    for at in range(fields):
        new["items"][at * len(new["items"]) // fields]["price"] += 1
    return new


def reversed_keys(value: Any) -> Any:
    """Return a copy with the members of every object in reverse order."""
    if isinstance(value, dict):
        return {key: reversed_keys(item) for key, item in reversed(value.items())}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def stamped_rows(old: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with another timestamp in every row."""
    new = changed(old, 0)
    for item in new["items"]:
        item["created_at"] = item["created_at"].replace(":00Z", ":07Z")
    return new


def shuffled(old: dict[str, Any], share: float = 0.0) -> dict[str, Any]:
    """Return a copy with the items in another order, and this share of them with another price."""
    items = len(old["items"])
    new = changed(old, max(1, round(share * items))) if share else copy.deepcopy(old)
    random.Random(7).shuffle(new["items"])
    return new


def cases(quick: bool = False) -> list[Case]:
    """Return all cases; `quick`: those of 20 KB only."""
    found = []
    for size, items in SIZES.items():
        if quick and size != "20 KB":
            continue
        keyed, unkeyed = document(items), document(items, keyed=False)
        found += [
            Case("identical", size, _spaced(keyed), _spaced(keyed)),
            Case("reordered keys", size, _spaced(keyed), _spaced(reversed_keys(keyed))),
            Case("one field", size, _spaced(keyed), _spaced(changed(keyed, 1))),
            Case("one field, written otherwise", size, _spaced(keyed), _compact(changed(keyed, 1))),
            Case("timestamp", size, _spaced(keyed), _spaced(changed(keyed, 0))),
            Case("timestamp in every row", size, _spaced(keyed), _spaced(stamped_rows(keyed))),
            Case("50 fields", size, _spaced(keyed), _spaced(changed(keyed, 50))),
            Case("shuffled, keyed", size, _spaced(keyed), _spaced(shuffled(keyed))),
            Case("shuffled, no key", size, _spaced(unkeyed), _spaced(shuffled(unkeyed))),
        ]
    for items in () if quick else (1000, 5000):
        old = document(items)
        found.append(Case(f"{items} shuffled, 10 % changed", f"{len(_spaced(old)) // 1000} KB", _spaced(old),
                          _spaced(shuffled(old, 0.1))))  # fmt: skip
    return found


def _spaced(value: object) -> bytes:
    return json.dumps(value).encode()


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
