"""The table: targets are judged by what was measured, and both pages repeat the result file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.report.table import RESULT, outdated, render, sentence, targets


def measured(gate_s: float, report_s: float, page: int) -> dict[str, Any]:
    rows = [
        {"command": command, "ledger": size, "wall_s": wall, "cpu_s": wall / 2, "ledger_bytes": 60_000_000,
         "page_bytes": page if command == "report" else 0}
        for size, factor in (("large", 1.0), ("floor", 0.1))
        for command, wall in (("gate", gate_s * factor), ("report", report_s * factor))
    ]  # fmt: skip
    return {
        "started_at": 1e9, "runs": 3, "rows": rows,
        "size": {"exchanges": 10_000_000, "days": 60, "endpoints": 200, "signatures": 500},
        "machine": {"cores": "2", "cpu": "a core", "kernel": "6", "load": "0.1", "python": "3.11", "numpy": "2"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("gate_s", "report_s", "page", "met"),
    [
        (1.5, 2.0, 2_000_000, [True, True, True]),
        (1.51, 2.0, 2_000_000, [False, True, True]),
        (1.0, 2.01, 2_000_001, [True, False, False]),
    ],
)
def test_targets(gate_s: float, report_s: float, page: int, met: list[bool]) -> None:
    assert [each["met"] for each in targets(measured(gate_s, report_s, page))] == met


def test_table_and_sentence_hold_what_was_measured() -> None:
    text, words = render(measured(1.234, 1.9, 1_700_000)), sentence(measured(1.234, 1.9, 1_700_000))
    assert "| `shadow gate`: at most 1.5 s, start-up included | 1.23 s | met |" in text
    assert "| `shadow report` | floor | 0.19 | 0.10 | 60.0 MB | 1.70 MB |" in text
    assert "`shadow gate` takes 1.23 s (0.62 s of the processor)" in words and "1.7 MB" in words


def test_the_pages_repeat_the_result() -> None:
    assert outdated(json.loads(RESULT.read_text())) == []
