"""Classes of requests by method and size: what is shed at the listener is counted by them, since nothing else of it
is kept. A closed set; its order is part of the lane file's format.

The size is that of both bodies as far as they came, heads not counted.
"""

from __future__ import annotations

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "*")
SIZES = ("<1KiB", "<16KiB", "<256KiB", "<1MiB", ">=1MiB")
CLASSES = tuple(f"{method} {size}" for method in METHODS for size in SIZES)

_FIRST = {method: index * len(SIZES) for index, method in enumerate(METHODS)}
_OTHER = _FIRST["*"]
# By the bits of the size in KiB, so that no comparison is needed: 0 is below 1 KiB, 1 to 4 below 16 KiB …
_BY_BITS = (0, *[1] * 4, *[2] * 4, *[3] * 2, *[4] * 64)


def class_of(method: str, size_bytes: int) -> int:
    """Return the index in CLASSES; `*` is every method without a class of its own."""
    return _FIRST.get(method, _OTHER) + _BY_BITS[(size_bytes >> 10).bit_length()]
