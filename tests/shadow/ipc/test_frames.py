"""Frames on a stream, however it is cut."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.ipc.frames import LATE_S, MAX_FRAME_BYTES, FrameLink, FrameReader, pack
from shadow.ipc.messages import Hello, tee_decoder


def framed(*bodies: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(body)) + body for body in bodies)


def test_pack_is_a_length_and_a_message() -> None:
    hello = Hello(lane="a", first_seq=7)
    frame = pack(hello)
    assert struct.unpack(">I", frame[:4]) == (len(frame) - 4,)
    assert tee_decoder.decode(frame[4:]) == hello


def test_a_stream_split_at_every_byte() -> None:
    bodies = [b"one", b"", b"three" * 10]
    stream = framed(*bodies)
    for cut in range(len(stream) + 1):
        reader = FrameReader()
        assert reader.feed(stream[:cut]) + reader.feed(stream[cut:]) == bodies
    reader = FrameReader()
    assert [frame for i in range(len(stream)) for frame in reader.feed(stream[i : i + 1])] == bodies


@given(bodies=st.lists(st.binary(max_size=50), max_size=8), sizes=st.lists(st.integers(1, 40)))
def test_any_cutting_gives_the_same_frames(bodies: list[bytes], sizes: list[int]) -> None:
    stream, reader, got, at = framed(*bodies), FrameReader(), [], 0
    for size in [*sizes, len(stream) + 1]:
        got += reader.feed(stream[at : at + size])
        at += size
    assert got == bodies


def test_a_length_that_nobody_writes_is_refused() -> None:
    with pytest.raises(ValueError, match=f"{MAX_FRAME_BYTES + 1} bytes"):
        FrameReader().feed(struct.pack(">I", MAX_FRAME_BYTES + 1))
    assert FrameReader().feed(struct.pack(">I", MAX_FRAME_BYTES)) == []


async def linked(path: Path, got: list[bytes], **callbacks: Any) -> tuple[asyncio.Server, FrameLink, FrameLink]:
    """A server's link and a client's link that are connected to each other."""
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[FrameLink] = loop.create_future()
    server = await loop.create_unix_server(
        lambda: FrameLink(on_frame=lambda link, frame: got.append(frame), on_open=opened.set_result, **callbacks),
        str(path),
    )
    _, mine = await loop.create_unix_connection(lambda: FrameLink(on_frame=lambda link, frame: None), str(path))
    return server, await opened, mine


class Counting:
    """A transport whose writes are noted."""

    def __init__(self, transport: asyncio.Transport, written: list[bytes]) -> None:
        self._transport = transport
        self._written = written

    def write(self, data: bytes) -> None:
        self._written.append(data)
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


async def settle(done: Any) -> None:
    while not done():
        await asyncio.sleep(0.001)


def test_frames_arrive_in_order_and_close_waits_for_them(run: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        got: list[bytes] = []
        server, theirs, mine = await linked(tmp_path / "s", got)
        bodies = [b"%d" % n + bytes(n) for n in range(0, 500_000, 50_000)]
        for body in bodies:
            mine.send(framed(body))
        mine.close()
        await settle(lambda: theirs.closed and mine.closed)
        assert got == bodies
        mine.send(framed(b"late"))  # harmless
        server.close()

    run(scenario())


def test_however_frames_are_sent_they_keep_their_order(run: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        got: list[bytes] = []
        server, theirs, mine = await linked(tmp_path / "s", got)
        ways: list[Callable[[Hello], None]] = [
            lambda hello: mine.send_late(pack(hello)),
            lambda hello: mine.send_message(hello, 10),
            lambda hello: mine.send(pack(hello)),
            lambda hello: mine.send_message(hello, 1_000_000),
        ]
        # Each way behind each other one.
        hellos = [Hello(lane=str(at), first_seq=at) for at in range(40)]
        for hello, way in zip(hellos, [ways[n] for n in (0, 1, 2, 3, 1, 0, 3, 2, 0, 2) * 4], strict=True):
            way(hello)
        mine.send_late(framed(b"x"))
        # Queued ones count as not taken yet, since nobody has them.
        assert mine.buffered_bytes >= 5
        await settle(lambda: len(got) == len(hellos) + 1)
        assert [tee_decoder.decode(body) for body in got[:-1]] == hellos
        mine.send_message(hellos[0], 10)
        mine.close()
        await settle(lambda: theirs.closed)
        assert tee_decoder.decode(got[-1]) == hellos[0]
        mine.send_message(hellos[0], 10)  # harmless
        server.close()

    run(scenario())


def test_late_frames_wait_for_each_other_but_not_for_many(run: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        got: list[bytes] = []
        server, theirs, mine = await linked(tmp_path / "s", got)
        mine.send_late(framed(b"a"))
        await asyncio.sleep(0)
        assert mine.buffered_bytes == 5
        mine.send_late(framed(bytes(100_000)))
        assert not mine._queued
        await settle(lambda: len(got) == 2)
        mine.close()
        await settle(lambda: theirs.closed)
        server.close()

    run(scenario())


def test_behind_a_reader_that_does_not_follow_frames_lie_together(run: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        got: list[bytes] = []
        server, theirs, mine = await linked(tmp_path / "s", got)
        theirs.pause()
        mine.send(framed(bytes(2_000_000)))
        hello = Hello(lane="a", first_seq=1)
        before = mine.buffered_bytes
        written: list[bytes] = []
        transport: Any = mine._transport
        mine._transport = cast(Any, Counting(transport, written))
        for _ in range(20):
            mine.send_message(hello, 10)
            await asyncio.sleep(LATE_S)
        assert not written
        assert before < mine.buffered_bytes < before + 20 * 40
        theirs.resume()
        await settle(lambda: len(got) == 21)
        assert len(written) == 1
        mine.close()
        await settle(lambda: theirs.closed)
        server.close()

    run(scenario())


def test_a_paused_reader_lets_the_writers_buffer_grow_and_then_takes_all(run: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        got: list[bytes] = []
        server, theirs, mine = await linked(tmp_path / "s", got)
        theirs.pause()
        theirs.pause()
        for _ in range(40):
            mine.send(framed(bytes(100_000)))
        await asyncio.sleep(0.02)
        assert got == []
        assert mine.buffered_bytes > 2_000_000
        theirs.resume()
        await settle(lambda: len(got) == 40)
        assert mine.buffered_bytes == 0
        mine.close()
        await settle(lambda: theirs.closed)
        theirs.resume()  # harmless
        server.close()

    run(scenario())


def test_a_stream_out_of_step_ends_the_link(run: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        got: list[bytes] = []
        closed: list[FrameLink] = []
        server, theirs, mine = await linked(tmp_path / "s", got, on_closed=closed.append)
        mine.send(framed(b"good") + b"\xff\xff\xff\xff")
        await settle(lambda: theirs.closed and mine.closed)
        assert closed == [theirs]
        server.close()

    run(scenario())
