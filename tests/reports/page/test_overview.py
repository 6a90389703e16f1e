from __future__ import annotations

import msgspec
import page_samples

from reports.document import Covered
from reports.page.limits import FULL
from reports.page.overview import MOST_COVERS, TOP
from reports.page.view import page_of
from shadow.records import Kind


def test_the_first_divergences_lead_to_themselves() -> None:
    page = page_of(page_samples.no_go())
    assert [row.title for row in page.overview.top] == [row.title for row in page.findings.rows[:TOP]]
    assert [row.link for row in page.overview.top] == [f"#{row.anchor}" for row in page.findings.rows[:TOP]]
    assert page.overview.top_more == "8 more"
    few = page_of(page_samples.no_go(), msgspec.structs.replace(FULL, findings=2))
    assert len(few.overview.top) == 2
    assert page_of(page_samples.go()).overview.top == ()
    assert page_of(page_samples.go()).overview.top_more == ""


def test_what_hides_differences_is_summed_up_by_cover() -> None:
    covers = [("a", 3), ("b", 5), ("a", 4), ("c", 1), ("d", 1), ("e", 1)]
    covered = tuple(Covered(endpoint="GET /x", path="body:$.y", kind=Kind.value, by=by, n=n) for by, n in covers)
    view = page_of(msgspec.structs.replace(page_samples.no_go(), covered=covered)).overview
    assert [(row.by, row.n) for row in view.covers] == [("a", "7"), ("b", "5"), ("c", "1")]
    assert view.covers_more == "and 2 more"
    signed = page_of(msgspec.structs.replace(page_samples.waiting(), covered=covered)).overview.covers
    assert [(row.by, row.n) for row in signed] == [
        ("waiver of latency of GET /reports/revenue", "2,400"), ("a", "7"), ("b", "5"),
    ]  # fmt: skip
    exact = page_of(msgspec.structs.replace(page_samples.no_go(), covered=covered[: MOST_COVERS + 1])).overview
    assert (len(exact.covers), exact.covers_more) == (3, "")
