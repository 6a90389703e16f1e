"""Which requests reach which legs: every row of the write policy."""

from __future__ import annotations

import pytest

from shadow.config.model import Config, Mirror, Primary, Route, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.mirror.policy import WritePolicy

MODES = ("safe", "read_only", "writes", "never")


def legs(
    method: str, *, mode: str = "", candidate: str = "shared", secondary: str = "", ratio: float = 1.0,
    route_ratio: float | None = None, draw: float = 0.5, paused: bool = False,
) -> str:
    """The legs called, or how it ended."""
    routes = (Route(endpoint="* /r", mirror=mode, sample_ratio=route_ratio),) if mode else ()  # type: ignore[arg-type]
    config = Config(
        primary=Primary(url="http://a"),
        candidate=ShadowLeg(url="http://b", store=candidate),  # type: ignore[arg-type]
        secondary=ShadowLeg(url="http://c", store=secondary) if secondary else None,  # type: ignore[arg-type]
        mirror=Mirror(sample_ratio=ratio),
        routes=routes,
    )
    decision = WritePolicy(config, build_endpoint_map(config)).decide(method, b"/r", draw=draw, paused=paused)
    assert bool(decision.legs) is (decision.ending is None)
    return "+".join(decision.legs) or decision.ending[1]  # type: ignore[index]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("mode", ["", *MODES])
@pytest.mark.parametrize("candidate", ["shared", "own"])
def test_safe_methods_reach_all_legs_unless_never(method: str, mode: str, candidate: str) -> None:
    expected = "policy" if mode == "never" else "candidate+secondary"
    assert legs(method, mode=mode, candidate=candidate, secondary="shared") == expected


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize(
    ("mode", "candidate", "secondary", "expected"),
    [
        ("", "own", "own", "policy"),
        ("safe", "own", "own", "policy"),
        ("never", "own", "own", "policy"),
        ("read_only", "shared", "", "candidate"),
        ("read_only", "shared", "shared", "candidate+secondary"),
        ("writes", "shared", "", "policy"),
        ("writes", "shared", "own", "policy"),
        ("writes", "own", "", "candidate"),
        ("writes", "own", "shared", "candidate"),
        ("writes", "own", "own", "candidate+secondary"),
    ],
)
def test_unsafe_methods(method: str, mode: str, candidate: str, secondary: str, expected: str) -> None:
    assert legs(method, mode=mode, candidate=candidate, secondary=secondary) == expected


@pytest.mark.parametrize(
    ("ratio", "route_ratio", "draw", "expected"),
    [
        (0.0, None, 0.0, "sampled_out"),
        (1.0, None, 0.999999, "candidate"),
        (0.3, None, 0.299, "candidate"),
        (0.3, None, 0.3, "sampled_out"),
        (0.0, 1.0, 0.9, "candidate"),
        (1.0, 0.0, 0.0, "sampled_out"),
    ],
)
def test_sampling(ratio: float, route_ratio: float | None, draw: float, expected: str) -> None:
    assert legs("GET", mode="safe", ratio=ratio, route_ratio=route_ratio, draw=draw) == expected


def test_policy_comes_before_sampling_and_pause_before_both() -> None:
    assert legs("POST", ratio=0.0) == "policy"
    assert legs("POST", ratio=0.0, paused=True) == "paused"
    assert legs("GET", paused=True) == "paused"
