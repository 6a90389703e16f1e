"""Every example of the tour in docs/comparison.md is what the comparison says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from shadow.compare.pipeline import Comparer
from shadow.records import Kind

_BLOCK = re.compile(r"(?ms)^```compare ([^\n]+)\n(.*?)\n---\n(.*?)\n===\n(.*?)\n```$")
Build = Callable[..., Comparer]


def blocks(text: str) -> list[tuple[str, str, str, str]]:
    """Return the examples: media type, old, new, what is said."""
    return _BLOCK.findall(text.partition("## A tour\n")[2].partition("\n## ")[0])


def parts(media: str, text: str) -> dict[str, Any]:
    """Return status, headers and body of one side; `answer` is written with its head, everything else is a body."""
    if media != "answer":
        return {"status": 200, "headers": ((b"content-type", media.encode()),), "body": text.encode()}
    head, _, body = text.partition("\n\n")
    status, *headers = head.split("\n")
    split = (line.partition(":") for line in headers)
    pairs = tuple((name.encode(), value.strip().encode()) for name, _, value in split)
    return {"status": int(status), "headers": pairs, "body": body.encode()}


@pytest.fixture
def tour(request: pytest.FixtureRequest) -> list[tuple[str, str, str, str]]:
    return blocks((request.config.rootpath / "docs" / "comparison.md").read_text())


def said(build: Build, make_answers: Callable[..., Any], media: str, old: str, new: str) -> str:
    """Return what the comparison says of two answers, a line for each difference."""
    observation = build().observe(make_answers(parts(media, old), parts(media, new)))
    lines = [
        f"{each.kind} at {each.path.removeprefix('body:')}" + (f": {each.note}" if each.note else "")
        for each in observation.differences
    ]
    return "\n".join(lines) or str(observation.outcome)


def test_every_example_is_true(tour: list[tuple[str, str, str, str]], build: Build, make_answers: Any) -> None:
    """Old answer, new answer, and the differences, in order and word for word."""
    assert len(tour) > 25
    assert [(old, new, said(build, make_answers, media, old, new)) for media, old, new, _ in tour] == [
        (old, new, want) for _, old, new, want in tour
    ]


def test_every_kind_that_a_comparison_says_is_on_the_tour(tour: list[tuple[str, str, str, str]]) -> None:
    """Timing is never said, and a comparison that broke is no example."""
    shown = {line.partition(" at ")[0] for *_, want in tour for line in want.split("\n")}
    assert {kind.value for kind in Kind} - shown == {"timing", "compare_error", *NOT_SAID}


# What other parts than the comparison of two answers say.
NOT_SAID: frozenset[str] = frozenset()
