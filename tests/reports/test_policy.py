from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reports.policy import kept_away
from reports.tally import EndpointTally
from shadow.config.model import Config, Coverage, Gate, Route, ShadowLeg
from shadow.records import Outcome

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
