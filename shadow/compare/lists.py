"""What is declared about lists: the member that is the key of their items, and whether their order means anything."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from shadow.config.model import ListKey
from shadow.paths import Pattern, Segments, parse_pattern


class Lists(msgspec.Struct, frozen=True):
    """Declared lists by the pattern of their place; the first pattern that matches has it."""

    keys: tuple[tuple[Pattern, str], ...] = ()
    unordered: tuple[Pattern, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.keys or self.unordered)

    def key_at(self, place: Segments) -> str:
        """Return the member that is the key of the items of the list at a place; empty where none is declared."""
        return next((key for pattern, key in self.keys if pattern.matches("body", place)), "")

    def is_unordered_at(self, place: Segments) -> bool:
        """Tell whether the order of the list at a place means nothing."""
        return any(pattern.matches("body", place) for pattern in self.unordered)


@lru_cache(maxsize=1024)  # endpoints have their own
def declared_lists(keys: tuple[ListKey, ...], unordered: tuple[str, ...]) -> Lists:
    """Compile what is declared. Raises ValueError for a path that is not in the dialect; loading refused it before."""
    return Lists(
        tuple((parse_pattern(each.path), each.key) for each in keys), tuple(parse_pattern(path) for path in unordered)
    )
