"""Fragments of the page: only names that the page itself declares are ever linked to."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")


def unique(wanted: list[str], prefix: str, reserved: frozenset[str]) -> tuple[str, ...]:
    """One usable id per position: the wanted one if it is a plain name, not `reserved` and still free, else
    `prefix-position`."""
    taken: set[str] = set(reserved)
    found: list[str] = []
    for position, name in enumerate(wanted, start=1):
        own = name if _NAME.fullmatch(name) and name not in taken else ""
        bump = position
        while not own or own in taken:
            own = f"{prefix}-{bump}"
            bump += len(wanted)
        taken.add(own)
        found.append(own)
    return tuple(found)


def link(fragment: str, known: frozenset[str]) -> str:
    """The fragment as `#name` when the page has such an id, else an empty string."""
    name = fragment.removeprefix("#")
    return f"#{name}" if name in known else ""
