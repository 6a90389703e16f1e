"""Which exchanges of a signature are kept as examples: the first, the last, and a reservoir of those between. Pure.

Slot 0 is the first, slot 1 the last, slots 2.. are a reservoir (algorithm R) over all but the first. The random
numbers are hashes of signature and position, so the same stream always keeps the same examples.
"""

from __future__ import annotations

from hashlib import blake2b

FIRST, LAST, RESERVOIR = 0, 1, 2


def slots_for(signature: str, nth: int, size: int) -> tuple[int, ...]:
    """Return the slots that the `nth` exchange (from 1) of a signature takes over, of `size` slots; often none but
    the last. Raises ValueError for `nth` or `size` below 1."""
    if nth < 1 or size < 1:
        raise ValueError(f"nth and size must be at least 1, got {nth} and {size}")
    if nth == 1:
        return (FIRST,)
    if size == 1:
        return ()
    places, position = size - RESERVOIR, nth - 1
    if position <= places:
        return (LAST, RESERVOIR + position - 1)
    drawn = _draw(signature, nth) % position if places else 0
    return (LAST, RESERVOIR + drawn) if drawn < places else (LAST,)


def _draw(signature: str, nth: int) -> int:
    return int.from_bytes(blake2b(f"{signature}:{nth}".encode(), digest_size=8).digest(), "big")
