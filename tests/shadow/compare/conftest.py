"""What the tests of the comparison share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shadow.compare.pipeline import Comparer
from shadow.config.model import Compare, Config, Primary, Redact, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.records import Exchange
from shadow.redact import Redactor
from tests.shadow.compare.made import answer, exchange, pair


@pytest.fixture
def build() -> Callable[..., Comparer]:
    """Return a function that builds a comparer from settings of `compare`."""

    def make(redact: Redact | None = None, candidate: ShadowLeg | None = None, **compare: Any) -> Comparer:
        config = Config(
            primary=Primary(url="http://old:1", build="p1"),
            candidate=candidate or ShadowLeg(url="http://new:2", build_header="X-Build"),
            secondary=ShadowLeg(url="http://old:3"),
            compare=Compare(**{"deadline_s": 30.0, **compare}),
            redact=redact or Redact(),
        )
        return Comparer(config, build_endpoint_map(config), Redactor(config.redact, b"key"))

    return make


@pytest.fixture
def make_pair() -> Callable[..., Exchange]:
    """Return the function that makes an exchange of two JSON answers."""
    return pair


@pytest.fixture
def make_answers() -> Callable[[dict[str, Any], dict[str, Any]], Exchange]:
    """Return a function that makes an exchange of two answers, given as arguments of `answer`."""
    return lambda old, new: exchange(answer("primary", **old), answer("candidate", **new))
