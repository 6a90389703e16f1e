from __future__ import annotations

import pytest

from reports.statistics.search import LARGEST, smallest


@pytest.mark.parametrize("edge", [1, 2, 3, 7, 8, 9, 597, 598, 10**6 + 1, LARGEST])
def test_finds_the_edge_itself(edge: int) -> None:
    assert smallest(1, lambda n: n >= edge) == edge


def test_starts_where_it_is_told() -> None:
    assert smallest(50, lambda n: n >= 3) == 50


def test_gives_up() -> None:
    assert smallest(1, lambda n: False) is None
    assert smallest(1, lambda n: n > LARGEST) is None
