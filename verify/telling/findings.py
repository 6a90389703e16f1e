"""A bounded collection of findings that counts all of them and keeps examples of every kind of them."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest

from shadow.records import DataFinding

Group = tuple[str, str, str]

_MAX_GROUPS = 200


class Findings:
    """Collects findings: `total` counts, `kept` is bounded.

    Findings are grouped by kind, column and cause, and the groups take turns in `kept`, so that ten thousand
    rounded prices do not push the one lost row out of sight.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: dict[Group, list[DataFinding]] = {}
        self._counts: Counter[Group] = Counter()

    def add(self, finding: DataFinding) -> None:
        """Count a finding, and keep it if there is room."""
        group = (finding.kind, finding.column, finding.note)
        if group not in self._counts and len(self._counts) >= _MAX_GROUPS:
            group = (finding.kind, "", "")
        self._counts[group] += 1
        kept = self._kept.setdefault(group, [])
        if len(kept) < self._limit:
            kept.append(finding)

    @property
    def total(self) -> int:
        """How many findings there were."""
        return self._counts.total()

    def kept(self) -> tuple[DataFinding, ...]:
        """Return the findings to store, the groups taking turns."""
        turns = zip_longest(*self._kept.values())
        flat = [finding for turn in turns for finding in turn if finding is not None]
        return tuple(flat[: self._limit])

    def summary(self) -> str:
        """Return what was found in words, the most frequent first: `3 missing_row; 2 value in name (case)`."""
        parts = []
        for (kind, column, note), n in self._counts.most_common(5):
            where = f" in {column}" if column else ""
            why = f" ({note})" if note else ""
            parts.append(f"{n:,} {_words(kind, n)}{where}{why}")
        rest = len(self._counts) - len(parts)
        return "; ".join(parts) + (f"; and {rest} more kinds" if rest > 0 else "")


def plural(n: int, noun: str, ending: str = "s") -> str:
    """Return `1 row`, `2 rows`; with the ending "es" `2 indexes`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}{ending}"


def _words(kind: str, n: int) -> str:
    text = {
        "value": "value differs" if n == 1 else "values differ",
        "missing_row": "row missing" if n == 1 else "rows missing",
        "extra_row": "row too many" if n == 1 else "rows too many",
    }.get(kind)
    return text or kind.replace("_", " ")
