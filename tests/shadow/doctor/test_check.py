from __future__ import annotations

import pytest

from shadow.doctor.check import Check, Level, fail, ok, warn, worst_of


@pytest.mark.parametrize(
    ("checks", "level"),
    [
        ([], Level.fail),
        ([ok("a", "x")], Level.ok),
        ([ok("a", "x"), warn("b", "x", "y")], Level.warn),
        ([warn("b", "x", "y"), fail("c", "x", "y"), ok("a", "x")], Level.fail),
    ],
)
def test_worst_of(checks: list[Check], level: Level) -> None:
    assert worst_of(checks) is level


def test_the_default_level_is_the_failing_one() -> None:
    assert Check(name="a", message="b").level is Level.fail
    assert next(iter(Level)) is Level.fail
