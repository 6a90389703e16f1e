from __future__ import annotations

from shadow.records import DataFinding
from verify.telling.findings import Findings, plural


def value(column: str, note: str = "", key: str = "") -> DataFinding:
    return DataFinding(kind="value", table="t", column=column, key=key, note=note)


def test_all_are_counted_and_few_are_kept() -> None:
    findings = Findings(10)
    for n in range(1000):
        findings.add(value("price", "case", f"id={n}"))
    assert findings.total == 1000
    assert [finding.key for finding in findings.kept()] == [f"id={n}" for n in range(10)]


def test_a_rare_kind_is_not_pushed_out_by_a_frequent_one() -> None:
    findings = Findings(10)
    for _ in range(1000):
        findings.add(value("price"))
    lost = DataFinding(kind="missing_row", table="t", key="id=7")
    findings.add(lost)
    assert lost in findings.kept()
    assert len(findings.kept()) == 10


def test_the_summary_names_the_most_frequent_first() -> None:
    findings = Findings(10)
    findings.add(DataFinding(kind="missing_row", table="t"))
    findings.add(value("name", "case"))
    findings.add(value("name", "case"))
    assert findings.summary() == "2 values differ in name (case); 1 row missing"


def test_the_summary_is_bounded() -> None:
    findings = Findings(10)
    for n in range(1000):
        findings.add(value(f"c{n}"))
    assert findings.total == 1000
    assert len(findings.summary()) < 300
    assert "and 196 more kinds" in findings.summary()  # 200 groups of their own, one for all others, 5 shown


def test_nothing_found() -> None:
    assert (Findings(10).total, Findings(10).kept(), Findings(10).summary()) == (0, (), "")


def test_plural() -> None:
    assert [plural(n, "row") for n in (0, 1, 2, 1000)] == ["0 rows", "1 row", "2 rows", "1,000 rows"]
