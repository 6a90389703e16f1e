"""Medians over rounds, ratios between subjects of the same round, and the targets. Pure."""

from __future__ import annotations

import statistics
from typing import Any, NamedTuple

Sample = dict[str, Any]

POSTGRES, DOCUMENTS, CROSS, MIXED = "PostgreSQL → PostgreSQL", "MongoDB → MongoDB", "PostgreSQL → MongoDB", "mixed"


class Target(NamedTuple):
    """A figure of ours by that of a peer in the same round; without a peer pairs per second and client core."""

    engines: str
    variant: str
    subject: str
    peer: str
    what: str
    bound: float


TARGETS = (
    Target(POSTGRES, "same", "shadow-fast", "reladiff", "wall_s", 0.50),
    Target(POSTGRES, "same", "shadow-fast", "reladiff", "server_cpu_s", 0.50),
    Target(POSTGRES, "same", "shadow-default", "reladiff", "wall_s", 0.65),
    Target(POSTGRES, "same", "shadow-default", "reladiff", "server_cpu_s", 0.65),
    Target(POSTGRES, "same", "shadow-fast", "limit-fast", "wall_s", 1.10),
    Target(POSTGRES, "same", "shadow-default", "limit-default", "wall_s", 1.10),
    Target(POSTGRES, "same", "shadow-fast", "", "mb", 2.0),
    Target(POSTGRES, "same", "shadow-default", "", "mb", 2.0),
    Target(POSTGRES, "10", "shadow-fast", "reladiff", "wall_s", 0.40),
    Target(POSTGRES, "10", "shadow-default", "reladiff", "wall_s", 0.50),
    Target(POSTGRES, "10", "shadow-fast", "datadiffer", "wall_s", 0.70),
    Target(POSTGRES, "10", "shadow-default", "datadiffer", "wall_s", 0.85),
    Target(POSTGRES, "1000", "shadow-fast", "reladiff-unsorted", "wall_s", 0.30),
    Target(POSTGRES, "1000", "shadow-fast", "reladiff-unsorted", "mb", 0.05),
    Target(POSTGRES, "1000", "shadow-fast", "datadiffer", "wall_s", 0.70),
    Target(POSTGRES, "1000", "shadow-default", "datadiffer", "wall_s", 0.85),
    Target(POSTGRES, "1000", "shadow-fast", "same", "wall_s", 1.50),
    Target(DOCUMENTS, "same", "shadow-documents", "raw-reads", "rows_s", 1.25),
    Target(CROSS, "same", "shadow-cross", "", "pairs", 200_000),
    Target(CROSS, MIXED, "shadow-cross", "", "pairs", 80_000),
)
PEAK_MB = 256
"""Client memory of ours at most, in every case."""


def timed(samples: list[Sample], engines: str, variant: str, subject: str) -> list[Sample]:
    """Return the samples of the timed rounds, in their order."""
    wanted = (engines, variant, subject)
    return [s for s in samples if s["round"] >= 0 and (s["engines"], s["variant"], s["subject"]) == wanted]


def median(samples: list[Sample], what: str) -> float:
    """Return the median of one figure over some samples, 0 where none has it."""
    found = [float(s[what]) for s in samples if what in s]
    return statistics.median(found) if found else 0.0


def is_good(sample: Sample) -> bool:
    """Return whether a subject found what was planted; the bare digest says only whether there is anything."""
    expected = min(1, sample["expected"]) if sample["subject"].startswith("limit") else sample["expected"]
    return sample["subject"] == "raw-reads" or sample["found"] == expected


def targets(samples: list[Sample]) -> list[dict[str, Any]]:
    """Return each target with the median, least and most over the rounds, where both were measured."""
    found = []
    for target in TARGETS:
        values = ratios(samples, target)
        if values:
            middle = statistics.median(values)
            met = middle >= target.bound if target.what == "pairs" else middle <= target.bound
            found.append({**target._asdict(), "median": middle, "least": min(values), "most": max(values), "met": met})
    peaks = [s["client_mb"] for s in samples if s["subject"].startswith("shadow")]
    if peaks:
        found.append({
            **Target("all", "all", "shadow", "", "peak_mb", PEAK_MB)._asdict(), "median": max(peaks),
            "least": min(peaks), "most": max(peaks), "met": max(peaks) <= PEAK_MB,
        })  # fmt: skip
    return found


def ratios(samples: list[Sample], target: Target) -> list[float]:
    """Return what a target is about, once per round; bytes are counted in one round only."""
    variant = target.peer if target.peer == "same" else target.variant
    peer = target.subject if target.peer == "same" else target.peer
    if target.what == "mb":
        counted = [s for s in samples if s["round"] < 0 and s["engines"] == target.engines and is_good(s)]
        ours = [s["mb"] for s in counted if (s["variant"], s["subject"]) == (target.variant, target.subject)]
        theirs = [s["mb"] for s in counted if (s["variant"], s["subject"]) == (variant, peer)] if peer else [1.0]
        return [one / other for one, other in zip(ours, theirs, strict=False)]
    ours = timed(samples, target.engines, target.variant, target.subject)
    if target.what == "pairs":
        return [min(s["rows"]) / s["client_cpu_s"] for s in ours if is_good(s)]
    # The peer of our check of the rows is its whole run: connecting is in neither.
    their_what = "wall_s" if target.what == "rows_s" else target.what
    theirs = timed(samples, target.engines, variant, peer)
    return [
        one[target.what] / other[their_what]
        for one, other in zip(ours, theirs, strict=False)
        if is_good(one) and other["found"] >= 0 and other[their_what]
    ]
