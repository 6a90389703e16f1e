"""The hand-off: sequence numbers over the deaths of senders, and what happens when there is none or no room."""

from __future__ import annotations

import asyncio
from typing import Any

from shadow.ipc.messages import Handed, Hello

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET /g HTTP/1.1\r\nHost: x\r\n\r\n"


async def always_ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
    while await reader.readuntil(b"\r\n\r\n"):
        writer.write(OK)


def test_numbers_go_on_with_the_next_sender(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, settle: Any
) -> None:
    async def scenario() -> None:
        async with backend(always_ok) as port, mirroring(port) as m, client(m.port) as (reader, writer):

            async def ask(count: int) -> None:
                for _ in range(count):
                    writer.write(GET)
                    assert (await answer(reader))[2] == b"ok"

            await ask(2)
            await m.sender_has(2)
            await m.sender.stop()
            tee = m.listener._tees[0]
            await settle(lambda: tee._link is None)  # nothing outside tells when the loss was noticed
            await ask(3)
            assert m.lane().local == {"shed(sender_lost)": 3}
            first, m.sender.messages[:] = list(m.sender.messages), []
            await m.sender.start()
            await settle(lambda: m.sender.messages)
            await ask(1)
            await m.sender_has(1)
            assert isinstance(first[0], Hello)
            assert [first[0].first_seq, *(h.seq for h in first[1:] if isinstance(h, Handed))] == [1, 1, 2]
            assert m.sender.messages[0] == Hello(lane=first[0].lane, first_seq=3)
            assert [h.seq for h in m.sender.handed] == [3]
            lane = await m.settled(6)
            assert (lane.handed, lane.local) == (3, {"shed(sender_lost)": 3})

    run(scenario())


def test_a_sender_that_does_not_read_fills_the_tee_and_the_rest_is_shed(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, settle: Any
) -> None:
    body = bytes(200_000)
    big = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    async def always_big(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(big)

    async def scenario() -> None:
        async with (
            backend(always_big) as port, mirroring(port, tee_bytes=1 << 20) as m, client(m.port) as (reader, writer)
        ):
            for link in m.sender.links:
                link.pause()
            for count in range(1, 41):
                writer.write(GET)
                assert len((await answer(reader))[2]) == len(body)
                lane = await m.settled(count)
            (mirrored,), (shed,) = lane.mirrored.values(), lane.shed.values()
            assert 40 - shed == mirrored >= 4
            assert shed >= 30  # the tee's megabyte and the socket's own buffer
            assert m.listener.budget.waiting_bytes <= 1 << 20
            for link in m.sender.links:
                link.resume()
            await m.sender_has(lane.handed)
            assert len(m.sender.handed) == mirrored
            # What found no room is told of in a note, so that its endpoint is known.
            assert {(note.outcome, note.reason, note.target) for note in m.sender.notes} == {
                ("shed", "tee_full", b"/g")}
            assert len(m.sender.notes) + lane.local.get("shed(tee_full)", 0) == shed
            await settle(lambda: m.listener.budget.waiting_bytes == 0)

    run(scenario())


def test_when_there_is_no_room_for_notes_either_they_are_only_counted(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any
) -> None:
    async def scenario() -> None:
        async with (
            backend(always_ok) as port, mirroring(port, tee_bytes=0) as m, client(m.port) as (reader, writer)
        ):
            writer.write(GET)
            assert (await answer(reader))[2] == b"ok"
            lane = await m.settled(1)
            assert (lane.handed, lane.local, lane.shed) == (0, {"shed(tee_full)": 1}, {"GET <1KiB": 1})

    run(scenario())
