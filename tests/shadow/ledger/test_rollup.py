from __future__ import annotations

import pytest

from shadow.ledger import rollup
from shadow.ledger.rollup import Marks, Rollup, mark, merge, pack, unpack


@pytest.mark.parametrize("counts", [{}, {-5: 1}, {0: 2**31 - 1, 7: 2**31, -3: 5 * 2**31 + 9}])
def test_packing_loses_nothing(counts: dict[int, int]) -> None:
    assert unpack(pack(counts)) == counts


def test_a_rollup_survives_being_stored() -> None:
    whole = Rollup(
        outcomes=[("match", "", "pending", 3)], joints=[("error", 1, 2, 3, 4)], pairing=(1, 2, 3, 4),
        ratios=[("secondary", 2, 0.5, 0.25)], histograms=[("primary", 4, pack({1: 2}))],
        sets=[("mismatch", "ab", "confirmed", 1, 5.0)],
        errors=Marks(b"\x01", [(2, 9, 1, 0, 0)]), parity=Marks(),
    )  # fmt: skip
    assert rollup.decode(rollup.encode(whole)) == whole
    assert whole.requests == 3


def test_marks_tell_quiet_blocks_from_those_in_which_something_failed() -> None:
    marks = mark([(0.0, 5, 0, 0, 0), (300.0, 4, 1, 0, 0), (600.0, 0, 0, 0, 0), (660.0, 2, 0, 0, 0)], 0.0)
    assert (marks.quiet_blocks, marks.noisy) == (2, [(5, 4, 1, 0, 0)])


def test_blocks_of_one_minute_count_as_one() -> None:
    marks = mark([(60.0, 5, 0, 0, 0), (65.0, 4, 0, 2, 0), (70.0, 1, 0, 0, 1)], 0.0)
    assert (marks.quiet_blocks, marks.noisy) == (0, [(1, 10, 0, 2, 1)])


def test_a_minute_that_is_noisy_in_one_part_is_noisy() -> None:
    one = Rollup(errors=mark([(3600.0, 5, 0, 0, 0), (3900.0, 5, 0, 0, 0)], 3600.0))
    two = Rollup(errors=mark([(3900.0, 3, 1, 0, 0)], 3600.0))
    marks = merge([(3600.0, one), (3600.0, two)], 0.0).errors
    assert (marks.quiet_blocks, marks.noisy) == (1, [(65, 3, 1, 0, 0)])


def test_marks_tell_which_noisy_blocks_follow_one_another() -> None:
    blocks = [(0.0, 3, 1, 0, 0), (300.0, 2, 2, 0, 0), (600.0, 0, 0, 0, 0), (900.0, 1, 0, 1, 0), (1200.0, 4, 0, 0, 0),
              (1500.0, 2, 1, 0, 0)]  # fmt: skip
    assert mark(blocks, 0.0).follows() == (False, True, True, False)
    assert Marks().follows() == ()
