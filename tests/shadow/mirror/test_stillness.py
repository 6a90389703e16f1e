"""How long a counter stood still."""

from __future__ import annotations

from shadow.mirror.stillness import START_S, Stillness

LOOK_S = 0.5


def looks(stillness: Stillness, beats: list[int], *, passed_s: float = LOOK_S, limit_s: float = 10.0) -> list[bool]:
    return [stillness.look(each, passed_s, limit_s) for each in beats]


def begun(at: int = 7) -> Stillness:
    stillness = Stillness(LOOK_S)
    stillness.forget(at)
    assert not stillness.look(at + 1, LOOK_S, 10.0)
    return stillness


def test_beyond_the_limit_and_not_before() -> None:
    stillness = begun(7)
    assert not any(looks(stillness, [8] * 20))
    assert looks(stillness, [8]) == [True]
    assert stillness.still_s == 10.5


def test_every_sign_begins_anew() -> None:
    stillness = begun(7)
    assert not any(looks(stillness, [8] * 20 + [9] + [9] * 20))
    assert looks(stillness, [9]) == [True]


def test_nothing_is_a_limit() -> None:
    assert not any(looks(begun(), [8] * 10_000, limit_s=0.0))


def test_who_has_not_begun_gets_more_time() -> None:
    stillness = Stillness(LOOK_S)
    stillness.forget(3)
    allowed = int((START_S + 10.0) / LOOK_S)
    assert not any(looks(stillness, [3] * allowed))
    assert looks(stillness, [3]) == [True]
    # Its successor too.
    stillness.forget(3)
    assert not any(looks(stillness, [3] * allowed))


def test_a_watcher_that_stood_still_itself_charges_two_looks() -> None:
    stillness = begun(7)
    assert looks(stillness, [8] * 9, passed_s=3600.0) == [False] * 9
    assert stillness.still_s == 9 * 2 * LOOK_S
