"""Latency distributions of the legs of one endpoint, as geometry that a template draws.

The x axis is logarithmic (durations), the y axis is the share of the leg's own requests per step, so that legs
with different numbers of requests can be compared.
"""

from __future__ import annotations

import math

import msgspec

from reports.document import LatencyLine
from reports.page.text import one_line
from reports.page.times import duration

WIDTH = 640.0
HEIGHT = 120.0
MAX_STEPS = 80
_STEP = 0.25  # in powers of two: four steps for each doubling
_LEGS = ("primary", "secondary", "candidate")


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """A label on the x axis."""

    x: str
    label: str


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """One leg's outline as an SVG path, and where its median lies (empty where unknown)."""

    leg: str
    tone: str
    path: str
    median_x: str


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """All legs of one endpoint. `summary` says in words what the picture shows."""

    curves: tuple[Curve, ...]
    ticks: tuple[Tick, ...]
    summary: str


def chart_of(lines: tuple[LatencyLine, ...]) -> Chart | None:
    """The chart, or None where no leg has a usable bucket. Buckets are (upper edge in seconds, count)."""
    usable = [(line, found) for line in lines if (found := _usable(line))]
    edges = [math.log2(edge) for _, found in usable for edge, _ in found]
    if not edges:
        return None
    step = max(_STEP, (max(edges) - min(edges)) / MAX_STEPS)
    low = math.floor(min(edges) / step) * step - step
    steps = math.ceil((max(edges) - low) / step) + 1
    shares = [(line, _shares(found, low, step, steps)) for line, found in usable]
    top = max(max(found) for _, found in shares)
    return Chart(
        curves=tuple(
            Curve(
                leg=one_line(line.leg, 20),
                tone=line.leg if line.leg in _LEGS else "other",
                path=_outline(found, top),
                median_x=_median(line, low, step * steps),
            )
            for line, found in shares
        ),
        ticks=_ticks(low, step * steps),
        summary="; ".join(f"{one_line(line.leg, 20)}: half within {duration(line.p50_s)}" for line, _ in usable),
    )


def _usable(line: LatencyLine) -> list[tuple[float, int]]:
    return [(edge, n) for edge, n in line.buckets if n > 0 and 1e-9 < edge < 1e9]


def _shares(buckets: list[tuple[float, int]], low: float, step: float, steps: int) -> list[float]:
    counts = [0] * steps
    for edge, n in buckets:
        # An edge closes its step, so a hair below it decides the step.
        counts[min(max(math.ceil((math.log2(edge) - low) / step - 1e-9) - 1, 0), steps - 1)] += n
    whole = sum(counts)
    return [n / whole for n in counts]


def _outline(shares: list[float], top: float) -> str:
    width = WIDTH / len(shares)
    parts = [f"M0 {HEIGHT:.1f}"]
    level = 0.0
    for index, share in enumerate(shares):
        if share != level:
            parts.append(f"H{index * width:.1f}V{HEIGHT - HEIGHT * share / top:.1f}")
            level = share
    parts.append(f"H{WIDTH:.1f}" if not level else f"H{WIDTH:.1f}V{HEIGHT:.1f}")
    return "".join(parts)


def _median(line: LatencyLine, low: float, span: float) -> str:
    if line.p50_s is None or line.p50_s <= 0:
        return ""
    place = (math.log2(line.p50_s) - low) / span
    return f"{WIDTH * place:.1f}" if 0 <= place <= 1 else ""


def _ticks(low: float, span: float) -> tuple[Tick, ...]:
    """Round durations that fall into the chart: 1-2-5 steps, finer ones where those are few, at most eight."""
    kept = _marks(low, span, (1, 2, 5))
    if len(kept) < 4:
        kept = _marks(low, span, (1, 1.5, 2, 3, 4, 5, 7))
    every = math.ceil(len(kept) / 8) or 1
    return tuple(Tick(x=f"{WIDTH * place:.1f}", label=_edge(mark)) for mark, place in kept[::every])


def _marks(low: float, span: float, mantissas: tuple[float, ...]) -> list[tuple[float, float]]:
    """Round durations in seconds with their place between 0 and 1, clear of both ends."""
    decades = range(math.floor(low * math.log10(2)) - 1, math.ceil((low + span) * math.log10(2)) + 1)
    marks = [mantissa * 10.0**decade for decade in decades for mantissa in mantissas]
    places = [(mark, (math.log2(mark) - low) / span) for mark in marks]
    return [(mark, place) for mark, place in places if 0.03 <= place <= 0.97]


def _edge(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:g} µs"
    return f"{seconds * 1e3:g} ms" if seconds < 1 else f"{seconds:g} s"
