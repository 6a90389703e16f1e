from __future__ import annotations

import page_samples

from reports.document import Covered
from reports.numbers import SPACE as S
from reports.page.hidden import hidden_of
from reports.page.limits import FULL
from shadow.records import Gap, GapKind, Kind


def test_most_hidden_first() -> None:
    view = hidden_of(page_samples.no_go().covered[::-1], (), (), FULL)
    assert [(row.n, row.by) for row in view.covered] == [
        ("809", "volatile header"), ("44", "noise: timestamp"), ("18", "rule stock-clock"),
    ]  # fmt: skip


def test_gaps() -> None:
    rows = hidden_of((), page_samples.no_go().gaps + page_samples.not_yet().gaps, (), FULL).gaps
    assert [(row.kind, row.when, row.length, row.lost, row.detail) for row in rows] == [
        ("shed", "2025-11-21 13:06:51 – 13:06:52 UTC", f"1.41{S}s", "9", "tee full"),
        ("paused", "2025-11-21 13:01:30 – 13:02:40 UTC", f"1{S}min 10{S}s", "unknown", ""),
    ]


def test_caps() -> None:
    covered = Covered(endpoint="GET /a", path="status", kind=Kind.status, by="rule", n=1)
    gap = Gap(kind=GapKind.shed, started_at=1.0, ended_at=2.0)
    view = hidden_of((covered,) * (FULL.hidden + 1), (gap,) * (FULL.hidden + 2), ("x",) * (FULL.hidden + 3), FULL)
    assert (len(view.covered), len(view.gaps), len(view.not_proved)) == (FULL.hidden,) * 3
    assert (view.covered_more, view.gaps_more, view.not_proved_more) == (
        "and 1 more covered difference, in the JSON document",
        "and 2 more gaps, in the JSON document",
        "and 3 more statements, in the JSON document",
    )
    assert (view.covered_total, view.gaps_total, view.not_proved_total) == ("101", "102", "103")
