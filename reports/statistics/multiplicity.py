"""Which of many comparisons can be claimed, and in which order to look at them.

Sources: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979)
65-70; Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995) 289-300.
Cannot see: comparisons that were left out of the list.
"""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float], alpha: float) -> tuple[bool, ...]:
    """Return which hypotheses are rejected so that the chance of any false rejection is at most alpha.

    Raises ValueError for a p-value outside [0, 1].
    """
    check(p_values)
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    found = [False] * len(p_values)
    for rank, index in enumerate(order):
        if p_values[index] > alpha / (len(p_values) - rank):
            break
        found[index] = True
    return tuple(found)


def benjamini_hochberg(p_values: Sequence[float], rate: float) -> tuple[bool, ...]:
    """Return which hypotheses are rejected so that false ones are at most a share `rate` of them, on average (for
    independent or positively dependent p-values). Raises ValueError for a p-value outside [0, 1]."""
    check(p_values)
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    last = max(
        (rank for rank, index in enumerate(order, 1) if p_values[index] <= rate * rank / len(p_values)), default=0
    )
    chosen = set(order[:last])
    return tuple(index in chosen for index in range(len(p_values)))


def check(p_values: Sequence[float]) -> None:
    """Raise ValueError for what is no probability; NaN fails too."""
    for p in p_values:
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"a p-value lies between 0 and 1, got {p}")
