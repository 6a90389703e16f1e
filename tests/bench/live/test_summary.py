"""Ratios are taken between subjects of the same round, and a target is met or missed by their median."""

from __future__ import annotations

from typing import Any

import pytest

from bench.live.summary import MAIN, summarise


def sample(subject: str, number: int, cpu_us: float, rps: float, **more: Any) -> dict[str, Any]:
    role = "listener" if subject.startswith("shadow") else "proxy"
    return {
        "round": number, "case": MAIN, "subject": subject, "rps": rps, "p50_s": 0.001, "p99_s": 0.002, "errors": 0,
        "cpu_us": {role: cpu_us}, "rss_bytes": {role: 1}, **more,
    }  # fmt: skip


def targets(samples: list[dict[str, Any]], pairs: list[dict[str, Any]] | None = None) -> dict[str, dict[str, Any]]:
    return {each["what"]: each for each in summarise({"samples": samples, "fixed": pairs or []})["targets"]}


def test_a_round_is_compared_with_itself() -> None:
    # The machine was twice as slow in the second round, for both.
    samples = [
        sample("shadow mirror", 0, 40, 20_000), sample("envoy mirror", 0, 100, 10_000),
        sample("shadow mirror", 1, 80, 10_000), sample("envoy mirror", 1, 200, 5_000),
    ]  # fmt: skip
    found = targets(samples)
    cpu = found["listener CPU per request / Envoy mirror"]
    assert (cpu["least"], cpu["median"], cpu["most"], cpu["met"]) == (0.4, 0.4, 0.4, True)
    rps = found["requests per second / Envoy mirror"]
    assert (rps["median"], rps["at_least"], rps["met"]) == (2.0, True, True)
    assert "listener CPU per request / nginx mirror" not in found


@pytest.mark.parametrize(("sender_us", "met"), [(50, True), (50.1, False)])
def test_shedding_does_not_make_the_pair_cheaper(sender_us: float, met: bool) -> None:
    samples = [
        sample("shadow one core", 0, 40, 1, completed_ratio=0.1, cpu_us_per_completed={"sender": sender_us}),
        sample("envoy mirror", 0, 100, 1),
    ]
    pair = targets(samples)["listener + sender CPU per completed exchange / Envoy mirror"]
    assert pair["median"] == pytest.approx((40 + sender_us) / 100)
    assert pair["met"] is met


def test_a_pair_that_completed_nothing_has_missed() -> None:
    samples = [sample("shadow one core", 0, 40, 1, completed_ratio=0.0), sample("envoy mirror", 0, 100, 1)]
    pair = targets(samples)["listener + sender CPU per completed exchange / Envoy mirror"]
    assert pair["met"] is False


@pytest.mark.parametrize(
    ("off_s", "on_s", "met"), [(0.004, 0.005, True), (0.004, 0.0051, False), (0.0004, 0.0006, True)]
)
def test_a_steady_p99_may_grow_by_a_quarter_or_by_a_third_of_a_millisecond(
    off_s: float, on_s: float, met: bool
) -> None:
    pair = {
        "candidate": "hung", "off": {"p99_s": off_s, "errors": 0}, "on": {"p99_s": on_s, "errors": 0},
        "completed_ratio": 0.0,
    }  # fmt: skip
    assert targets([], [pair])["p99 at half capacity, candidate hung / mirror off"]["met"] is met
