"""The sections about asking again."""

from __future__ import annotations

import pytest

from shadow.errors import ConfigError
from shadow.validation import parse_config

FRAME = "primary: {url: 'http://a:1'}\ncandidate: {url: 'http://b:1'}\n"


def test_off_by_default_for_the_primary() -> None:
    reask = parse_config(FRAME, "f.yaml", {}).compare.reask
    assert (reask.noise_ratio, reask.triage) == (0.0, "auto")


@pytest.mark.parametrize("key", ["noise_ratio: 2", "latency_factor: 1", "triage: maybe", "rate_per_s: 0", "soon: 1"])
def test_refusals(key: str) -> None:
    with pytest.raises(ConfigError):
        parse_config(f"{FRAME}compare: {{reask: {{{key}}}}}\n", "f.yaml", {})
