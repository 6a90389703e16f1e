from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reports.evidence.policy import kept_away
from reports.evidence.tally import EndpointTally
from reports.judge import judge
from shadow.config.model import Config, Coverage, Gate, Mirror, Route, ShadowLeg
from shadow.ledger.evidence import Evidence
from shadow.records import Outcome

NOTHING = Mirror(sample_ratio=0.0)
OWN = ShadowLeg(url="http://new:1", store="own")


@pytest.mark.parametrize(
    ("endpoint", "fields", "away"),
    [
        ("GET /a", {}, False),
        ("HEAD /a", {}, False),
        ("POST /a", {}, True),
        ("GET /a", {"routes": (Route(endpoint="GET /a", mirror="never"),)}, True),
        ("POST /a", {"routes": (Route(endpoint="POST /a"),)}, True),
        ("POST /a", {"routes": (Route(endpoint="POST /a", mirror="read_only"),)}, False),
        ("POST /a", {"routes": (Route(endpoint="POST /a", mirror="writes"),)}, True),
        ("POST /a", {"routes": (Route(endpoint="POST /a", mirror="writes"),), "candidate": OWN}, False),
        ("POST /a", {"routes": (Route(endpoint="POST /b", mirror="read_only"),)}, True),
        ("POST /a/b", {"routes": (Route(endpoint="* /a/*", mirror="read_only"),)}, False),
        ("GET /a", {"routes": (Route(endpoint="GET /a", sample_ratio=0.0),)}, True),
        ("GET /a", {"routes": (Route(endpoint="GET /a", sample_ratio=0.01),)}, False),
        ("GET /a", {"mirror": NOTHING}, True),
        ("GET /a", {"mirror": NOTHING, "routes": (Route(endpoint="GET /a"),)}, True),
        ("GET /a", {"mirror": NOTHING, "routes": (Route(endpoint="GET /a", sample_ratio=1.0),)}, False),
        ("GET /a/b", {"mirror": NOTHING, "routes": (Route(endpoint="GET /a/*", sample_ratio=1.0),)}, False),
        ("POST /a", {"gate": Gate(coverage=Coverage(expected=("POST /a",)))}, False),
    ],
)
def test_what_the_policy_keeps_away(
    config_of: Callable[..., Config], endpoint: str, fields: dict[str, Any], away: bool
) -> None:
    assert kept_away(config_of(**fields), (endpoint,), {}) == ((endpoint,) if away else ())


def test_what_was_sent_after_all_is_not_kept_away(config: Config) -> None:
    sent = EndpointTally(endpoint="POST /a", by_reason={(Outcome.match, ""): 1, (Outcome.skipped, "policy"): 9})
    held = EndpointTally(endpoint="POST /a", by_reason={(Outcome.skipped, "policy"): 9})
    assert kept_away(config, ("POST /a",), {"POST /a": sent}) == ()
    assert kept_away(config, ("POST /a",), {"POST /a": held}) == ("POST /a",)


def test_a_route_that_samples_nothing_is_not_demanded(
    config_of: Callable[..., Config], evidence_of: Callable[..., Evidence], at: float
) -> None:
    """Its requests are told as not proved; coverage of the rest can pass."""
    config = config_of(
        routes=(Route(endpoint="GET /a", sample_ratio=0.0), Route(endpoint="GET /b")),
        gate=Gate(coverage=Coverage(min_compared=10)),
    )
    evidence = evidence_of({"GET /b": {Outcome.match: 10}, "_unattributed": {(Outcome.skipped, "sampled_out"): 50}})
    result = judge(
        evidence, config, at=at, expected_endpoints=("GET /a", "GET /b"), tool_version="1",
    )  # fmt: skip
    assert [(row.scope, str(row.status)) for row in result.criteria if row.name == "coverage"] == [("all", "pass")]
    assert "Anything about GET /a: the configuration keeps these from the candidate." in result.not_proved
