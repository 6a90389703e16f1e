"""Which connection a taker gets, and what happens when there is none."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from bench.live.host import free_port
from shadow.wire.address import Address
from shadow.wire.dial import ConnectError
from shadow.wire.pool import Pool


def pool(port: int, *, limit: int = 2, timeout_s: float = 5.0, idle_s: float = 60.0, host: str = "127.0.0.1") -> Pool:
    return Pool(Address(host=host, port=port), limit=limit, connect_timeout_s=timeout_s, idle_s=idle_s)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
    await reader.read()


async def settle(done: Callable[[], bool]) -> None:
    """Let callbacks run until `done`; the run's own limit ends a vain wait."""
    while not done():
        await asyncio.sleep(0.001)


async def reason_of(taking: Any) -> str:
    with pytest.raises(ConnectError) as caught:
        await taking
    return caught.value.reason


def test_the_last_one_returned_is_the_first_one_taken(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with backend(silent) as port:
            p = pool(port, limit=3)
            a, b, c = [await p.take() for _ in range(3)]
            assert len({a, b, c}) == 3
            assert p.take_idle() is None
            for connection in (b, a, c):
                p.release(connection)
            assert [p.take_idle(), await p.take(), p.take_idle()] == [c, a, b]
            assert p.take_idle() is None
            p.close()

    run(scenario())


def test_at_the_limit_the_next_in_line_gets_what_is_released(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with backend(silent) as port:
            p = pool(port, limit=1)
            first = await p.take()
            second, third = asyncio.create_task(p.take()), asyncio.create_task(p.take())
            await settle(lambda: "2 waiting" in repr(p))
            p.release(first)
            assert await second is first
            assert not third.done()
            p.release(first)
            assert await third is first
            p.close()

    run(scenario())


def test_a_lost_connection_makes_room_for_who_waits(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with backend(silent) as port:
            p = pool(port, limit=1)
            first = await p.take()
            second = asyncio.create_task(p.take())
            await settle(lambda: "1 waiting" in repr(p))
            first.abort()
            assert (await second) is not first
            p.close()

    run(scenario())


def test_waiting_ends_at_the_timeout_and_leaves_no_trace(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with backend(silent) as port:
            p = pool(port, limit=1, timeout_s=0.05)
            first = await p.take()
            assert await reason_of(p.take()) == "exhausted"
            p.release(first)
            assert "0 waiting" in repr(p)
            assert p.take_idle() is first
            p.close()

    run(scenario())


def test_a_taker_that_is_cancelled_as_its_turn_comes_loses_nothing(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with backend(silent) as port:
            p = pool(port, limit=1)
            first = await p.take()
            second = asyncio.create_task(p.take())
            await settle(lambda: "1 waiting" in repr(p))
            p.release(first)
            second.cancel()
            await asyncio.wait([second])
            assert second.cancelled()
            assert p.take_idle() is first
            p.close()

    run(scenario())


def test_a_taker_that_is_cancelled_while_it_waits_is_passed_over(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with backend(silent) as port:
            p = pool(port, limit=1)
            first = await p.take()
            second = asyncio.create_task(p.take())
            await settle(lambda: "1 waiting" in repr(p))
            third = asyncio.create_task(p.take())
            await settle(lambda: "2 waiting" in repr(p))
            second.cancel()
            await asyncio.wait([second])
            p.release(first)
            assert await third is first
            p.close()

    run(scenario())


def test_who_waits_learns_of_a_failed_attempt_to_connect(run: Any) -> None:
    """A place is free again after a refused connection; waiting for the whole timeout would call it exhausted."""

    async def scenario() -> list[str]:
        p = pool(free_port(), limit=1)
        return list(await asyncio.gather(*(reason_of(p.take()) for _ in range(4))))

    assert run(scenario(), limit_s=3) == ["refused"] * 4


def test_a_name_that_does_not_resolve(run: Any) -> None:
    async def scenario() -> list[str]:
        hosts = ("no-such-host.invalid", "x" * 64 + ".invalid")
        return [await reason_of(pool(80, host=host).take()) for host in hosts]

    assert run(scenario()) == ["dns", "dns"]


def test_a_backend_that_does_not_accept_is_a_connect_timeout(run: Any) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        port = sock.getsockname()[1]
        # The queue of a listener that never accepts: once full, further connections hang in the handshake.
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        try:
            assert run(reason_of(pool(port, timeout_s=0.2).take())) == "connect_timeout"
        finally:
            for filler in fillers:
                filler.close()


def test_fresh_is_new_even_where_one_is_idle(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with backend(silent) as port:
            p = pool(port, limit=2)
            first = await p.take()
            p.release(first)
            assert await p.take(fresh=True) is not first
            assert p.take_idle() is first
            p.close()

    run(scenario())


def test_fresh_at_the_limit_gives_up_one_idle_connection_and_no_more(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with backend(silent) as port:
            p = pool(port, limit=3)
            three = [await p.take() for _ in range(3)]
            for connection in three:
                p.release(connection)
            fresh = await p.take(fresh=True)
            assert fresh not in three
            assert [connection.closed for connection in three] == [True, False, False]
            assert "3 open, 2 idle" in repr(p)
            p.close()

    run(scenario())


def test_what_the_backend_closed_is_not_given_out(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        go = asyncio.Event()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await (go.wait() if number == 1 else reader.read())

        async with backend(play) as port:
            p = pool(port)
            first = await p.take()
            p.release(first)
            go.set()
            await settle(lambda: first.closed)
            assert "0 open, 0 idle" in repr(p)
            assert await p.take() is not first
            p.release(first)
            assert p.take_idle() is None
            p.close()

    run(scenario())


def test_what_was_idle_for_too_long_is_closed(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with backend(silent) as port:
            p = pool(port, idle_s=0.0)
            first = await p.take()
            p.release(first)
            await asyncio.sleep(0.01)
            assert p.take_idle() is None
            await settle(lambda: first.closed)
            assert "0 open" in repr(p)

    run(scenario())


def test_close_ends_idle_and_busy_connections(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with backend(silent) as port:
            p = pool(port)
            first, second = await p.take(), await p.take()
            p.release(first)
            p.close()
            await settle(lambda: first.closed and second.closed)
            assert "0 open, 0 idle, 0 waiting" in repr(p)

    run(scenario())
