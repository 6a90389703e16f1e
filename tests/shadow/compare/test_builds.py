"""Which build an answer comes from."""

from __future__ import annotations

from typing import Any

import pytest

from shadow.compare.builds import MAX_CHARS, Builds
from shadow.config.model import Config, Primary, ShadowLeg
from shadow.records import Headers, Leg, LegAnswer, LegResult, LegState, ResponseCopy


def build_of(leg: str, headers: Headers = (), **config: object) -> str:
    result = LegResult(leg=Leg(leg), state=LegState.answered, status=200)
    settings = Config(
        primary=Primary(url="http://a:1", build="p1", build_header="X-Build"), candidate=ShadowLeg(url="http://b:1"),
        secondary=config.get("secondary"),  # type: ignore[arg-type]
    )  # fmt: skip
    return Builds(settings).named(LegAnswer(result=result, response=ResponseCopy(status=200, headers=headers))).build


@pytest.mark.parametrize(
    ("leg", "headers", "want"),
    [
        ("primary", (), "p1"),
        ("primary", ((b"x-build", b" p2 "),), "p2"),
        ("primary", ((b"X-BUILD", b"x" * 500),), "x" * MAX_CHARS),
        ("candidate", ((b"x-build", b"p2"),), ""),
    ],
)
def test_header_then_configuration(leg: str, headers: Headers, want: str) -> None:
    assert build_of(leg, headers) == want


def test_a_primary_that_is_asked_again_is_of_the_primarys_build() -> None:
    assert build_of("secondary", ((b"x-build", b"p2"),)) == "p2"
    assert build_of("secondary") == "p1"
    assert build_of("secondary", secondary=ShadowLeg(url="http://c:1", build="s1")) == "s1"


@pytest.mark.parametrize(
    ("told", "outcome"), [(((b"X-Build", b"c2"),), "match"), ((), "mismatch"), (((b"X-Other", b"c2"),), "mismatch")]
)
def test_the_header_that_tells_the_build_differs_by_what_it_is_for(
    told: Headers, outcome: str, build: Any, make_answers: Any
) -> None:
    """Its value is free; that it is there is compared as for any other."""
    old = {"status": 200, "body": 1, "headers": ((b"x-build", b"p1"),)}
    new = {"status": 200, "body": 1, "headers": told}
    assert build(candidate=ShadowLeg(url="http://new:2", build_header="X-Build")).observe(
        make_answers(old, new)
    ).outcome == outcome
