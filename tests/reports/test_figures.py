"""Every criterion that the gate can ask: page, console, formats and signatures read its numbers alike."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec
import pytest
from cutover_evidence import AT, TEXT, complete, config_of, judged
from hypothesis import given
from hypothesis import strategies as st

from reports.criteria.intended import judge_intended
from reports.document import Better, Criterion
from reports.figures import figures_of
from reports.headline import TITLES, title_of
from reports.numbers import SPACE
from reports.page.criteria import criteria_of
from reports.page.limits import FULL
from reports.page.words import criterion_word
from reports.render import cells
from reports.standing import is_beyond
from shadow.config.criteria import CRITERIA
from shadow.ledger.evidence import Epoch, PairingRow
from shadow.records import CheckStatus
from shadow.rules.reevaluate import Reevaluated, Unmet

# (name, scope; `*` any other): how the requirement reads, and the end of the number.
READS = {
    ("parity", "*"): ("≥", "%"), ("error_rate", "*"): ("≤", "%"), ("success", "all"): ("≥", "%"),
    ("days", "all"): ("≥", ""), ("latency", "*"): ("≤", "×"), ("objective", "*"): ("≤", "s"),
    ("coverage", "*"): ("≥", ""), ("completeness", "all"): ("≤", "%"), ("completeness", "builds"): ("≥", ""),
    ("completeness", "pairing"): ("≥", "%"),
    ("data", "*"): ("≤", ""), ("trips", "all"): ("≤", ""), ("counters", "memory"): ("≤", ""),
    ("counters", "uptime"): ("≥", "%"), ("counters", "trips"): ("≤", ""), ("group_success", "*"): ("≥", "%"),
    ("group_latency", "*"): ("≤", "s"), ("load", "all"): ("≥", "×"), ("sensitivity", "self-proof"): ("≥", "%"),
    ("sensitivity", "A/A"): ("≤", "%"), ("rules", "*"): ("≥", ""), ("approval", "all"): ("≥", ""),
}  # fmt: skip


def reads(row: Criterion) -> tuple[str, str]:
    return READS[row.name, row.scope if (row.name, row.scope) in READS else "*"]


FELL = tuple(
    PairingRow(block_at=day * 86400.0, endpoint="GET /", both=9000, only_old=old, only_new=0, neither=0)
    for day, old in ((1, 1), (2, 900))
)


def every_row() -> tuple[Criterion, ...]:
    """Rows of every criterion there is: from evidence that passes, that fails, that is missing, and of no build."""
    cases = config_of(TEXT.replace("coverage: {", "coverage: {cases: ['GET /users/{id} status 4xx'], "))
    unknown = Epoch(id=1, primary_build="p1", candidate_build="", first_at=0.0, last_at=AT)
    fields = ("outcomes", "joints", "latencies", "watches", "checks", "proofs", "loads", "signoffs")
    rows: list[Criterion] = []
    for evidence in (
        complete(), complete(failing={3: 400}, crashed={3: 400}), complete(epoch=unknown, certificate=None),
        complete(pairings=FELL),
        complete(**dict.fromkeys(fields, ()), accepted_total=0, outcomes_total=0),
    ):  # fmt: skip
        rows += judged(evidence, cases).criteria
    unmet = (Unmet(rule="r-1", endpoint="GET /users/{id}", n=30),)
    return (*rows, *judge_intended(Reevaluated(evidence=complete(), digest="", unmet=unmet)))


ROWS = every_row()
EACH = tuple({(row.name, row.scope): row for row in reversed(ROWS)}.values())


def test_no_criterion_is_left_out_here_and_none_is_without_a_title() -> None:
    gate = config_of().gate
    assert [name for name in CRITERIA if not getattr(gate, name)] == []
    assert {row.name for row in ROWS} == set(TITLES)
    assert {key for key in READS if key[1] != "*"} <= {(row.name, row.scope) for row in ROWS}
    assert len({criterion_word(name) for name in TITLES}) == len(TITLES)


@pytest.mark.parametrize("row", EACH, ids=title_of)
def test_page_and_console_agree_on_sign_and_unit(row: Criterion) -> None:
    sign, suffix = reads(row)
    (shown,) = criteria_of((row,), frozenset(), FULL).rows
    _, title, required, observed, bound, *_ = cells(row)
    assert (required, observed, bound) == tuple(
        text.replace(SPACE, " ") for text in (shown.required, shown.observed, shown.bound)
    )
    assert shown.name == criterion_word(row.name)
    assert title == title_of(row) and "_" not in title.replace(row.scope, "")
    if row.required is not None:
        assert required.startswith(f"{sign} ")
        assert required.endswith(suffix) and (suffix or required[-1].isdigit())


@pytest.mark.parametrize("row", EACH, ids=title_of)
def test_a_waiver_holds_towards_the_good_side_and_no_further(row: Criterion) -> None:
    worse = -1.0 if reads(row)[0] == "≥" else 1.0
    row = msgspec.structs.replace(row, observed=5.0)
    assert not is_beyond(row, 5.0)
    assert not is_beyond(row, 5.0 + worse)
    assert is_beyond(row, 5.0 - worse)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{title_of(row)} {row.status}")
def test_what_passes_lies_on_the_good_side_of_what_is_required(row: Criterion) -> None:
    assert (row.better is Better.higher) == (reads(row)[0] == "≥")
    if row.status is CheckStatus.passed and row.required is not None:
        assert row.observed is not None
        room = row.observed - row.required
        assert room >= 0.0 if row.better is Better.higher else room <= 0.0


@given(row=st.sampled_from(EACH), observed=st.floats(0.0, 1000.0), required=st.floats(0.001, 1000.0))
def test_no_number_is_rounded_towards_its_good_side(row: Criterion, observed: float, required: float) -> None:
    figures = figures_of(msgspec.structs.replace(row, observed=observed, required=required, bound=None))
    told, limit = number(figures.observed), number(figures.required)
    factor = Decimal({"%": "100", "ms": "1000"}.get(figures.observed.split(SPACE)[-1], "1"))
    true = Decimal(repr(observed)) * factor
    if row.better is Better.higher:
        assert told <= true
        assert (told >= limit) == (observed >= required) or abs(observed - required) < 1e-4
    else:
        assert told >= true
        assert (told <= limit) == (observed <= required) or abs(observed - required) < 1e-4


def number(text: str) -> Decimal:
    return Decimal(re.sub(r"[^0-9.−]", "", text).replace("−", "-"))


@pytest.mark.parametrize(
    ("unit", "required", "observed", "told"),
    [
        ("ratio", 0.99999, None, (f"≤{SPACE}99.999{SPACE}%", "–")),
        ("count", 0.0, 10.41, (f"≤{SPACE}0.0", "10.5")),
        ("number", 512e6, 300_000_000.0, (f"≤{SPACE}512,000,000", "300,000,000")),
        ("number", 0.5, 0.30211, (f"≤{SPACE}0.500", "0.303")),
        ("s", 0.2, 0.0213, (f"≤{SPACE}200{SPACE}ms", f"22{SPACE}ms")),
        ("furlongs", 3.0, 2.0, (f"≤{SPACE}3.00", "2.00")),
    ],
)
def test_units(unit: str, required: float, observed: float | None, told: tuple[str, str]) -> None:
    row = Criterion(name="x", scope="all", unit=unit, required=required, observed=observed)
    assert (figures_of(row).demand, figures_of(row).observed) == told
