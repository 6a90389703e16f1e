"""Evidence of one endpoint over an hour or a day, folded from its blocks. Pure.

Counts are summed exactly. What time-block statistics need is kept however coarse the tier: which minutes held a block
in which nothing failed, and the counts of each block in which something did.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import msgspec

from shadow.records import Outcome
from shadow.triage import EXCUSED as triage_excused

HOUR_S = 3600
DAY_S = 86400
MINUTE_S = 60

FAILING = frozenset({Outcome.mismatch.value, Outcome.candidate_failed.value})
EXCUSED = frozenset(triage.value for triage in triage_excused)
AGREEING = frozenset({Outcome.match.value, Outcome.noise_only.value, Outcome.expected.value})

_MOST = 2**31 - 1
"""Counts are packed as 32-bit integers; a larger one becomes several entries of one bucket, which add up."""

Noisy = tuple[int, int, int, int, int]
"""Minute of the rollup, trials, only new failed, only old failed, both failed."""


class Marks(msgspec.Struct, array_like=True):
    """The blocks of a rollup: `quiet` has a bit for each minute with a block in which nothing failed (little-endian),
    `noisy` lists the others."""

    quiet: bytes = b""
    noisy: list[Noisy] = []

    @property
    def quiet_blocks(self) -> int:
        """Blocks in which nothing failed."""
        return int.from_bytes(self.quiet, "little").bit_count()

    def follows(self) -> tuple[bool, ...]:
        """Return of each noisy block whether no quiet one lies between it and the noisy one before; False of the
        first."""
        if len(self.noisy) < 2:
            return (False,) * len(self.noisy)
        quiet = int.from_bytes(self.quiet, "little")
        minutes = [minute for minute, *_ in self.noisy]
        return tuple(
            index > 0 and not (quiet >> minutes[index - 1]) & ((1 << (minute - minutes[index - 1])) - 1)
            for index, minute in enumerate(minutes)
        )


class Rollup(msgspec.Struct, array_like=True):
    """All counts of one epoch, endpoint and hour or day, as they are stored (see docs/ledger.md)."""

    outcomes: list[tuple[str, str, str, int]] = []
    joints: list[tuple[str, int, int, int, int]] = []
    pairing: tuple[int, int, int, int] = (0, 0, 0, 0)
    ratios: list[tuple[str, int, float, float]] = []
    histograms: list[tuple[str, int, bytes]] = []
    sets: list[tuple[str, str, str, int, float]] = []
    """Outcome, set, triage, n, decided at (of the last decision)."""

    errors: Marks = msgspec.field(default_factory=Marks)
    parity: Marks = msgspec.field(default_factory=Marks)

    @property
    def requests(self) -> int:
        """Requests with an outcome."""
        return sum(n for *_, n in self.outcomes)


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Rollup).decode


def pack(counts: dict[int, int]) -> bytes:
    """Return bucket -> n as pairs of 32-bit integers in order of the buckets, machine order."""
    flat = array("i")
    for bucket in sorted(counts):
        n = counts[bucket]
        while n > _MOST:
            flat.extend((bucket, _MOST))
            n -= _MOST
        flat.extend((bucket, n))
    return flat.tobytes()


def unpack(packed: bytes) -> dict[int, int]:
    """Return what was packed."""
    flat = array("i", packed)
    counts: dict[int, int] = {}
    for bucket, n in zip(flat[::2], flat[1::2], strict=True):
        counts[bucket] = counts.get(bucket, 0) + n
    return counts


def mark(blocks: Iterable[tuple[float, int, int, int, int]], start: float) -> Marks:
    """Return the marks of blocks (start of the block, trials, only new failed, only old failed, both failed);
    blocks that begin in one minute count as one, empty ones do not count."""
    minutes: dict[int, list[int]] = {}
    for block_at, *counts in blocks:
        held = minutes.setdefault(int((block_at - start) // MINUTE_S), [0, 0, 0, 0])
        for index, n in enumerate(counts):
            held[index] += n
    quiet = 0
    noisy: list[Noisy] = []
    for minute, (n, new, old, both) in sorted(minutes.items()):
        if new or old or both:
            noisy.append((minute, n, new, old, both))
        elif n:
            quiet |= 1 << minute
    return Marks(_to_bytes(quiet), noisy)


def merge(parts: list[tuple[float, Rollup]], start: float) -> Rollup:
    """Return rollups (with their starts) as one that begins at `start`; every count is summed."""
    outcomes: dict[tuple[str, str, str], int] = {}
    joints: dict[str, list[int]] = {}
    pairing = [0, 0, 0, 0]
    ratios: dict[str, tuple[int, float, float]] = {}
    histograms: dict[tuple[str, int], dict[int, int]] = {}
    sets: dict[tuple[str, str, str], tuple[int, float]] = {}
    for _, part in parts:
        for outcome, reason, triage, n in part.outcomes:
            outcomes[outcome, reason, triage] = outcomes.get((outcome, reason, triage), 0) + n
        for criterion, *four in part.joints:
            joints[criterion] = [a + b for a, b in zip(joints.get(criterion, (0, 0, 0, 0)), four, strict=True)]
        pairing = [a + b for a, b in zip(pairing, part.pairing, strict=True)]
        for against, n, total, squares in part.ratios:
            held = ratios.get(against, (0, 0.0, 0.0))
            ratios[against] = (held[0] + n, held[1] + total, held[2] + squares)
        for leg, scale, packed in part.histograms:
            counts = histograms.setdefault((leg, scale), {})
            for bucket, n in unpack(packed).items():
                counts[bucket] = counts.get(bucket, 0) + n
        for outcome, identity, triage, n, decided_at in part.sets:
            before, last = sets.get((outcome, identity, triage), (0, 0.0))
            sets[outcome, identity, triage] = (before + n, max(last, decided_at))
    return Rollup(
        outcomes=[(*key, n) for key, n in sorted(outcomes.items())],
        joints=[(name, *_four(counts)) for name, counts in sorted(joints.items())],
        pairing=_four(pairing),
        ratios=[(against, *sums) for against, sums in sorted(ratios.items())],
        histograms=[(leg, scale, pack(counts)) for (leg, scale), counts in sorted(histograms.items())],
        sets=[(*key, *held) for key, held in sorted(sets.items())],
        errors=_merge_marks([(at, part.errors) for at, part in parts], start),
        parity=_merge_marks([(at, part.parity) for at, part in parts], start),
    )


def _merge_marks(parts: list[tuple[float, Marks]], start: float) -> Marks:
    """A minute that is quiet here and noisy there is noisy: nothing that came late makes evidence out of it."""
    quiet = 0
    noisy: dict[int, list[int]] = {}
    for at, marks in parts:
        shift = int((at - start) // MINUTE_S)
        quiet |= int.from_bytes(marks.quiet, "little") << shift
        for minute, *counts in marks.noisy:
            held = noisy.get(minute + shift, [0, 0, 0, 0])
            noisy[minute + shift] = [a + b for a, b in zip(held, counts, strict=True)]
    for minute in noisy:
        quiet &= ~(1 << minute)
    return Marks(_to_bytes(quiet), [(minute, *_four(counts)) for minute, counts in sorted(noisy.items())])


def _four(counts: Iterable[int]) -> tuple[int, int, int, int]:
    a, b, c, d = counts
    return (a, b, c, d)


def _to_bytes(bits: int) -> bytes:
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")
