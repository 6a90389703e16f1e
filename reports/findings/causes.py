"""What the requests behind a difference have in common: the one feature that best tells them from the others.

For every feature (a parameter, a header, a class of size, a status) its share among the exchanges with the difference
is set against its share among those of the endpoint that agree (a sample of them); the best is the one with the largest
difference of the two (Youden's J), if chance alone makes such a table less often than once in a thousand (chi-square
with one degree of freedom above 10.83).
Cannot see: causes in the values of requests, causes that take two features at once, and, since features are counted for
the whole epoch, changes within it.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec

from reports.words import percent_down, percent_up
from shadow.ledger.evidence import Evidence

LEAST_N = 5
LEAST_J = 0.3
CHI_SQUARE = 10.83


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A feature and how it goes with a difference: `hits` of `n` exchanges with the difference have it (or lack it,
    where `is_absence`), and `others_hits` of the `others_n` that agree and were looked at."""

    feature: str
    is_absence: bool
    hits: int
    n: int
    others_hits: int
    others_n: int

    @property
    def strength(self) -> float:
        """The difference of the two shares, 1.0 where the feature tells them apart without exception."""
        return self.hits / self.n - self.others_hits / self.others_n

    def sentence(self) -> str:
        """Return it in words."""
        having = "without" if self.is_absence else "with"
        share = percent_down(self.hits / self.n)
        others = percent_up(self.others_hits / self.others_n)
        return (
            f"{share} of the requests that show it are {having} {self.feature} ({self.hits:,} of {self.n:,}), "
            f"{others} of those that agree ({self.others_hits:,} of {self.others_n:,})."
        )


def find_causes(evidence: Evidence) -> dict[str, Cause]:
    """Return the best feature of each signature, by its id; none where nothing tells its requests from the others."""
    by_endpoint: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in evidence.features:
        by_endpoint[row.endpoint][row.signature][row.name] = row.n
    found: dict[str, Cause] = {}
    for signatures in by_endpoint.values():
        everything = signatures.get("", {})
        for signature, counts in signatures.items():
            if signature and (cause := _best(counts, everything)) is not None:
                found[signature] = cause
    return found


def _best(counts: dict[str, int], everything: dict[str, int]) -> Cause | None:
    n, others_n = counts.get("", 0), everything.get("", 0)
    if n < LEAST_N or others_n < LEAST_N:
        return None
    causes: list[Cause] = []
    for feature in sorted({*everything, *counts} - {""}):
        hits, others = counts.get(feature, 0), everything.get(feature, 0)
        for is_absence, a, b in ((False, hits, others), (True, n - hits, others_n - others)):
            cause = Cause(feature=feature, is_absence=is_absence, hits=a, n=n, others_hits=b, others_n=others_n)
            if cause.strength >= LEAST_J and chi_square(a, n, b, others_n) > CHI_SQUARE:
                causes.append(cause)
    return max(causes, key=lambda each: (each.strength, not each.is_absence, each.feature), default=None)


def chi_square(a: int, n: int, b: int, m: int) -> float:
    """Return Pearson's statistic of the table with a of n and b of m; 0.0 where a margin is empty."""
    hits, misses = a + b, n + m - a - b
    if not hits or not misses or not n or not m:
        return 0.0
    return (a * (m - b) - b * (n - a)) ** 2 * (n + m) / (n * m * hits * misses)
