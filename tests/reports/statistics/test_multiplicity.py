from __future__ import annotations

import math

import pytest

from reports.statistics.multiplicity import benjamini_hochberg, holm

# The fifteen p-values of Benjamini and Hochberg (1995), section 4: at 5 % their method rejects 4, Bonferroni's and
# Holm's 3.
PUBLISHED = (
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
    1.0000,
)  # fmt: skip


def test_the_published_example() -> None:
    assert sum(benjamini_hochberg(PUBLISHED, 0.05)) == 4
    assert sum(holm(PUBLISHED, 0.05)) == 3
    assert benjamini_hochberg(PUBLISHED, 0.05)[:5] == (True, True, True, True, False)


def test_the_order_of_the_list_does_not_matter() -> None:
    assert holm((0.9, 0.001, 0.03), 0.05) == (False, True, False)
    assert benjamini_hochberg((0.9, 0.001, 0.03), 0.05) == (False, True, True)


@pytest.mark.parametrize("method", [holm, benjamini_hochberg])
def test_edges(method) -> None:
    assert method((), 0.05) == ()
    assert method((0.05,), 0.05) == (True,)
    assert method((0.0500001,), 0.05) == (False,)
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="p-value"):
            method((wrong,), 0.05)
