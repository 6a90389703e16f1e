"""Which exchanges are shown in full: rendering and redacting one costs more than comparing it, and few are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable

FIRST = 8
EVERY_S = 1.0
_MOST_SIGNATURES = 20_000


class Quota:
    """Grants the first exchanges of each signature, then one in a second: the ledger keeps the first, the last, and a
    sample of what it is given. Bounded; a signature that was forgotten begins anew.

    Cannot see: what other comparers grant.
    """

    def __init__(self) -> None:
        self._granted: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()

    def grant(self, signatures: Iterable[Hashable], at: float) -> bool:
        """Tell whether an exchange seen at the instant `at` is to be shown, because one of its signatures is due."""
        due = []
        for signature in signatures:
            n, last = self._granted.get(signature, (0, 0.0))
            if n < FIRST or abs(at - last) >= EVERY_S:
                due.append((signature, n))
        for signature, n in due:
            self._granted[signature] = (n + 1, at)
            self._granted.move_to_end(signature)
        while len(self._granted) > _MOST_SIGNATURES:
            self._granted.popitem(last=False)
        return bool(due)
