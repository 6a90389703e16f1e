from __future__ import annotations

from msgspec.structs import replace

from shadow.records import CheckStatus, DataCheck, DataFinding
from verify.running.since import dated


def check(run: int, *keys: str, status: CheckStatus = CheckStatus.fail) -> DataCheck:
    findings = tuple(DataFinding(kind="value", table="t", column="c", key=key, old=str(run)) for key in keys)
    return DataCheck(
        run_id=f"r{run}", pair="t", check="rows", started_at=run * 100.0, finished_at=run * 100.0 + 1,
        status=status, findings=findings,
    )  # fmt: skip


def ages(found: DataCheck) -> dict[str, tuple[float | None, str]]:
    return {finding.key: (finding.since, finding.since_run) for finding in found.findings}


def test_the_first_run_of_a_series_is_carried_on_whatever_the_values() -> None:
    first = dated(check(1, "a"), ())
    second = dated(check(2, "a", "b"), (first,))
    assert ages(dated(check(3, "a", "b", "c"), (second, first))) == {
        "a": (100.0, "r1"), "b": (200.0, "r2"), "c": (300.0, "r3"),
    }  # fmt: skip


def test_a_night_without_a_result_is_passed_over_and_a_pass_ends_the_series() -> None:
    first = dated(check(1, "a"), ())
    for status, since in ((CheckStatus.error, "r1"), (CheckStatus.inconclusive, "r1"), (CheckStatus.passed, "r3")):
        assert ages(dated(check(3, "a"), (check(2, status=status), first)))["a"][1] == since


def test_a_finding_from_before_there_were_ages_counts_from_its_run() -> None:
    assert ages(dated(check(2, "a"), (check(1, "a"),))) == {"a": (100.0, "r1")}


def test_other_columns_and_kinds_are_other_findings() -> None:
    first = dated(check(1, "a"), ())
    other = DataFinding(kind="missing_row", table="t", key="a")
    assert ages(dated(replace(check(2), findings=(other,)), (first,))) == {"a": (200.0, "r2")}
