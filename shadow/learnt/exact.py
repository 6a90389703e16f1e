"""How sure counts make a share: the exact one-sided bound, without inverting it.

Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404-413: the lower bound of k in n is above p exactly
where P(X >= k | n, p), the regularised incomplete beta function I_p(k, n - k + 1), is below 1 - confidence. The beta
form takes counts that are no whole numbers, as those that fade are.
Cannot see: dependence. Pairs are taken as independent.
"""

from __future__ import annotations

from math import exp, lgamma, log

_TINY = 1e-300
_STEPS = 300


def is_above(k: float, n: float, share: float, *, confidence: float = 0.95) -> bool:
    """Tell whether the true share of which `k` in `n` is a sample is above `share` with this one-sided confidence.

    Raises ValueError where `share` or `confidence` is not between 0 and 1.
    """
    if not 0 < share < 1 or not 0 < confidence < 1:
        raise ValueError(f"share and confidence must lie between 0 and 1, got {share} and {confidence}")
    if k <= 0 or n <= 0 or k / n <= share:
        return False  # the lower bound lies below the share that was seen
    if k >= n:
        return bool(share**k < 1.0 - confidence)
    return incomplete_beta(k, max(n - k, 0.0) + 1.0, share) < 1.0 - confidence


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) for a, b > 0 and 0 <= x <= 1.

    By the continued fraction of DLMF 8.17.22, evaluated from the front (W. J. Lentz, Applied Optics 15, 1976).
    """
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1.0 - x)) / a
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1.0))
    fraction = d
    for m in range(1, _STEPS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away(1.0 + numerator * d)
            c = _away(1.0 + numerator / c)
            fraction *= c * d
        if abs(c * d - 1.0) < 1e-12:
            break
    return front * fraction


def _away(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
