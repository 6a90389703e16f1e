"""The digest that binds a judgement to its evidence: SHA-256 over canonical JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Protocol

import msgspec

from reports.evidence.cells import DAY_S, Cells, cells_of
from reports.evidence.histogram import Histograms, histograms_by_leg
from shadow.ledger.evidence import Evidence, SetMember


class Hash(Protocol):
    """What takes bytes one after another."""

    def update(self, data: bytes, /) -> None:
        """Take more."""


ENCODER = msgspec.json.Encoder(order="deterministic")

CHUNK = 4096
"""Lines hashed at once."""

UNBOUND = frozenset({"path", "read_at", "since", "until", "stalled_s"})
"""Where and when the evidence was read is no part of what it says."""

TIERED = frozenset({"outcomes", "joints", "pairings", "ratios", "histograms", "latencies", "sets", "watches"})
"""Rows that fold into hours and days: hashed as sums that folding does not change."""

DERIVED = frozenset({"marks", "totals", "signoffs"})
"""What folding keeps of blocks, which the sums already say; and signatures, which are about evidence, not of it."""


def evidence_digest(
    evidence: Evidence, histograms: Histograms | None = None, cells: Cells | None = None
) -> str:
    """Return the digest of the evidence, the same in whatever order its rows were read and however they were folded.

    `histograms` and `cells` save adding them up once more.
    """
    found = sha256()
    for name in sorted(evidence.__struct_fields__):
        if name in UNBOUND or name in TIERED or name in DERIVED:
            continue
        value = getattr(evidence, name)
        found.update(name.encode() + b"\0")
        if isinstance(value, tuple):
            hash_lines(found, value)
        else:
            found.update(ENCODER.encode(value))
        found.update(b"\0")
    if histograms is None:
        histograms = histograms_by_leg(evidence.histograms, evidence.latencies)
    buckets: list[object] = [(*key, one.scale, one.counts) for key, one in histograms.items()]
    for table in (*tables(evidence, cells_of(evidence.outcomes) if cells is None else cells), buckets):
        hash_lines(found, table)
        found.update(b"\0")
    return found.hexdigest()


def hash_lines(found: Hash, rows: Sequence[object]) -> None:
    """Hash rows whatever their order: one line a row, since JSON escapes line ends; a million take a second."""
    lines = ENCODER.encode_lines(rows).split(b"\n")
    lines.sort()
    for start in range(0, len(lines), CHUNK):
        found.update(b"\n".join(lines[start : start + CHUNK]) + b"\n")


def tables(evidence: Evidence, cells: Cells) -> Iterator[list[object]]:
    """Yield the tiered rows as sums. Sums of logarithms, whose last digits depend on the order of adding, have six
    digits."""
    yield summed({
        f"{endpoint}\0{outcome}\0{triage}\0{reason}": [sum([n for _, n in held])]
        for (endpoint, outcome, reason, triage), held in cells.items()
    })  # fmt: skip
    joints: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in evidence.joints:
        four = joints[row.endpoint, row.criterion]
        four[0] += row.both_ok
        four[1] += row.old_bad
        four[2] += row.new_bad
        four[3] += row.both_bad
    yield summed({f"{endpoint}\0{criterion}": four for (endpoint, criterion), four in joints.items()})
    pairings: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for pairing in evidence.pairings:
        four = pairings[pairing.endpoint]
        four[0] += pairing.both
        four[1] += pairing.only_old
        four[2] += pairing.only_new
        four[3] += pairing.neither
    yield summed(pairings)
    watches: dict[str, list[float]] = defaultdict(lambda: [0, 0])
    for watch in evidence.watches:
        seen = watches[f"{watch.name}\0{watch.block_at // DAY_S}"]
        seen[0] += round(watch.seconds, 1)
        seen[1] += round(watch.n, 3)
    yield summed(watches)
    yield summed(sets_of(evidence))
    logs: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    for ratio in evidence.ratios:
        three = logs[ratio.endpoint, ratio.against]
        three[0] += ratio.n
        three[1] += ratio.sum_log
        three[2] += ratio.sum_log2
    yield [(key, n, f"{total:.6g}", f"{squares:.6g}") for key, (n, total, squares) in logs.items()]


def sets_of(evidence: Evidence) -> dict[str, list[int]]:
    """Return how many exchanges had each set of signatures, by endpoint, outcome and triage."""
    # A set's members are one object for all rows of it, which live as long as the evidence.
    counts: dict[tuple[str, str, str, int], int] = defaultdict(int)
    members: dict[int, tuple[SetMember, ...]] = {}
    for row in evidence.sets:
        identity = id(row.members)
        counts[row.endpoint, row.outcome, row.triage, identity] += row.n
        members[identity] = row.members
    written = {identity: ENCODER.encode(held).decode() for identity, held in members.items()}
    found: dict[str, list[int]] = defaultdict(lambda: [0])
    for (endpoint, outcome, triage, identity), n in counts.items():
        found[f"{endpoint}\0{outcome}\0{triage}{written[identity]}"][0] += n
    return found


def summed(sums: Mapping[str, Sequence[float]]) -> list[object]:
    """Return sums with their keys, without those that are all zero."""
    return [(key, *counts) for key, counts in sums.items() if any(counts)]
