from __future__ import annotations

import pytest

from shadow.records import DataCause, DataCheck
from verify.explain.lines import SHOWN, describe, lines


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        (DataCause(kind="case", column="name", what="name: case", n=1200, share=0.92), "1,200 (92 %): name: case"),
        (DataCause(kind="case", column="c", what="c: case", n=1, share=1e-9), "1 (0.1 %): c: case"),
        (DataCause(kind="case", column="c", what="c: case", n=9, share=0.99999), "9 (99.9 %): c: case"),
        (DataCause(kind="case", column="c", what="c: case", n=9, share=1.0), "9 (100 %): c: case"),
        (DataCause(kind="key_gap", what="gone", n=9, share=0.5, is_exact=False), "at least 9 (50 %): gone"),
        (DataCause(kind="one_value", what="9 of 9 rows have t=1", n=9, overlaps=True), "9 of 9 rows have t=1"),
    ],
)
def test_a_cause_in_one_line(cause: DataCause, line: str) -> None:
    assert describe(cause) == line


def test_the_rule_or_else_the_advice_stands_below_and_the_rest_is_counted() -> None:
    causes = (
        DataCause(kind="time_precision", what="a", n=1, rule="truncate: {at: seconds}", advice="no"),
        DataCause(kind="sign", what="b", n=1, advice="Turn it."),
        *[DataCause(kind="case", what="c", n=1)] * SHOWN,
    )
    check = DataCheck(run_id="r", pair="t", check="rows", started_at=0, finished_at=0, causes=causes)
    found = list(lines(check))
    assert found[:4] == [
        "why: 1 (0 %): a", "     if that is meant, write in the plan: truncate: {at: seconds}",
        "why: 1 (0 %): b", "     Turn it.",
    ]  # fmt: skip
    assert found[-1] == "why: and 2 more causes"
    assert sum(line.startswith("why") for line in found) == SHOWN + 1
