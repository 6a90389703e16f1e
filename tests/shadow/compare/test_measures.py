"""What is measured of a value that varies."""

from __future__ import annotations

import pytest

from shadow.bodies.parse import NonFinite
from shadow.compare.measures import measure, number_of

NOW = 1767261600.0


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (7, ("number", 7.0)),
        (b"1.5", ("number", 1.5)),
        (-3, ("number", -3.0)),
        (int(NOW) + 60, ("from_now", 60.0)),
        (int(NOW) * 1000 - 2000, ("from_now", -2.0)),
        (b"1767261600.25", ("from_now", 0.25)),
        (int(NOW) + 400 * 86400, ("number", NOW + 400 * 86400)),
        ("2026-01-01T10:00:05Z", ("from_now", 5.0)),
        ("2026-01-01T12:00:05.5+02:00", ("from_now", 5.5)),
        ("Thu, 01 Jan 2026 10:00:05 GMT", ("from_now", 5.0)),
        ("word", ("length", 4.0)),
        ("", None),
        (None, None),
        (True, None),
        ([1], None),
        (10**400, None),
        (NonFinite("NaN"), None),
    ],
)
def test_measures(value: object, want: tuple[str, float] | None) -> None:
    got = measure(value, NOW)
    assert got == (None if want is None else (want[0], pytest.approx(want[1])))


def test_a_boolean_is_no_number() -> None:
    assert number_of(False) is None
