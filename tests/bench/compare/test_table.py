"""The table: targets are judged by what was measured, and the page repeats the result file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.compare.table import BEGIN, COMPILED, END, RESULT, render, targets
from bench.section import with_section


def cost(name: str, size: str, shadow: float, deepdiff: float) -> dict[str, Any]:
    return {"name": name, "size": size, "shadow": shadow, "deepdiff": deepdiff, "ignore_order": None}


def load(size: str, total: float, completed: float = 1.0) -> dict[str, Any]:
    return {
        "size": size, "way": "covered by a rule", "rate": 1.0, "total_us": total, "completed_ratio": completed,
        "cpu_us": {"sender": total, "comparer": 0.0, "keeper": 0.0},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cases", "capacity", "met"),
    [
        ([cost("one field", "20 KB", 1.0, 150.0)], [], [True]),
        ([cost("one field", "20 KB", 1.0, 149.0)], [], [False]),
        ([cost("one field", "1 KB", 1.0, 1.0)], [], []),
        ([cost("5000 shuffled, 10 % changed", "1 MB", 0.051, 9.0)], [], [False]),
        ([], [load("1 KB", 200.0), load("20 KB", 501.0)], [True, False]),
        ([], [load("1 KB", 20.0, 0.9)], [False]),
        ([], [], []),
    ],
)
def test_targets(cases: list[dict[str, Any]], capacity: list[dict[str, Any]], met: list[bool]) -> None:
    """At the limit is met; what was shed makes no exchange cheaper."""
    halves = {"cost": {"rows": cases}, "capacity": {"rows": capacity}}
    assert [each["met"] for each in targets(halves)] == met
    assert targets({}) == []


def test_each_build_is_judged_by_its_own_figures() -> None:
    """What is met compiled is not said to be met in pure Python."""
    halves = {"capacity": {"rows": [load("1 KB", 201.0)]}, COMPILED: {"rows": [load("1 KB", 150.0)]}}
    assert [("pure Python" in each["what"], each["met"]) for each in targets(halves)] == [(True, False), (False, True)]
    machine = dict.fromkeys(("cores", "cpu", "kernel", "load", "python", "deepdiff", "msgspec"), "x")
    about = {"started_at": 0.0, "machine": machine}
    text = render({"limit_s": 1, "targets": [], "halves": {name: {**about, **each} for name, each in halves.items()}})
    places = [text.index(each) for each in ("Pure Python. Measured", "| 201 |", "Compiled (", "| 150 |")]
    assert places == sorted(places)


def test_the_page_repeats_the_result_file(request: pytest.FixtureRequest) -> None:
    """Figures in the documentation are those that were measured."""
    page = (request.config.rootpath / "docs" / "comparison.md").read_text()
    assert with_section(page, render(json.loads(RESULT.read_text())), BEGIN, END) == page


@pytest.mark.parametrize("page", ["", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n"])
def test_a_page_without_its_markers_in_order_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        with_section(page, "new\n", BEGIN, END)
