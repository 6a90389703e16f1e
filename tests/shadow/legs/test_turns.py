"""One client's exchanges, arriving in whatever order."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.legs.turns import Turns


def play(arrivals: list[tuple[str, float]], *, window_s: float) -> list[tuple[str, float]]:
    """Let exchanges arrive at once; return them in the order in which they started."""
    started: list[tuple[str, float]] = []

    async def scenario() -> None:
        turns = Turns()
        turns.window_s = window_s
        for each in arrivals:
            turns.arrive(*each, lambda each=each: started.append(each))  # type: ignore[misc]
        if not window_s:
            assert started == arrivals
        else:
            assert (started, turns.held) == ([], len(arrivals))
        await asyncio.sleep(window_s * 1.5)
        assert turns.held == 0

    asyncio.run(scenario())
    return started


def test_without_a_window_everything_starts_as_it_comes() -> None:
    assert play([("a", 2.0), ("a", 1.0)], window_s=0.0) == [("a", 2.0), ("a", 1.0)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 9)), max_size=30))
def test_each_clients_order_is_that_of_their_beginnings(arrivals: list[tuple[str, float]]) -> None:
    started = play(arrivals, window_s=0.01)
    for client in "abc":
        assert [at for who, at in started if who == client] == sorted(at for who, at in arrivals if who == client)


def test_a_straggler_goes_first_and_nothing_waits_for_longer_than_the_window() -> None:
    started: list[str] = []

    async def scenario() -> None:
        turns = Turns()
        turns.window_s = 0.06
        turns.arrive("a", 2.0, lambda: started.append("second"))
        turns.arrive("b", 9.0, lambda: started.append("other"))
        await asyncio.sleep(0.03)
        turns.arrive("a", 1.0, lambda: started.append("first"))
        turns.arrive("a", 3.0, lambda: started.append("third"))
        await asyncio.sleep(0.045)
        assert started == ["first", "second", "other"]
        await asyncio.sleep(0.04)
        assert (started, turns.held) == (["first", "second", "other", "third"], 0)

    asyncio.run(scenario())


def test_a_window_that_closes_lets_what_is_held_go_first() -> None:
    started: list[str] = []

    async def scenario() -> None:
        turns = Turns()
        turns.window_s = 0.03
        turns.arrive("a", 1.0, lambda: started.append("held"))
        turns.window_s = 0.0
        turns.arrive("b", 1.0, lambda: started.append("at once"))
        turns.arrive("a", 2.0, lambda: started.append("after it"))
        assert started == ["at once"]
        await asyncio.sleep(0.05)

    asyncio.run(scenario())
    assert started == ["at once", "held", "after it"]
