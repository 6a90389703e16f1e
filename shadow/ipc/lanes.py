"""The listeners' counters, in a file that all processes map: the denominator of all evidence.

A lane is one listener incarnation and owns one slot; only that listener writes it, anyone may read. The file
outlives every process, so that even after a power cut the accepted requests are known.

A slot is 128 unsigned 64-bit words, in the byte order of this machine: version (odd while its owner writes), state,
started_at in microseconds, accepted, open, handed, then the endings decided at the listener, by `ENDINGS`; from word 48
on: since when the listener has paused mirroring by itself (microseconds, 0: it has not), by how much its loop lags
(microseconds), then the exchanges handed over to be mirrored and those shed for want of room, each by `CLASSES`. The
latter four add nothing to the sum: they tell about it. The last three words are the listener's pulse: when it last ran
round (monotonic microseconds), the bytes of copies it holds, and the requests it refused.
"""

from __future__ import annotations

import mmap
import os
import struct
from enum import IntEnum
from pathlib import Path
from typing import Final

import msgspec

from shadow.errors import LedgerError
from shadow.ipc.classes import CLASSES
from shadow.records import Lane, Outcome

# The closed set of endings that a listener can decide; their order is part of the file's format.
ENDINGS: tuple[tuple[Outcome, str], ...] = (
    (Outcome.shed, "tee_full"),
    (Outcome.shed, "sender_lost"),
    (Outcome.skipped, "policy"),
    (Outcome.skipped, "sampled_out"),
    (Outcome.skipped, "paused"),
    (Outcome.not_comparable, "too_large"),
    (Outcome.not_comparable, "client_gone"),
    (Outcome.not_comparable, "upgrade"),
    (Outcome.primary_failed, "refused"),
    (Outcome.primary_failed, "connect_timeout"),
    (Outcome.primary_failed, "unreachable"),
    (Outcome.primary_failed, "dns"),
    (Outcome.primary_failed, "exhausted"),
    (Outcome.primary_failed, "reset"),
    (Outcome.primary_failed, "protocol"),
    (Outcome.primary_failed, "timeout"),
    (Outcome.not_comparable, "trailers"),
    (Outcome.primary_failed, "tls"),
)
_INDEX = {ending: position for position, ending in enumerate(ENDINGS)}

_MAGIC = b"SHADOWL2"
_HEADER_BYTES = 512
_SLOT_WORDS = 128
_SLOT_BYTES = _SLOT_WORDS * 8
_FIRST_ENDING: Final = 6
_WORDS = struct.Struct(f"={_FIRST_ENDING + len(ENDINGS)}Q")
_NOTES = struct.Struct(f"={2 + 2 * len(CLASSES)}Q")
_FIRST_NOTE: Final = 48
_PULSE = struct.Struct("=QQQ")
_FIRST_PULSE: Final = 125
_MIRRORED: Final = 2
_SHED: Final = _MIRRORED + len(CLASSES)


class _State(IntEnum):
    free = 0
    running = 1
    closed = 2


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener tells of itself a few times a second while it runs. `beat_s` is a reading of the machine's
    monotonic clock, 0 before the first beat."""

    lane: str
    started_at: float
    running: bool
    beat_s: float
    waiting_bytes: int
    refused: int


def ending_name(ending: tuple[Outcome, str]) -> str:
    """The text form of an ending, `shed(tee_full)`."""
    return f"{ending[0]}({ending[1]})"


class LaneFile:
    """The mapped file. One process (the supervisor) creates it and hands out slots."""

    def __init__(self, path: Path, *, slots: int = 0) -> None:
        """Create the file with `slots` slots, or map an existing one (0). Raises LedgerError when it is not ours."""
        if slots:
            with path.open("wb") as file:
                file.write(_MAGIC.ljust(16, b"\0") + os.urandom(8).hex().encode())
                file.flush()
                # Real blocks, not a hole: writing to a mapped hole on a full disk kills the process (SIGBUS).
                os.posix_fallocate(file.fileno(), 0, _HEADER_BYTES + slots * _SLOT_BYTES)
        with path.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            if size < _HEADER_BYTES:
                raise LedgerError(f"{path} is not a lane file.", "Remove it and start the mirror again.")
            self._map = mmap.mmap(file.fileno(), size)
        if self._map[:8] != _MAGIC:
            self._map.close()
            raise LedgerError(f"{path} is not a lane file.", "Remove it and start the mirror again.")
        self._cells: list[memoryview[int]] = []
        self.run_id = self._map[16:32].decode("ascii")
        self.slots = (size - _HEADER_BYTES) // _SLOT_BYTES

    def close(self) -> None:
        """Unmap the file."""
        for cells in self._cells:
            cells.release()
        self._map.close()

    def lane_id(self, slot: int) -> str:
        """The lane's name: the run's id and the slot."""
        return f"{self.run_id}-{slot}"

    def free_slot(self) -> int | None:
        """The first slot never used in this run, or None when all are."""
        for slot in range(self.slots):
            if self._words(slot)[1] == _State.free:
                return slot
        return None

    def reserve(self, slot: int, started_at: float) -> None:
        """Give a slot to a listener that is about to start."""
        _WORDS.pack_into(self._map, self._offset(slot), 0, _State.running, int(started_at * 1e6),
                         *([0] * (3 + len(ENDINGS))))
        _NOTES.pack_into(self._map, self._offset(slot) + _FIRST_NOTE * 8, *([0] * (2 + 2 * len(CLASSES))))
        _PULSE.pack_into(self._map, self._offset(slot) + _FIRST_PULSE * 8, 0, 0, 0)

    def close_lane(self, slot: int) -> None:
        """Mark the lane's listener as gone; called by the supervisor once the process has been reaped."""
        struct.pack_into("=Q", self._map, self._offset(slot) + 8, _State.closed)

    def writer(self, slot: int) -> LaneCounters:
        """The counters of a slot, for its one owner."""
        start = self._offset(slot)
        cells = memoryview(self._map)[start : start + _SLOT_BYTES].cast("Q")
        self._cells.append(cells)
        return LaneCounters(cells)

    def read(self) -> tuple[Lane, ...]:
        """All lanes of the run, each a consistent snapshot."""
        lanes = []
        for slot in range(self.slots):
            lane = self._read(slot)
            if lane is None:
                break  # slots are given away in order, and never back
            lanes.append(lane)
        return tuple(lanes)

    def pulses(self) -> tuple[Pulse, ...]:
        """The pulse of every lane, oldest first."""
        found = []
        for slot in range(self.slots):
            words = self._words(slot)
            if words[1] == _State.free:
                break
            beat, waiting, refused = _PULSE.unpack_from(self._map, self._offset(slot) + _FIRST_PULSE * 8)
            found.append(Pulse(
                lane=self.lane_id(slot), started_at=words[2] / 1e6, running=words[1] == _State.running,
                beat_s=beat / 1e6, waiting_bytes=waiting, refused=refused,
            ))
        return tuple(found)

    def _offset(self, slot: int) -> int:
        return _HEADER_BYTES + slot * _SLOT_BYTES

    def _words(self, slot: int) -> tuple[int, ...]:
        return _WORDS.unpack_from(self._map, self._offset(slot))

    def _notes(self, slot: int) -> tuple[int, ...]:
        return _NOTES.unpack_from(self._map, self._offset(slot) + _FIRST_NOTE * 8)

    def _read(self, slot: int) -> Lane | None:
        for _ in range(1000):
            before = self._words(slot)
            if before[1] == _State.free:
                return None
            after = self._words(slot)
            if before == after and before[0] % 2 == 0:
                return self._lane(slot, before)
        # Its owner died in the middle of a write: at most one event is half there. What is sure are the endings;
        # `open` is what makes the sum hold.
        words = list(self._words(slot))
        words[3] = max(words[3], words[5] + sum(words[_FIRST_ENDING:]))
        words[4] = words[3] - words[5] - sum(words[_FIRST_ENDING:])
        return self._lane(slot, tuple(words))

    def _lane(self, slot: int, words: tuple[int, ...]) -> Lane:
        # Outside the sequence lock: each word is whole, and a reading that is one event older harms nothing.
        notes = self._notes(slot)
        return Lane(
            lane=self.lane_id(slot),
            started_at=words[2] / 1e6,
            closed=words[1] == _State.closed,
            accepted=words[3],
            open=words[4],
            handed=words[5],
            local={ending_name(ENDINGS[i]): n for i, n in enumerate(words[_FIRST_ENDING:]) if n},
            paused_at=notes[0] / 1e6,
            lag_s=notes[1] / 1e6,
            mirrored=_by_class(notes[_MIRRORED:_SHED]),
            shed=_by_class(notes[_SHED:]),
        )


def _by_class(counts: tuple[int, ...]) -> dict[str, int]:
    return {name: n for name, n in zip(CLASSES, counts, strict=True) if n}


class LaneCounters:
    """The writing side of one slot. Every method leaves accepted == open + handed + endings."""

    __slots__ = ("_cells", "_version", "handed")

    def __init__(self, cells: memoryview[int]) -> None:
        self._cells = cells
        self._version = cells[0]
        self.handed = cells[5]

    # A sequence lock: readers discard what they see while the version is odd or changed under them.

    def accept(self) -> None:
        """A request began."""
        cells = self._cells
        version = self._version
        cells[0] = version + 1
        cells[3] += 1
        cells[4] += 1
        cells[0] = self._version = version + 2

    def hand_over(self) -> int:
        """An open request gets a sequence number, which is returned, and leaves the listener."""
        cells = self._cells
        version = self._version
        self.handed = handed = self.handed + 1
        cells[0] = version + 1
        cells[4] -= 1
        cells[5] = handed
        cells[0] = self._version = version + 2
        return handed

    def end(self, ending: tuple[Outcome, str]) -> None:
        """An open request ends here. Raises KeyError for an ending outside the closed set."""
        position = _FIRST_ENDING + _INDEX[ending]
        cells = self._cells
        version = self._version
        cells[0] = version + 1
        cells[4] -= 1
        cells[position] += 1
        cells[0] = self._version = version + 2

    def mirrored(self, request_class: int) -> None:
        """What was handed over is to be mirrored, and of this class (`shadow.ipc.classes`)."""
        self._cells[_FIRST_NOTE + _MIRRORED + request_class] += 1

    def shed(self, request_class: int) -> None:
        """What was shed here was of this class."""
        self._cells[_FIRST_NOTE + _SHED + request_class] += 1

    def pause(self, at: float) -> None:
        """The listener has stopped mirroring by itself, at an instant; 0: it goes on."""
        self._cells[_FIRST_NOTE] = int(at * 1e6)

    def lag(self, lag_s: float) -> None:
        """By how much the listener's loop lags."""
        self._cells[_FIRST_NOTE + 1] = int(lag_s * 1e6)

    def beat(self, now_s: float, *, waiting_bytes: int, refused: int) -> None:
        """The listener is alive; once in a while, not for each request."""
        cells = self._cells
        cells[_FIRST_PULSE] = int(now_s * 1e6)
        cells[_FIRST_PULSE + 1] = waiting_bytes
        cells[_FIRST_PULSE + 2] = refused
