"""Medians over rounds, ratios between subjects of the same round, and the targets. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any, NamedTuple

Sample = dict[str, Any]

# The case that the targets are about.
MAIN = {"method": "GET", "size": "1 KB", "connections": 32}


class Spread(NamedTuple):
    """A median over rounds with the least and the most."""

    median: float
    least: float
    most: float


def spread(values: list[float]) -> dict[str, float]:
    """Return the median, the least and the most of at least one value."""
    return Spread(statistics.median(values), min(values), max(values))._asdict()


def own_cpu_us(sample: Sample) -> float:
    """CPU per request of what stands in the live path: the whole proxy of a peer, the listener of Shadow."""
    cpu: dict[str, float] = sample["cpu_us"]
    return cpu.get("proxy", cpu.get("listener", 0.0))


def pair_cpu_us(sample: Sample) -> float:
    """CPU of listener per request plus sender per exchange that it completed; shedding does not make it cheaper."""
    return own_cpu_us(sample) + float(sample["cpu_us_per_completed"]["sender"])


def capacity(samples: list[Sample]) -> float:
    """The median rps of Shadow mirroring in the main case."""
    return statistics.median(s["rps"] for s in samples if s["subject"] == "shadow mirror" and s["case"] == MAIN)


def summarise(result: dict[str, Any]) -> dict[str, Any]:
    """Return the medians of each case and subject, and the targets with what was measured."""
    samples: list[Sample] = result["samples"]
    cases: list[dict[str, Any]] = []
    for sample in samples:
        if sample["case"] not in cases:
            cases.append(sample["case"])
    return {
        "cases": [{"case": case, "subjects": _subjects(samples, case)} for case in cases],
        "targets": _targets(samples) + _steady(result["fixed"]),
    }


def _subjects(samples: list[Sample], case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in dict.fromkeys(s["subject"] for s in samples):
        rounds = [s for s in samples if s["subject"] == name and s["case"] == case]
        entry: dict[str, Any] = {key: spread([s[key] for s in rounds]) for key in ("rps", "p50_s", "p99_s")}
        entry["errors"] = sum(s["errors"] for s in rounds)
        for key in ("cpu_us", "rss_bytes"):
            entry[key] = {role: spread([s[key][role] for s in rounds]) for role in rounds[0][key]}
        if "completed_ratio" in rounds[0]:
            entry["completed_ratio"] = spread([s["completed_ratio"] for s in rounds])
        completing = [s for s in rounds if "cpu_us_per_completed" in s]
        if completing:
            entry["cpu_us_per_completed"] = {
                role: spread([s["cpu_us_per_completed"][role] for s in completing])
                for role in completing[0]["cpu_us_per_completed"]
            }
        found[name] = entry
    return found


def _targets(samples: list[Sample]) -> list[dict[str, Any]]:
    """Compare subjects of the same round in the main case."""
    by_name: dict[str, dict[int, Sample]] = {}
    for sample in samples:
        if sample["case"] == MAIN:
            by_name.setdefault(sample["subject"], {})[sample["round"]] = sample

    def ratio(name: str, subject: str, other: str, of: Callable[[Sample], float], target: float, *,
              least: bool = False, of_other: Callable[[Sample], float] | None = None) -> None:  # fmt: skip
        ours, theirs = by_name.get(subject, {}), by_name.get(other, {})
        numbers = sorted(ours.keys() & theirs.keys())
        try:
            rounds = [of(ours[n]) / (of_other or of)(theirs[n]) for n in numbers]
        except KeyError:  # nothing was completed: there is no such figure
            rounds = [float("inf") for _ in numbers]
        if rounds:
            found = spread(rounds)
            met = found["median"] >= target if least else found["median"] <= target
            wanted.append({"what": name, **found, "target": target, "at_least": least, "met": met})

    wanted: list[dict[str, Any]] = []
    ratio("listener CPU per request / Envoy mirror", "shadow mirror", "envoy mirror", own_cpu_us, 0.45)
    ratio("listener CPU per request / nginx mirror", "shadow mirror", "nginx mirror", own_cpu_us, 0.65)
    ratio("listener CPU per request / L4 relay", "shadow mirror", "relay", own_cpu_us, 4.0)
    ratio("listener + sender CPU per completed exchange / Envoy mirror", "shadow one core", "envoy mirror",
          pair_cpu_us, 0.9, of_other=own_cpu_us)
    ratio("requests per second / Envoy mirror", "shadow mirror", "envoy mirror", lambda s: float(s["rps"]), 2.0,
          least=True)
    ratio("p99 / Envoy mirror", "shadow mirror", "envoy mirror", lambda s: float(s["p99_s"]), 1.0)
    ratio("p99 / nginx mirror", "shadow mirror", "nginx mirror", lambda s: float(s["p99_s"]), 1.0)
    return wanted


def _steady(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Compare mirror on with mirror off of the same round: at most 1.25 times, or 0.3 ms more."""
    found = []
    for kind in dict.fromkeys(pair["candidate"] for pair in pairs):
        rounds = [pair for pair in pairs if pair["candidate"] == kind]
        ratios = spread([pair["on"]["p99_s"] / pair["off"]["p99_s"] for pair in rounds])
        more = spread([pair["on"]["p99_s"] - pair["off"]["p99_s"] for pair in rounds])
        found.append({
            "what": f"p99 at half capacity, candidate {kind} / mirror off", **ratios, "more_s": more, "target": 1.25,
            "at_least": False, "met": ratios["median"] <= 1.25 or more["median"] <= 0.0003,
            "errors": sum(pair["on"]["errors"] + pair["off"]["errors"] for pair in rounds),
            "completed_ratio": spread([pair["completed_ratio"] for pair in rounds]),
        })  # fmt: skip
    return found
