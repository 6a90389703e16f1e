from __future__ import annotations

import msgspec
import pytest

from reports.document import Better, Criterion, Day
from reports.numbers import SPACE as S
from reports.page.criteria import FIRST_SCREEN, coverage_seen, criteria_of
from reports.page.limits import FULL
from shadow.records import CheckStatus

E, F, I, W, P = CheckStatus  # noqa: E741


def row(name: str, scope: str, status: CheckStatus, **fields: object) -> Criterion:
    side = Better.higher if name in ("parity", "coverage", "success") else Better.lower
    return Criterion(name=name, scope=scope, status=status, **({"better": side} | fields))  # type: ignore[arg-type]


def scopes(rows: tuple[object, ...]) -> list[str]:
    return [item.scope for item in rows]  # type: ignore[attr-defined]


def test_worst_first_in_the_order_of_the_document() -> None:
    view = criteria_of(
        (row("data", "a", P), row("parity", "b", F), row("latency", "c", E), row("parity", "d", F)), frozenset(), FULL
    )
    assert scopes(view.rows) == ["c", "b", "d", "a"]
    assert [(tally.badge.word, tally.n) for tally in view.tallies] == [("Error", "1"), ("Fail", "2"), ("Pass", "1")]
    assert (view.total, view.all_rows) == ("4 criteria", ())


def test_every_criterion_keeps_its_place_on_the_first_screen() -> None:
    parity = [row("parity", f"e{i}", F) for i in range(20)]
    others = [row(name, "all", P) for name in ("error_rate", "latency", "coverage", "completeness")]
    passing = [row("latency", f"e{i}", P) for i in range(3)]
    view = criteria_of((*parity, *others, *passing), frozenset(), FULL)
    assert len(view.rows) == FIRST_SCREEN
    assert {item.name for item in view.rows} == {"Parity", "Error rate", "Latency", "Coverage", "Completeness"}
    assert [item.siblings for item in view.rows] == ["", "", "", "+ 16 fail", "", "+ 3 pass", "", ""]
    assert len(view.all_rows) == 27


def test_criteria_without_room_are_named_by_what_they_say() -> None:
    many = [row(f"own {i}", "all", F if i == 0 else W if i == 10 else P) for i in range(11)]
    view = criteria_of(tuple(many), frozenset(), FULL)
    assert [item.name for item in view.rows] == ["Own 0", "Own 10", *(f"Own {i}" for i in range(1, FIRST_SCREEN - 1))]
    assert view.rest == "Also pass: Own 7, Own 8, Own 9."
    failing = criteria_of(tuple(row(f"own {i}", "all", F) for i in range(FIRST_SCREEN + 1)), frozenset(), FULL)
    assert failing.rest == f"Also fail: Own {FIRST_SCREEN}."
    assert criteria_of(tuple(many[:3]), frozenset(), FULL).rest == ""
    dry = msgspec.structs.replace(row("load", "all", I), dry_run=True)
    assert criteria_of((*many[:FIRST_SCREEN], dry), frozenset(), FULL).rest == "Also inconclusive: Load (a dry run)."


def test_room_is_not_filled_with_what_passes() -> None:
    view = criteria_of((row("parity", "all", P), row("parity", "a", P), row("parity", "b", W)), frozenset(), FULL)
    assert scopes(view.rows) == ["b"]
    assert view.rows[0].siblings == "+ 2 pass"


def test_long_lists_say_how_much_is_missing() -> None:
    view = criteria_of(tuple(row("parity", f"e{i}", F) for i in range(FULL.criteria + 5)), frozenset(), FULL)
    assert (len(view.all_rows), view.all_more) == (FULL.criteria, "and 5 more, in the JSON document")


@pytest.mark.parametrize(
    ("criterion", "texts"),
    [
        (
            row("parity", "all", F, required=0.999, observed=0.9989999, bound=0.99, n=5000),
            (f"≥{S}99.90{S}%", f"99.89{S}%", f"99.00{S}%", "5,000"),
        ),
        (
            row("parity", "all", F, required=0.99995, observed=0.999949, bound=0.9, n=1),
            (f"≥{S}99.995{S}%", f"99.994{S}%", f"90.000{S}%", "1"),
        ),
        (
            row("error_rate", "all", P, required=0.01, observed=-0.002, bound=0.00001, n=9),
            (f"≤{S}1.00{S}%", f"−0.20{S}%", f"0.01{S}%", "9"),
        ),
        (
            row("latency", "all", F, unit="factor", required=1.2, observed=1.201, bound=1.2001, n=9),
            (f"≤{S}1.20×", "1.21×", "1.21×", "9"),
        ),
        (
            row("objective", "all", F, unit="s", required=0.02, observed=0.0204, n=9),
            (f"≤{S}20{S}ms", f"21{S}ms", "–", "9"),
        ),
        (row("coverage", "all", I, unit="count", required=13, observed=12, n=9), (f"≥{S}13", "12", "–", "9")),
        (row("data", "t", F, unit="count", required=0, observed=1, n=9), (f"≤{S}0", "1", "–", "9")),
        (row("data", "t", I), ("–", "–", "–", "0")),
        (row("parity", "t", E, required=float("nan"), observed=float("nan")), ("–", "–", "–", "0")),
    ],
)
def test_numbers_of_a_row(criterion: Criterion, texts: tuple[str, ...]) -> None:
    (shown,) = criteria_of((criterion,), frozenset(), FULL).rows
    assert (shown.required, shown.observed, shown.bound, shown.n) == texts


def test_links_and_needs() -> None:
    item = row("parity", "GET /a", I, link="#endpoint-1", needed=1230, reason="Too few.")
    (shown,) = criteria_of((item,), frozenset({"endpoint-1"}), FULL).rows
    assert (shown.link, shown.needed, shown.reason) == ("#endpoint-1", "1,230 more needed", "Too few.")
    (lost,) = criteria_of((msgspec.structs.replace(item, link="//evil"),), frozenset({"endpoint-1"}), FULL).rows
    assert lost.link == ""


@pytest.mark.parametrize(
    ("rows", "seen"),
    [
        ((), (0, 0)),
        ((row("coverage", "all", I, unit="count", required=13, observed=12), row("coverage", "GET /a", I)), (12, 13)),
        ((row("coverage", "all", E),), (0, 0)),
        ((row("coverage", "cases", I, unit="count", required=3, observed=1),), (0, 0)),
        ((row("coverage", "all", I, unit="count"),), (0, 0)),
    ],
)
def test_coverage(rows: tuple[Criterion, ...], seen: tuple[int, int]) -> None:
    assert coverage_seen(rows) == seen


def test_what_decides_nothing_comes_last_and_says_so() -> None:
    dry = msgspec.structs.replace(row("load", "all", F), dry_run=True)
    waived = msgspec.structs.replace(row("latency", "a", W), was=F, waiver="w-7")
    view = criteria_of((dry, row("parity", "all", P), waived), frozenset(), FULL)
    assert [(item.name, item.tag) for item in view.rows] == [
        ("Latency", "fail, waived by w-7"), ("Parity", ""), ("Load", "dry run, decides nothing"),
    ]  # fmt: skip


def test_repeated_looks_attempts_and_days_are_told() -> None:
    days = (Day(at=1_764_028_800.0, state="red", n=9, failing=2, observed_ratio=1.0), Day(at=1_764_115_200.0))
    told = msgspec.structs.replace(
        row("success", "all", P), e_value=812.5, e_needed=20.0, attempts=1, days=days, since=1_764_028_800.0
    )
    (item,) = criteria_of((told,), frozenset(), FULL).rows
    assert item.evidence == "e-value 812.5 of 20 needed, 1 attempt since the build"
    assert item.since == "2025-11-25 00:00:00 UTC"
    assert [(day.symbol, day.title.split(":")[0]) for day in item.days] == [("✕", "2025-11-25"), ("○", "2025-11-26")]
    assert "2 failing" in item.days[0].title
