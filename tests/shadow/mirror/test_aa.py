"""`shadow mirror --aa`: who is asked, and what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from shadow.config.model import Config, Mirror, Primary, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.errors import ConfigError
from shadow.mirror.cli import mirror
from shadow.mirror.policy import WritePolicy
from shadow.records import Leg


@pytest.mark.parametrize("store", ["own", "shared"])
@pytest.mark.parametrize("secondary", [True, False])
def test_the_candidate_is_left_alone(store: str, secondary: bool) -> None:
    config = Config(
        primary=Primary(url="http://a:1"),
        candidate=ShadowLeg(url="http://b:1", store=store),  # type: ignore[arg-type]
        secondary=ShadowLeg(url="http://c:1", store="own") if secondary else None,
        mirror=Mirror(judge="secondary"),
    )
    policy = WritePolicy(config, build_endpoint_map(config))
    assert policy.decide("GET", b"/x", draw=0.0).legs == (Leg.secondary,)
    assert policy.decide("POST", b"/x", draw=0.0).legs == ()


def test_without_a_secondary_it_says_what_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "shadow.yaml"
    path.write_text("primary: {url: 'http://127.0.0.1:1'}\ncandidate: {url: 'http://127.0.0.1:2'}\n")
    result = CliRunner().invoke(mirror, ["-c", str(path), "--aa", "--log-format", "console"])
    assert isinstance(result.exception, ConfigError)
    assert "mirror.judge" in str(result.exception) and "noise_ratio" in str(result.exception)
