from __future__ import annotations

import msgspec
import page_samples

from reports.numbers import SPACE as S
from reports.page.examples import example_of
from reports.page.findings import MAX_EXAMPLES, examples_within, findings_of
from reports.page.limits import FULL

BASE = page_samples.no_go().findings
SEARCH = BASE[0]


def names(n: int) -> tuple[str, ...]:
    return tuple(f"finding-{i}" for i in range(1, n + 1))


def test_a_finding_as_a_reviewer_reads_it() -> None:
    (one,) = findings_of((SEARCH,), 1, names(1), FULL, compared=True).rows
    assert one.title == "POST /search answers 500 where the primary answers 200"
    assert (one.source, one.kind, one.scope, one.path) == ("answer", "status", "POST /search", "status")
    assert (one.n, one.share) == ("9 exchanges", f"3.69{S}%")
    assert one.seen == "2025-11-21 13:00:05 – 13:30:30 UTC"
    assert (one.is_open, one.anchor, one.rank) == (True, "finding-1", "1")


def test_a_data_finding_has_neither_share_nor_time() -> None:
    (one,) = findings_of((BASE[-1],), 1, names(1), FULL, compared=True).rows
    assert (one.n, one.share, one.seen, one.is_open) == ("1 row or value", "", "", False)


def test_only_the_first_example_is_open() -> None:
    rows = findings_of(BASE[::-1], 13, names(13), FULL, compared=True).rows
    assert [row.rank for row in rows if row.is_open] == ["4"]


def test_a_finding_without_title_still_says_something() -> None:
    (one,) = findings_of((msgspec.structs.replace(SEARCH, title=""),), 1, names(1), FULL, compared=True).rows
    assert one.title == "status at POST /search"


def test_long_lists_say_how_much_is_missing() -> None:
    view = findings_of((BASE[-1],) * (FULL.findings + 3), 100, names(FULL.findings + 3), FULL, compared=True)
    assert len(view.rows) == FULL.findings
    assert view.more == (
        "and 3 more divergences, in the JSON document; and 37 more divergences, counted but not kept"
    )
    assert view.total == "100"


def test_nothing_found_and_nothing_compared_are_two_things() -> None:
    assert findings_of((), 0, (), FULL, compared=True).empty == "No divergence was found in what was compared."
    assert findings_of((), 0, (), FULL, compared=False).empty == "Nothing was compared, so nothing could be found."
    assert findings_of((SEARCH,), 1, names(1), FULL, compared=True).empty == ""


def test_the_budget_is_spent_breadth_first() -> None:
    (one,) = SEARCH.examples
    weight = example_of(one).weight
    many = ((one,) * 5, (one,), (one,) * 2)
    assert [len(found) for found in examples_within(many, 10**9)] == [MAX_EXAMPLES, 1, 2]
    assert [len(found) for found in examples_within(many, 4 * weight)] == [2, 1, 1]
    assert [len(found) for found in examples_within(many, 2 * weight)] == [1, 1, 0]
    assert [len(found) for found in examples_within(many, weight - 1)] == [0, 0, 0]
    (view,) = findings_of(
        (msgspec.structs.replace(SEARCH, examples=(one,) * 5),), 1, names(1), FULL, compared=True
    ).rows
    assert view.more_examples == "and 2 more examples, in the JSON document"
