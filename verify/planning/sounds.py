"""Names that sound alike."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[^a-z0-9]+")


def sound(name: str) -> str:
    """Return a name without case, separators and the plural: `OrderItems` and `order_item` sound alike."""
    plain = _SEPARATORS.sub("", name.rpartition(".")[2].lower())
    return plain[:-1] if plain.endswith("s") and len(plain) > 3 else plain
