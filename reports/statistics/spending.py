"""Error spent over repeated looks: at the j-th look a part of alpha, so that all looks together never spend more.

At look j it is alpha / (j (j + 1)); the sum over j = 1, 2, ... is alpha (a telescoping series), so that by Bonferroni's
inequality the chance of a false claim at any look is at most alpha, however the looks depend on each other.
Source: K. K. G. Lan, D. L. DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70 (1983) 659-663,
for the idea of spending; the series is the simplest that needs no number of looks fixed in advance.
Cannot see: more than one look a night; they are taken for one, on nearly the same evidence.
"""

from __future__ import annotations

from math import floor

DAY_S = 86400.0


def look_of(first_at: float, at: float) -> int:
    """Return the number of the night's look, 1 within the first 24 hours of evidence."""
    return max(1, floor((at - first_at) / DAY_S) + 1)


def spent(confidence: float, look: int) -> float:
    """Return the confidence of a bound at this look. Raises ValueError for a look before the first."""
    if look < 1:
        raise ValueError(f"looks are counted from 1, got {look}")
    return 1.0 - (1.0 - confidence) / (look * (look + 1))
