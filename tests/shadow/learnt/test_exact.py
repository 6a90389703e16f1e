"""The bound that is never inverted agrees with the one that is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc, betaincinv

from shadow.learnt.exact import incomplete_beta, is_above


@given(st.floats(0.01, 5000), st.floats(0.01, 5000), st.floats(0, 1))
def test_the_beta_function(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x) == pytest.approx(float(betainc(a, b, x)), abs=1e-7)


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from([0.2, 0.5, 0.8]))
def test_above_is_what_clopper_and_pearson_say(k: int, rest: int, share: float) -> None:
    bound = float(betaincinv(k, rest + 1, 0.05)) if k else 0.0
    if abs(bound - share) > 1e-6:
        assert is_above(k, k + rest, share) == (bound > share)


def test_nothing_shows_nothing() -> None:
    assert not is_above(0, 0, 0.2)
    assert not is_above(0, 10, 0.2)
    assert is_above(3.5, 3.4, 0.2)  # weights that faded apart


@pytest.mark.parametrize(("share", "confidence"), [(0.0, 0.95), (1.0, 0.95), (0.2, 1.0)])
def test_what_cannot_be_asked(share: float, confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        is_above(1, 2, share, confidence=confidence)
