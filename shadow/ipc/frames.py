"""Length-prefixed frames on a byte stream: four bytes big-endian, then that many bytes of MessagePack."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Any, cast

import msgspec

_LENGTH = struct.Struct(">I")
MAX_FRAME_BYTES = 1 << 30
_NO_LENGTH = bytes(4)
# How long a frame waits for others at most, and how many bytes of them. Behind the comparison nobody waits at all: what
# the keeper commits together arrives together.
LATE_S = 0.003
UNHURRIED_S = 0.01
LATE_BYTES = 64 * 1024

_encoder = msgspec.msgpack.Encoder()


def pack(message: msgspec.Struct) -> bytes:
    """Return the frame of a message."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Cuts a stream into frames."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._wanted = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next piece of the stream; return the frames that are whole now.

        Raises ValueError for a length that no sender of ours would write (the stream is out of step)."""
        if self._wanted:
            self._pieces.append(data)
            self._wanted -= len(data)
            if self._wanted > 0:
                return []
            data = b"".join(self._pieces)
            self._pieces = []
        frames = []
        start, size = 0, len(data)
        wanted = 4
        while size - start >= 4:
            (length,) = _LENGTH.unpack_from(data, start)
            if length > MAX_FRAME_BYTES:
                raise ValueError(f"a frame of {length} bytes was announced")
            wanted = 4 + length
            if size - start < wanted:
                break
            frames.append(data[start + 4 : start + wanted])
            start += wanted
            wanted = 4
        # Until a frame is whole its pieces are only kept: a large one comes in hundreds of them.
        self._wanted = start + wanted - size if start < size else 0
        if self._wanted:
            self._pieces.append(data[start:])
        return frames


class FrameLink(asyncio.Protocol):
    """A connection that carries frames both ways; the owner passes what to do with them."""

    def __init__(
        self,
        *,
        on_frame: Callable[[FrameLink, bytes], None],
        on_open: Callable[[FrameLink], None] | None = None,
        on_closed: Callable[[FrameLink], None] | None = None,
        late_s: float = LATE_S,
    ) -> None:
        self._late_s = late_s
        self._on_frame = on_frame
        self._on_open = on_open
        self._on_closed = on_closed
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self._queued = bytearray()
        self._armed = False
        self._loop = asyncio.get_running_loop()
        self.closed = False
        # What the owner wants to remember about this link: the lane it speaks for, for instance.
        self.owner_data: Any = None

    @property
    def buffered_bytes(self) -> int:
        """Bytes written that the other side has not taken yet, the kernel's share not counted."""
        return len(self._queued) + (0 if self._transport is None else self._transport.get_write_buffer_size())

    def send(self, frame: bytes) -> None:
        """Write one frame, behind those that are queued; never waits."""
        if self._transport is not None and not self.closed:
            if self._queued:
                self._flush()
            self._transport.write(frame)

    def send_late(self, frame: bytes) -> None:
        """Write the frame within a few milliseconds, together with all that comes meanwhile: where nobody waits for
        it, waking the other side for each frame costs more than the frame."""
        if self._transport is not None and not self.closed:
            if not self._armed:
                self._arm()
            self._queued += frame
            if len(self._queued) > LATE_BYTES:
                self._flush()

    def send_message(self, message: msgspec.Struct, size_bytes: int) -> int:
        """Write a message of about this size as `send_late` writes a frame, copying it once, a large one not at all.
        Return its frame's length, 0 where nobody is there to take it."""
        if self._transport is None or self.closed:
            return 0
        queued = self._queued
        start = len(queued)
        if start + size_bytes > LATE_BYTES:
            self._flush()
            body = _encoder.encode(message)
            self._transport.write(_LENGTH.pack(len(body)))
            self._transport.write(body)
            return len(body) + 4
        if not self._armed:
            self._arm()
        queued += _NO_LENGTH
        _encoder.encode_into(message, queued, -1)
        size = len(queued) - start
        _LENGTH.pack_into(queued, start, size - 4)
        return size

    def _arm(self) -> None:
        self._armed = True
        self._loop.call_later(self._late_s, self._ring)

    def _ring(self) -> None:
        """Write what waited for company, unless the other side is so far behind that it would only lie in the
        transport: there each write takes some hundred bytes beside its own, which nobody counts."""
        self._armed = False
        transport = self._transport
        if not self._queued or transport is None or self.closed:
            return
        if transport.get_write_buffer_size() > LATE_BYTES:
            self._arm()
        else:
            self._flush()

    def _flush(self) -> None:
        queued = self._queued
        if queued:
            # What is written has exactly its size: the queue has room to grow, which nobody counts.
            self._queued = bytearray()
            if self._transport is not None and not self.closed:
                self._transport.write(bytes(queued))

    def pause(self) -> None:
        """Stop reading, so that the other side's buffer fills."""
        if self._transport is not None and not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None and self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def close(self) -> None:
        """Close after what was written has been taken."""
        if self._queued:
            self._flush()
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._on_open is not None:
            self._on_open(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._on_closed is not None:
            self._on_closed(self)

    def data_received(self, data: bytes) -> None:
        try:
            frames = self._reader.feed(data)
        except ValueError:
            assert self._transport is not None
            self._transport.abort()
            return
        for frame in frames:
            self._on_frame(self, frame)
