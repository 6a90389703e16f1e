from __future__ import annotations

import msgspec
import page_samples

from reports.page.data import MAX_CAUSES, MAX_FINDINGS, DataChecks, data_of
from reports.page.limits import FULL
from shadow.records import CheckStatus, DataCause, DataCheck, DataFinding


def check(pair: str, status: CheckStatus, n: int = 0, total: int = 0) -> DataCheck:
    found = tuple(DataFinding(kind="value", table=pair, column="c", key=f"id={i}", old="1") for i in range(n))
    return DataCheck(
        run_id="r",
        pair=pair,
        check="rows",
        started_at=1.0,
        finished_at=2.0,
        status=status,
        total=total,
        findings=found,
    )


def test_worst_pair_first_and_findings_by_row() -> None:
    view = data_of(page_samples.no_go().checks, FULL)
    assert [(pair.badge.word, pair.pair, len(pair.checks)) for pair in view.pairs] == [
        ("Fail", "audit_events", 2), ("Fail", "customer_notes", 1), ("Pass", "customers", 3), ("Pass", "orders", 3),
    ]  # fmt: skip
    (row,) = view.pairs[1].checks[0].findings
    assert (row.kind, row.place, row.key, row.note) == ("value", "customer_notes.text", "id=1404", "cut at 120")
    assert [piece.look for piece in row.old] == ["", "red", ""]
    lost = view.pairs[0].checks[1].findings[0]
    assert (lost.kind, lost.place, lost.new[0].text) == ("missing row", "audit_events", "absent")


def test_the_age_of_a_finding_stands_in_its_note() -> None:
    found = DataFinding(kind="value", table="t", key="id=1", note="case", age_s=7.7, since=1.0, since_run="first")
    for run, words in (("first", "case; unchanged for 7.7 s"), ("second", "; there since 1970-01-01 00:00")):
        item = msgspec.structs.replace(check("t", CheckStatus.fail), run_id=run, findings=(found,))
        (pair,) = data_of((item,), FULL).pairs
        assert words in pair.checks[0].findings[0].note, run
        assert ("there since" in pair.checks[0].findings[0].note) is (run == "second")


def test_a_pair_is_as_bad_as_its_worst_check() -> None:
    (pair,) = data_of((check("t", CheckStatus.passed), check("t", CheckStatus.error)), FULL).pairs
    assert pair.badge.word == "Error"


def test_a_pass_says_so_and_an_error_does_not() -> None:
    assert data_of((check("t", CheckStatus.passed),), FULL).pairs[0].checks[0].reason == "nothing differs"
    assert data_of((check("t", CheckStatus.error),), FULL).pairs[0].checks[0].reason == ""


def test_caps() -> None:
    (pair,) = data_of((check("t", CheckStatus.fail, n=MAX_FINDINGS + 2, total=500),), FULL).pairs
    assert len(pair.checks[0].findings) == MAX_FINDINGS
    assert pair.checks[0].more == (
        "and 2 more findings, in the JSON document; and 478 more findings, counted but not kept"
    )
    many = tuple(check(f"t{i:03}", CheckStatus.fail, n=MAX_FINDINGS, total=MAX_FINDINGS) for i in range(40))
    shown = [len(one.checks[0].findings) for one in data_of(many, FULL).pairs]
    assert sum(shown) == FULL.data_findings
    assert shown[-1] == 0
    assert data_of(many, FULL).pairs[-1].checks[0].more == "and 20 more findings, in the JSON document"


def test_nothing() -> None:
    assert data_of((), FULL) == DataChecks(pairs=(), total="0", more="")


def test_causes_stand_with_their_counts_and_what_to_do() -> None:
    causes = (
        DataCause(kind="time_precision", what="at: cut", n=3, share=0.75, rule="truncate: {at: seconds}\nmap: {}"),
        DataCause(kind="key_gap", what="from 1 to 9", n=1, share=0.25, is_exact=False, advice="Copy again."),
        DataCause(kind="one_value", what="4 of 4", n=4, overlaps=True),
    )
    item = msgspec.structs.replace(check("t", CheckStatus.fail, total=4), causes=causes * 5)
    rows = data_of((item,), FULL).pairs[0].checks[0].causes
    assert len(rows) == MAX_CAUSES
    assert [(row.n, row.share, row.what, row.rule, row.advice) for row in rows[:3]] == [
        ("3", "75.0\u202f%", "at: cut", ("truncate: {at: seconds}", "map: {}"), ""),
        ("at least 1", "25.0\u202f%", "from 1 to 9", (), "Copy again."),
        ("", "", "4 of 4", (), ""),
    ]
