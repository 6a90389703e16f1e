from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.config.model import Verify
from shadow.records import DataCause
from verify.checks.collecting import add_difference
from verify.classes import MEMORY, TypeClass
from verify.explain.clusters import MOST_CAUSES, Clusters
from verify.explain.families import KINDS
from verify.explain.words import Known
from verify.planning.plan import Pair, Sides, build_plan
from verify.rows.rowdiff import RowDifference
from verify.store import ColumnSchema, Row, TableSchema
from verify.telling.findings import Findings
from verify.telling.render import keep

AT = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = {
    "id": TypeClass.integer, "tenant": TypeClass.text, "name": TypeClass.text, "at": TypeClass.timestamp,
    "price": TypeClass.decimal,
}  # fmt: skip


def pair() -> Pair:
    table = TableSchema(
        name="t",
        columns=tuple(ColumnSchema(name=name, kind=kind) for name, kind in COLUMNS.items()),
        primary_key=("id",),
    )
    sides = Sides(old=(table,), new=(table,), old_dialect=MEMORY, new_dialect=MEMORY)
    return build_plan(Verify(old="", new=""), sides).pairs[0]


PAIR = pair()


def clustered(differences: list[RowDifference], known: Known | None = None) -> tuple[int, tuple[DataCause, ...]]:
    findings, clusters = Findings(10), Clusters(PAIR, keep)
    for one in differences:
        add_difference(PAIR, one, findings, clusters, keep)
    assert clusters.total == findings.total
    return findings.total, clusters.causes(known or Known())


def row(n: int, **values: Any) -> Row:
    usual = {"id": n, "tenant": f"t{n % 50}", "name": f"name {n}", "at": AT + timedelta(hours=n), "price": Decimal(n)}
    return tuple((usual | values).values())


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "tenant": st.sampled_from(["eu", "us", None]),
    "name": st.sampled_from(["Zoë", "Zo", "zoë", "Zoë  ", "ZoÃ«", "", None, "x", "y"]),
    "at": st.sampled_from([AT, AT + timedelta(hours=1), AT + timedelta(hours=2), AT + timedelta(microseconds=5), None]),
    "price": st.sampled_from([Decimal("1.25"), Decimal("1.2"), Decimal(125), Decimal(-1), 3, None]),
}
ROWS = st.builds(lambda n, values: row(n, **values), st.integers(0, 60), st.fixed_dictionaries(VALUES))


@st.composite
def differing(draw: st.DrawFn) -> RowDifference:
    kind = draw(st.sampled_from(["missing", "extra", "changed", "changed", "hash"]))
    if kind == "hash":
        return RowDifference(old=(), new=None, detailed=False)
    old, new = draw(ROWS), draw(ROWS)
    if kind == "changed":
        return RowDifference(old=old, new=(old[0], *new[1:]))
    return RowDifference(old=old) if kind == "missing" else RowDifference(new=new)


@settings(max_examples=150)
@given(st.lists(differing(), max_size=60), st.randoms(use_true_random=False))
def test_counts_add_up_and_do_not_depend_on_the_order(found: list[RowDifference], how: random.Random) -> None:
    known = Known(latest_new={"at": AT + timedelta(hours=1, minutes=30), "id": 30}, holding={"tenant": (1, 100)})
    total, causes = clustered(found, known)
    assert sum(cause.n for cause in causes if not cause.overlaps) == total
    assert all(cause.n > 0 and cause.kind in KINDS for cause in causes)
    assert abs(sum(cause.share for cause in causes) - (1 if total else 0)) < 1e-9
    how.shuffle(found)
    assert clustered(found, known) == (total, causes)


def changed(n: int, **values: Any) -> RowDifference:
    return RowDifference(old=row(n), new=row(n, **values))


def test_each_cause_has_its_count_its_share_and_three_examples() -> None:
    found = [changed(n, name=f"name {n}"[:4]) for n in range(10, 40)]
    found += [changed(n, tenant=f"other {n}") for n in range(10)]
    _, causes = clustered(found)
    assert [(cause.kind, cause.column, cause.n, cause.share, cause.is_exact) for cause in causes] == [
        ("truncation", "name", 30, 0.75, True), ("unexplained", "tenant", 10, 0.25, True),
    ]  # fmt: skip
    assert all(len(cause.examples) == 3 for cause in causes)
    assert causes[0].examples[0].note == "cut at 4 characters"


def test_missing_since_then_is_said_with_the_moment() -> None:
    lost = [RowDifference(old=row(n)) for n in range(100, 140)]
    known = Known(latest_new={"at": AT + timedelta(hours=99), "id": 99})
    _, (cause,) = clustered(lost, known)
    assert (cause.kind, cause.column, cause.n, cause.rule) == ("missing_since", "at", 40, "")
    assert cause.what == (
        "all missing rows have at from 2026-01-05T04:00:00+00:00 on; the new side's latest is 2026-01-05T03:00:00+00:00"
    )
    assert cause.advice.startswith("The copy stopped there")
    _, (later,) = clustered(lost, Known(latest_new={"at": AT + timedelta(hours=100), "id": 200}))
    assert later.kind == "key_gap"


def test_a_range_of_keys_and_scattered_rows() -> None:
    lost = [RowDifference(old=row(n)) for n in [*range(100, 140), 7, 9]]
    _, causes = clustered(lost, Known(latest_new={"id": 1000}))
    assert [(cause.kind, cause.n, cause.what) for cause in causes] == [
        ("key_gap", 40, "every key from 100 to 139 is missing"),
        ("missing_rows", 2, "2 rows missing on the new side, besides, scattered"),
    ]


def test_rows_of_the_new_side_alone_since_then() -> None:
    made = [RowDifference(new=row(n)) for n in range(100, 140)]
    _, (cause,) = clustered(made, Known(latest_old={"at": AT + timedelta(hours=99)}))
    assert (cause.kind, cause.n) == ("extra_since", 40)
    _, (cause,) = clustered(made, Known(latest_new={"at": AT}))
    assert (cause.kind, cause.n) == ("extra_rows", 40)


def test_one_tenant_is_named_where_few_rows_are_its_own() -> None:
    found = [RowDifference(old=row(n, tenant="eu"), new=row(n, tenant="eu", name="?")) for n in range(30)]
    found += [RowDifference(old=row(40))]
    _, causes = clustered(found, Known(holding={"tenant": (60, 1000)}))
    tenant = causes[-1]
    assert (tenant.kind, tenant.column, tenant.n, tenant.overlaps) == ("one_value", "tenant", 30, True)
    assert tenant.what == (
        '30 of 31 differing rows have tenant="eu", which 60 rows of 1,000 on the old side have'
    )
    for holding in ({"tenant": (501, 1000)}, {}):
        assert all(cause.kind != "one_value" for cause in clustered(found, Known(holding=holding))[1])


def test_values_are_redacted_in_words_and_examples() -> None:
    found = [RowDifference(old=row(n, tenant="s3cret"), new=row(n, tenant="s3cret", name="x")) for n in range(20)]
    clusters = Clusters(PAIR, lambda _column, text: text.replace("s3cret", "***"))
    for one in found:
        add_difference(PAIR, one, Findings(1), clusters, lambda _column, text: text.replace("s3cret", "***"))
    causes = clusters.causes(Known(holding={"tenant": (20, 1000)}))
    assert causes[-1].kind == "one_value"
    assert b"s3cret" not in msgspec.json.encode(causes)


def test_causes_are_bounded_and_still_add_up() -> None:
    table = TableSchema(
        name="t", columns=tuple(ColumnSchema(name=f"c{n}", kind=TypeClass.text) for n in range(60)), primary_key=("c0",)
    )
    wide = build_plan(
        Verify(old="", new=""), Sides(old=(table,), new=(table,), old_dialect=MEMORY, new_dialect=MEMORY)
    ).pairs[0]
    findings, clusters = Findings(1), Clusters(wide, keep)
    add_difference(wide, RowDifference(old=("k", *["a"] * 59), new=("k", *["b"] * 59)), findings, clusters, keep)
    causes = clusters.causes(Known())
    assert len(causes) == MOST_CAUSES
    assert sum(cause.n for cause in causes) == findings.total == 59
    assert (causes[-1].kind, causes[-1].n) == ("other", 40)
