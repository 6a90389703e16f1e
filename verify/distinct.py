"""How many distinct values a column has, from a sketch: a bounded set of places that depends on nothing but the values.

Each value is hashed to a number u between 0 and 1 and stands for the place floor(-K ln u): place 0 is met by one value
in 1 - e^(-1/K), each further one by e^(-1/K) as many. The sketch is the set of places that were met. It knows neither
order nor multiplicity, so two sides whose values and hash are the same have the same sketch, however many rows there
are and in whichever order they came. It grows with the logarithm of the number n of values: about K (ln(n / K) + 0.58)
places, some 2,300 for a million values.

The estimate is the number n at which the places met are most likely (maximum likelihood, values taken as Poisson):
n = sum over the places met of g(n q), with q the probability of a place and g(x) = x / (1 - e^-x). This is
"PCSA with base q" as in Pettie and Wang, Information Theoretic Limits of Cardinality Estimation (STOC 2021), after
Flajolet and Martin, Probabilistic Counting Algorithms for Data Base Applications (1985); of the Fisher information
K pi^2 / 6 per relative unit follows the standard error 1 / sqrt(K pi^2 / 6), which is ERROR: 4.9 %.

Hashes are the engines' own, since each computes its own within the scan: sketches of one hash are compared place by
place, without any tolerance; estimates from two hashes may be APART standard errors of a difference from each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from hashlib import blake2b

import msgspec

K = 256
"""Places per factor e of the number of values."""
ERROR = 1 / math.sqrt(K * math.pi**2 / 6)
"""Standard error of an estimate, as a share of it."""
APART = 6.0
"""Standard errors of a difference that two estimates of the same number may lie apart: beyond that once in 10**9."""
FEW = 500
"""Distinct values up to which both sides are counted exactly where their estimates disagree and the hashes differ."""

_RATIO = math.exp(-1 / K)


class Distinct(msgspec.Struct, frozen=True, kw_only=True):
    """The sketch of a column. `hashed` names the hash: only of the same name are places comparable. `exact` is the
    number of values where they were counted after all."""

    hashed: str
    places: frozenset[int] = frozenset()
    exact: int | None = None

    @property
    def estimate(self) -> int:
        """About how many distinct values there are, NULL not among them."""
        if self.exact is not None:
            return self.exact
        return round(estimate(self.places))

    @property
    def words(self) -> str:
        """How many there are, in words."""
        if self.exact is not None:
            return f"{self.exact:,}"
        return f"about {self.estimate:,}"


def place_of(hashed: int) -> int:
    """Return the place of a value, given its hash of 64 bits, unsigned."""
    return math.floor(-K * math.log(((hashed >> 11) + 0.5) / 2**53))


def places_of(values: Iterable[bytes]) -> frozenset[int]:
    """Return the places of values, each given as bytes of its own."""
    return frozenset(place_of(int.from_bytes(blake2b(value, digest_size=8).digest(), "little")) for value in values)


def estimate(places: Iterable[int]) -> float:
    """Return the most likely number of distinct values, 0 for no places.

    Newton's method from the number of places, which is never above the solution, climbs to it.
    """
    found = [_RATIO**place * (1 - _RATIO) for place in places]
    number = float(len(found))
    for _ in range(100):
        # f(n) = sum of 1 / (1 - e^(-n q)) q, minus 1: falls with n, and is bent upwards.
        value, slope = -1.0, 0.0
        for q in found:
            less = -math.expm1(-number * q)
            value += q / less
            slope -= q * q * (1 - less) / (less * less)
        if not found or slope == 0 or abs(step := -value / slope) < 1e-6 * number:
            break
        number += step
    return number


def are_apart(old: float, new: float) -> bool:
    """Return whether two estimates from different hashes are too far from each other to be of the same number."""
    if min(old, new) <= 0:
        return max(old, new) > 0
    return abs(math.log(old / new)) > APART * math.sqrt(2) * ERROR
