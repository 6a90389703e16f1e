"""docs/gate.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reports.criteria.latency import least_pairs
from reports.statistics.binomial import needed_trials
from reports.status import EXIT_CODES
from shadow.config.model import Gate, Latency

TEXT = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")


def test_every_status_stands_there_with_its_exit_code() -> None:
    rows = dict(re.findall(r"^\| `([a-z]+)` \| (\d+) \|", TEXT, re.MULTILINE))
    assert rows == {str(status): str(code) for status, code in EXIT_CODES.items()}


def test_every_criterion_stands_there() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| \D", TEXT, re.MULTILINE)) >= set(Gate.__struct_fields__)


@pytest.mark.parametrize("ratio", [0.995, 0.999])
def test_the_table_of_needed_requests(ratio: float) -> None:
    line = next(line for line in TEXT.splitlines() if line.startswith(f"| {ratio * 100:g} % |"))
    figures = [int(cell.replace(",", "")) for cell in line.strip("|").split("|")[1:]]
    assert figures == [needed_trials(failures, 1 - ratio, 0.95) for failures in (0, 1, 2, 3, 5, 10, 20)]


def test_the_least_pairs_of_latency() -> None:
    p95, p99 = (least_pairs(Latency(min_pairs=1), quantile) for quantile in (0.95, 0.99))
    assert f"({p95} for p95, {p99} for p99)" in TEXT
