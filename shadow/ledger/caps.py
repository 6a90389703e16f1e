"""Bounds on how many names a ledger learns, so that hostile or broken traffic cannot make it grow for ever. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

MAX_EPOCHS = 200
MAX_REASONS = 200
MAX_SIGNATURES = 5_000
MAX_SIGNATURES_PER_ENDPOINT = 500
MAX_SETS = 5_000
MAX_SETS_PER_ENDPOINT = 500

OTHER = "_other"
OVERFLOW = "_overflow"
UNATTRIBUTED = "_unattributed"

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "*"})


class Cap:
    """Admits names until `limit` of them are known, at most `per_group` of one group; known ones stay admitted."""

    def __init__(self, limit: int, per_group: int | None = None, known: Iterable[tuple[str, str]] = ()) -> None:
        self.limit = limit
        self.per_group = limit if per_group is None else per_group
        self.known: set[str] = set()
        self._groups: Counter[str] = Counter()
        for name, group in known:
            self.learn(name, group)

    def learn(self, name: str, group: str = "") -> None:
        """Take a name as known, whatever the limit says."""
        if name not in self.known:
            self.known.add(name)
            self._groups[group] += 1

    def admit(self, name: str, group: str = "") -> bool:
        """Tell whether the name may be used; the first time counts against the limits."""
        if name in self.known:
            return True
        if len(self.known) >= self.limit or self._groups[group] >= self.per_group:
            return False
        self.learn(name, group)
        return True


def other_endpoint(endpoint: str) -> str:
    """Return the endpoint that stands for all beyond the cap: `GET _other`; an unheard-of method becomes `*`."""
    method = endpoint.partition(" ")[0]
    return f"{method if method in METHODS else '*'} {OTHER}"


def stands_for_others(endpoint: str) -> bool:
    """Tell whether an endpoint is one of the ledger's own names, which take no place of a real one."""
    return endpoint == UNATTRIBUTED or endpoint.endswith(f" {OTHER}")
