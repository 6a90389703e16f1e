"""One thing wrong in a configuration whose every value is fine by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from shadow.config.document import Path


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A contradiction: the key to point at, what is wrong, and what to do next.

    `against` is the key that it contradicts: where `path` is left at its default, that one's line is shown.
    """

    path: Path
    message: str
    remedy: str
    against: Path = ()


def repeated(values: Iterable[object]) -> Iterator[tuple[int, int]]:
    """Yield (index, index of its first occurrence) for every value that occurred before."""
    first: dict[object, int] = {}
    for index, value in enumerate(values):
        if value in first:
            yield index, first[value]
        first.setdefault(value, index)
