"""Settings of asking again that contradict each other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shadow.config.again import Reask
from shadow.config.model import Compare, Config, Mirror, Primary, ShadowLeg
from shadow.validation.reasking import reask_problems


def config(secondary: bool, **reask: Any) -> Config:
    return Config(
        primary=Primary(url="http://a:1"),
        candidate=ShadowLeg(url="http://b:1"),
        secondary=ShadowLeg(url="http://c:1") if secondary else None,
        compare=Compare(reask=Reask(**reask)),
    )


@pytest.mark.parametrize(
    ("secondary", "reask", "keys"),
    [
        (True, {}, []),
        (False, {}, []),
        (False, {"noise_ratio": 0.01, "triage": "primary"}, []),
        (True, {"noise_ratio": 0.01}, ["noise_ratio"]),
        (True, {"triage": "primary"}, ["triage"]),
        (False, {"triage": "primary", "most_ratio": 0.0}, ["most_ratio"]),
        (True, {"triage": "off", "most_ratio": 0.0}, []),
    ],
)
def test_contradictions(secondary: bool, reask: dict[str, Any], keys: list[str]) -> None:
    assert [problem.path[-1] for problem in reask_problems(config(secondary, **reask))] == keys


@pytest.mark.parametrize(
    ("secondary", "ratio", "keys"), [(True, 0.0, []), (False, 0.01, []), (False, 0.0, [("mirror", "judge")])]
)
def test_judging_a_secondary_needs_one_or_leave_to_ask_the_primary_again(
    secondary: bool, ratio: float, keys: list[tuple[str, ...]]
) -> None:
    judged = msgspec.structs.replace(config(secondary, noise_ratio=ratio), mirror=Mirror(judge="secondary"))
    assert [problem.path for problem in reask_problems(judged)] == keys
