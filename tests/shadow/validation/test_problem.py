from __future__ import annotations

import pytest

from shadow.validation.problem import repeated


@pytest.mark.parametrize(
    ("values", "pairs"),
    [([], []), (["a"], []), (["a", "b", "a", "a", "b"], [(2, 0), (3, 0), (4, 1)])],
)
def test_repeated(values: list[str], pairs: list[tuple[int, int]]) -> None:
    assert list(repeated(values)) == pairs
