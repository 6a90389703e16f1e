"""One document with every status, every kind of number, and text that means harm."""

from __future__ import annotations

import pytest

from reports.document import Accounting, Better, Criterion, Finding, Identity, Result
from shadow.records import CheckStatus

NASTY = 'GET /a|b/<script>alert("1")</script>\x00\n`x` @all'

ROWS = (
    Criterion(name="data", scope="orders", status=CheckStatus.error, unit="count", reason="It crashed."),
    Criterion(
        name="parity", better=Better.higher, scope=NASTY, status=CheckStatus.fail, required=0.999, observed=0.987654321,
        bound=0.99, n=12345, blocks=17, reason="Too few agree.",
    ),
    Criterion(
        name="error_rate", scope="all", status=CheckStatus.inconclusive, required=0.005, observed=0.0, bound=0.0123,
        n=250, needed=348, e_value=1.75, e_needed=20.0, reason="More is needed.",
    ),
    Criterion(
        name="latency", unit="factor", scope="GET /slow", status=CheckStatus.waived, required=1.2, observed=1.5,
        bound=1.61, n=900, was=CheckStatus.fail, waiver="w-1", reason="Waived by ada (index). Slower.",
    ),
    Criterion(
        name="load", better=Better.higher, scope="all", status=CheckStatus.inconclusive, unit="factor", required=2.0,
        dry_run=True, reason="No replay.",
    ),
    Criterion(name="coverage", better=Better.higher, scope="all", status=CheckStatus.passed, unit="count", required=3.0,
              observed=3.0, n=9, reason="All."),
)  # fmt: skip


@pytest.fixture
def nasty() -> str:
    return NASTY


@pytest.fixture
def document() -> Result:
    return Result(
        identity=Identity(
            primary_build="p|1", candidate_build='c"2', since=0.0, until=1.0, at=1_700_000_000.0, tool_version="1.2.3",
            ledger_id="l", config_digest="c" * 64, evidence_digest="e" * 64,
        ),
        status=CheckStatus.error, headline="ERROR: data of orders: It crashed.", criteria=ROWS,
        reasons=("data of orders: It crashed.",), exit_code=12,
        accounting=Accounting(accepted=1, in_flight=0, outcomes=1, holds=True),
        findings=(Finding(source="http", scope=NASTY, kind="value", title=f"{NASTY} differs"),), findings_total=3,
        not_proved=("Anything about <b>all</b>.",),
    )  # fmt: skip


@pytest.fixture
def empty(document: Result) -> Result:
    import msgspec

    return msgspec.structs.replace(document, criteria=(), findings=(), headline="ERROR: nothing was asked.")
