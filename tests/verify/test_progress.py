from __future__ import annotations

from verify.progress import Speed, Step


def step(rows: int, expected: int = 0) -> Step:
    return Step(what="rows", pair="t", check="rows", rows=rows, expected=expected)


def test_speed_and_time_left_follow_the_last_half_minute() -> None:
    now = 0.0
    speed = Speed(lambda: now)
    speed.begin()
    assert speed.words(step(0, 400_000)) == "0 of about 400,000 rows (0 %)"
    now = 10.0
    assert speed.words(step(100_000, 400_000)) == (
        "100,000 of about 400,000 rows (25 %), 10,000 rows/s, about 30 s left"
    )
    now = 20.0
    assert speed.words(step(100_000, 400_000)).endswith("5,000 rows/s, about 1:00 min left")
    for now in (30.0, 40.0, 50.0, 60.0):
        said = speed.words(step(100_000 + round(now - 20) * 10, 40_000_000))
    assert said.endswith("10 rows/s, about 1108:19:20 h left"), "the quick beginning is forgotten"


def test_without_an_estimate_there_is_no_time_left() -> None:
    now = 0.0
    speed = Speed(lambda: now)
    speed.begin()
    now = 2.0
    assert speed.words(step(5_000)) == "5,000 rows, 2,500 rows/s"
    assert speed.words(step(6_000, 5_000)) == "6,000 rows, 3,000 rows/s", "passed: no share of it"


def test_another_check_begins_anew() -> None:
    now = 0.0
    speed = Speed(lambda: now)
    speed.begin()
    now = 1.0
    speed.words(step(1_000_000))
    speed.begin()
    now = 2.0
    assert speed.words(step(10)) == "10 rows, 10 rows/s"
