from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from verify.rows.rowdiff import RowDifference
from verify.rows.tolerance import Tolerance, Tolerances
from verify.store import Value

AT = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "absolute", "relative", "near"),
    [
        (1.0, 1.01, "0.01", "0", True),
        (Decimal("1.00"), Decimal("1.0100000001"), "0.01", "0", False),
        (1, Decimal("1.01"), "0.01", "0", True),
        (100, 101, "0", "0.01", True),
        (-100, -102, "0", "0.01", False),
        (0, 0, "0", "0", True),
        (True, 1, "9", "0", False),
        (None, 0, "9", "0", False),
        (float("nan"), 0.0, "9", "0", False),
        (float("inf"), float("-inf"), "9", "9", False),
        ("1", 1, "9", "0", False),
        (AT, AT + timedelta(seconds=1), "1", "0", True),
        (AT, AT + timedelta(seconds=1, microseconds=1), "1", "0", False),
        (date(2026, 1, 31), AT, "0", "0", True),
        (AT, 1_769_817_600, "9", "0", False),
    ],
)
def test_near(old: Value, new: Value, absolute: str, relative: str, near: bool) -> None:
    tolerance = Tolerance(absolute=Decimal(absolute), relative=Decimal(relative))
    assert tolerance.near(old, new) is near
    assert tolerance.near(new, old) is near


def test_only_what_lies_beyond_remains() -> None:
    tolerances = Tolerances(("id", "a", "b"), {"a": Tolerance(absolute=Decimal(1))})
    assert tolerances.beyond(RowDifference(old=(1, 5, "x"), new=(1, 6, "x"))) is None
    both = tolerances.beyond(RowDifference(old=(1, 5, "x"), new=(1, 6, "y")))
    assert both == RowDifference(old=(1, 5, "x"), new=(1, 5, "y"))
    missing = RowDifference(old=(1, 5, "x"))
    assert tolerances.beyond(missing) is missing
    counted = RowDifference(old=(), new=(), detailed=False)
    assert tolerances.beyond(counted) is counted


def test_in_words() -> None:
    assert Tolerance(absolute=Decimal("0.01")).words() == "within 0.01"
    assert Tolerance(absolute=Decimal(1), relative=Decimal("0.001")).words() == "within 1 or 0.1 %"
