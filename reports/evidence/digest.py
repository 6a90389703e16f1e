"""The digest that binds a judgement to its evidence: SHA-256 over canonical JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Protocol

import msgspec

from reports.evidence.histogram import Histograms, histograms_by_leg
from shadow.ledger.evidence import Evidence


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

DAY_S = 86400.0


def evidence_digest(evidence: Evidence, histograms: Histograms | None = None) -> str:
    """Return the digest of the evidence, the same in whatever order its rows were read and however they were folded.

    `histograms` saves adding them up once more.
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
    for table in (*tables(evidence), buckets):
        hash_lines(found, table)
        found.update(b"\0")
    return found.hexdigest()


def hash_lines(found: Hash, rows: Sequence[object]) -> None:
    """Hash rows whatever their order: one line a row, since JSON escapes line ends; a million take a second."""
    lines = ENCODER.encode_lines(rows).split(b"\n")
    lines.sort()
    for start in range(0, len(lines), CHUNK):
        found.update(b"\n".join(lines[start : start + CHUNK]) + b"\n")


def tables(evidence: Evidence) -> Iterator[list[object]]:
    """Yield the tiered rows as sums. Sums of logarithms, whose last digits depend on the order of adding, have six
    digits."""
    yield summed((row.endpoint + "\0" + row.outcome + "\0" + row.triage + "\0" + row.reason, (row.n,))
                 for row in evidence.outcomes)  # fmt: skip
    yield summed((row.endpoint + "\0" + row.criterion, (row.both_ok, row.old_bad, row.new_bad, row.both_bad))
                 for row in evidence.joints)  # fmt: skip
    yield summed((row.endpoint, (row.both, row.only_old, row.only_new, row.neither)) for row in evidence.pairings)
    yield summed((f"{row.name}\0{row.block_at // DAY_S}", (round(row.seconds, 1), round(row.n, 3)))
                 for row in evidence.watches)  # fmt: skip
    # A set's members are one object for all rows of it.
    written: dict[int, str] = {id(row.members): "" for row in evidence.sets}
    for row in evidence.sets:
        written[id(row.members)] = written[id(row.members)] or ENCODER.encode(row.members).decode()
    yield summed((row.endpoint + "\0" + row.outcome + "\0" + row.triage + written[id(row.members)], (row.n,))
                 for row in evidence.sets)  # fmt: skip
    logs: dict[tuple[str, str], list[float]] = {}
    for ratio in evidence.ratios:
        held = logs.setdefault((ratio.endpoint, ratio.against.value), [0, 0.0, 0.0])
        held[0] += ratio.n
        held[1] += ratio.sum_log
        held[2] += ratio.sum_log2
    yield [(key, n, f"{total:.6g}", f"{squares:.6g}") for key, (n, total, squares) in logs.items()]


def summed(rows: Iterable[tuple[str, tuple[float, ...]]]) -> list[object]:
    """Return counts added up by key, without those that are all zero."""
    sums: dict[str, list[float]] = {}
    for key, counts in rows:
        held = sums.get(key)
        if held is None:
            sums[key] = list(counts)
        elif len(counts) == 1:
            held[0] += counts[0]
        else:
            for index, n in enumerate(counts):
                if n:
                    held[index] += n
    return [(key, *counts) for key, counts in sums.items() if any(counts)]
