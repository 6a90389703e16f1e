# ruff: noqa: E501  (tables of data: one row, one line)
"""Result documents to render: one for each verdict. Also what the screenshots show.

The rich one tells the story of a small shop whose orders service moves from Flask to FastAPI.
"""

from __future__ import annotations

from msgspec.structs import replace
from page_sample_parts import MIX, START, bound_of, checks, endpoint, findings, identity

from reports.document import (
    Accounting,
    Better,
    Covered,
    Criterion,
    Day,
    DayLine,
    EndpointLine,
    Identity,
    OutcomeCount,
    Pairing,
    Result,
    RuleChange,
    RuleHistory,
    SignOff,
)  # fmt: skip
from shadow.errors import EXIT_WAITING
from shadow.records import CheckStatus, Gap, GapKind, Kind


def parity_row(line: EndpointLine, status: CheckStatus | None = None) -> Criterion:
    told = status or (CheckStatus.passed if line.agreeing == line.compared else CheckStatus.fail)
    shown = f"{line.compared - line.agreeing:,} of {line.compared:,} compared answers differ"
    return Criterion(
        name="parity", better=Better.higher, scope=line.endpoint, status=told, required=0.99, observed=line.parity, bound=line.parity_bound,
        n=line.compared, blocks=7, reason=f"{shown}; at least 99 % have to agree.", link=f"#{line.anchor}",
    )  # fmt: skip


def no_go() -> Result:
    """Thirteen planted divergences: the face of the product."""
    lines = tuple(endpoint(i, *row, fixed=False) for i, row in enumerate(MIX, start=1))
    by_outcome: dict[tuple[str, str], int] = {}
    for line in lines:
        for row in line.outcomes:
            by_outcome[row.outcome, row.reason] = by_outcome.get((row.outcome, row.reason), 0) + row.n
    total = sum(by_outcome.values())
    failing = [line for line in lines if line.compared and line.agreeing < line.compared]
    compared, agreeing = sum(line.compared for line in lines), sum(line.agreeing for line in lines)
    criteria = (
        Criterion(name="parity", better=Better.higher, scope="all", status=CheckStatus.fail, required=0.99, observed=agreeing / compared,
                  bound=bound_of(compared - agreeing, compared), n=compared, blocks=7,
                  reason=f"{compared - agreeing:,} of {compared:,} compared answers differ; at least 99 % have to agree."),
        *(parity_row(line) for line in sorted(failing, key=lambda line: line.parity or 0.0)),
        Criterion(name="error_rate", scope="POST /search", status=CheckStatus.fail, required=0.01, observed=9 / 244,
                  bound=0.0194, n=244, blocks=7, link="#endpoint-9",
                  reason="Of 244 pairs the candidate alone failed 9, the primary alone 0."),
        Criterion(name="latency", unit="factor", scope="GET /reports/revenue", status=CheckStatus.fail, required=1.2,
                  observed=230.9 / 39.5, bound=5.12, n=120, blocks=7, link="#endpoint-11",
                  reason="The median grew from 39 ms to 231 ms; ×1.20 or 20 ms more are allowed."),
        Criterion(name="data", scope="audit_events", status=CheckStatus.fail, unit="count", required=0, observed=1,
                  n=41_208, reason="1 row of 41,208 is missing in the new store.", link="#data"),
        Criterion(name="data", scope="customer_notes", status=CheckStatus.fail, unit="count", required=0, observed=1,
                  n=3_120, reason="1 value differs: cut at 120 characters.", link="#data"),
        Criterion(name="coverage", better=Better.higher, scope="all", status=CheckStatus.inconclusive, unit="count", required=13, observed=12,
                  n=compared, reason="12 of 13 endpoints were compared at least 30 times; missing: POST /orders."),
        Criterion(name="completeness", scope="all", status=CheckStatus.passed, required=0.01, observed=9 / total,
                  n=total, blocks=7, reason="9 of 4,948 mirrored requests were lost."),
        *(parity_row(line) for line in lines if line.compared and line not in failing),
        *(Criterion(name="latency", unit="factor", scope=line.endpoint, status=CheckStatus.passed, required=1.2, observed=0.8,
                    bound=0.93, n=line.compared, blocks=7, link=f"#{line.anchor}", reason="Faster than before.")
          for line in lines if line.compared and line.endpoint != "GET /reports/revenue"),
    )  # fmt: skip
    return Result(
        identity=identity(),
        status=CheckStatus.fail,
        headline="NO-GO: parity of GET /orders: 0 % of 637 compared answers agree, at least 99 % have to. "
        "14 more criteria fail.",
        reasons=tuple(f"{row.name} of {row.scope}: {row.reason}" for row in criteria if row.status is CheckStatus.fail),
        criteria=criteria,
        accounting=Accounting(
            accepted=total + 2, in_flight=2, outcomes=total, holds=True,
            by_outcome=tuple(OutcomeCount(outcome=o, reason=r, n=n) for (o, r), n in by_outcome.items()),
            pairing=Pairing(both=compared - 9, only_old=9),
        ),
        endpoints=lines,
        findings=findings(),
        findings_total=13,
        rules=RuleHistory(
            digest="today",
            recorded=("yesterday",),
            changed=18,
            changes=(
                RuleChange(
                    endpoint="GET /stock/{id}", before="mismatch", after="noise_only", rules=("stock-clock",), n=18
                ),
            ),
        ),
        covered=(
            Covered(endpoint="GET /orders/{id}", path="header:date", kind=Kind.header, by="volatile header", n=809),
            Covered(endpoint="GET /products", path="body:$.generated_at", kind=Kind.value, by="noise: timestamp", n=44),
            Covered(endpoint="GET /stock/{id}", path="body:$.checked_at", kind=Kind.value, by="rule stock-clock", n=18),
        ),
        checks=checks(),
        gaps=(Gap(kind=GapKind.shed, started_at=START + 411, ended_at=START + 412.4, lost=9, detail="tee full"),),
        not_proved=(
            "POST /orders: writes were not mirrored, because the candidate shares the primary’s database.",
            "Requests beyond the ones seen: a path no client took was not compared.",
            "Behaviour under more than the mirrored load.",
        ),
    )  # fmt: skip


def go() -> Result:
    """Everything passes."""
    lines = tuple(endpoint(i, *row, fixed=True) for i, row in enumerate(MIX[:12], start=1))
    compared = sum(line.compared for line in lines)
    criteria = (
        Criterion(name="parity", better=Better.higher, scope="all", status=CheckStatus.passed, required=0.99, observed=1.0, bound=0.99937,
                  n=compared, blocks=7, reason="All compared answers agree; at least 99.93 % is shown."),
        *(parity_row(line) for line in lines),
        Criterion(name="error_rate", scope="all", status=CheckStatus.passed, required=0.01, observed=0.0, bound=0.00061,
                  n=compared, blocks=7, reason="Neither side failed alone."),
        *(Criterion(name="latency", unit="factor", scope=line.endpoint, status=CheckStatus.passed, required=1.2, observed=0.8, bound=0.93,
                    n=line.compared, blocks=7, link=f"#{line.anchor}", reason="Faster than before.") for line in lines),
        Criterion(name="coverage", better=Better.higher, scope="all", status=CheckStatus.passed, unit="count", required=12, observed=12,
                  n=compared, reason="12 endpoints compared at least 30 times each."),
        Criterion(name="completeness", scope="all", status=CheckStatus.passed, required=0.01, observed=0.0, n=compared,
                  reason="Nothing was lost."),
        *(Criterion(name="data", scope=pair, status=CheckStatus.passed, unit="count", required=0, observed=0, n=n,
                    reason="3 checks passed.", link="#data") for pair, n in (("customers", 2_000), ("orders", 20_000))),
    )  # fmt: skip
    by_outcome: dict[tuple[str, str], int] = {}
    for line in lines:
        for row in line.outcomes:
            key = ("match", "") if row.outcome == "shed" else (row.outcome, row.reason)
            by_outcome[key] = by_outcome.get(key, 0) + row.n
    total = sum(by_outcome.values())
    return Result(
        identity=identity(candidate_build="orders-fastapi 1.0.0-rc7"),
        status=CheckStatus.passed,
        headline=f"GO: {len(criteria)} criteria passed. Closest: latency of GET /orders: faster than before.",
        criteria=criteria,
        accounting=Accounting(
            accepted=total, in_flight=0, outcomes=total, holds=True,
            by_outcome=tuple(OutcomeCount(outcome=o, reason=r, n=n) for (o, r), n in by_outcome.items()),
            pairing=Pairing(both=compared),
        ),
        endpoints=lines,
        covered=no_go().covered,
        checks=checks(fixed=True),
        not_proved=("Writes were not mirrored.",),
    )  # fmt: skip


DAY_S = 86_400.0


def waiting() -> Result:
    """Everything passes over a fortnight; one of two people has approved, a waiver covers one criterion."""
    base = go()
    first = START - START % DAY_S - 14 * DAY_S
    states = ("gap", "red", "thin", *("green",) * 11)
    days = tuple(
        Day(at=first + i * DAY_S, state=state, n=2_500 if state != "thin" else 12, failing=40 if state == "red" else 1,
            observed_ratio=0.4 if state == "gap" else 1.0)
        for i, state in enumerate(states)
    )  # fmt: skip
    rows = (
        Criterion(name="latency", unit="factor", scope="GET /reports/revenue", status=CheckStatus.waived, was=CheckStatus.fail,
                  waiver="w-7", required=1.2, observed=1.31, bound=1.28, n=2_400, blocks=300, since=first,
                  reason="Slower by 28 %; waived until the index is built.", link="#endpoint-11"),
        Criterion(name="success", better=Better.higher, scope="all", status=CheckStatus.passed, required=0.999, observed=0.9996,
                  bound=0.9993, n=27_500, blocks=3_000, e_value=812.5, e_needed=20.0,
                  reason="99.96 % of 27,500 requests answered below 500; at least 99.93 % is shown, 99.9 % required."),
        Criterion(name="days", better=Better.higher, scope="all", status=CheckStatus.passed, unit="count", required=7, observed=11,
                  n=27_500, blocks=11, since=first + 3 * DAY_S, days=days, attempts=2,
                  reason="7 days in a row with at least 99.5 % shown: yes, 2 attempts since this build."),
        Criterion(name="load", better=Better.higher, scope="all", status=CheckStatus.inconclusive, unit="factor", required=2.0, dry_run=True,
                  reason="No marked replay run is in the ledger."),
        *base.criteria,
    )  # fmt: skip
    signoffs = (
        SignOff(id="a-1", what="approval", who="maria@shop.example", why="Reviewed with the orders team.",
                at=START + 1900, until=START + 1900 + DAY_S, evidence_digest=base.identity.evidence_digest, is_valid=True),
        SignOff(id="w-7", what="waiver", who="jonas@shop.example", why="The index comes with the next release.",
                at=START + 1000, until=START + 7 * DAY_S, evidence_digest=base.identity.evidence_digest,
                criterion="latency", scope="GET /reports/revenue", is_valid=True),
        SignOff(id="a-0", what="approval", who="jonas@shop.example", why="Looks right.", at=START - DAY_S,
                until=START, evidence_digest="sha256:older", void_because="It was given on other evidence."),
    )  # fmt: skip
    lines = tuple(
        replace(line, days=tuple((day.at, 200, 200 - (i == 1) * 3) for i, day in enumerate(days)))
        for line in base.endpoints
    )
    return replace(
        base,
        identity=identity(candidate_build="orders-fastapi 1.0.0", since=first, until=START + 1834),
        status=CheckStatus.waived,
        headline="GO: every criterion passes or is waived; 1 of 2 approvals given.",
        criteria=rows,
        endpoints=lines,
        profile="cutover",
        exit_code=EXIT_WAITING,
        approvals_required=2,
        approvals_given=1,
        signoffs=signoffs,
        days=tuple(DayLine(at=day.at, requests=2_600, compared=day.n, agreeing=day.n - day.failing, lost=3,
                           observed_ratio=day.observed_ratio) for day in days),
    )  # fmt: skip


def not_yet() -> Result:
    """Too little traffic, one build unknown."""
    base = go()
    lines = tuple(endpoint(i, name, n // 12, wrong, ms, fixed=True) for i, (name, n, wrong, ms) in enumerate(MIX[:12], 1))
    thin = tuple(
        Criterion(name="parity", better=Better.higher, scope=line.endpoint, status=CheckStatus.inconclusive, required=0.99, observed=1.0,
                  bound=0.05 ** (1 / line.compared), n=line.compared, needed=299 - line.compared, blocks=1,
                  link=f"#{line.anchor}", reason=f"All {line.compared} compared answers agree, which is too few to show 99 %.")
        for line in lines
    )  # fmt: skip
    total = sum(line.requests for line in lines)
    return Result(
        identity=identity(primary_build="", until=START + 240),
        status=CheckStatus.inconclusive,
        headline="NOT YET: parity of GET /stock/{id}: only 80.73 % is shown, 99 % required. 285 more requests without a "
        "difference would show it.",
        criteria=(
            *thin,
            Criterion(name="completeness", better=Better.higher, scope="builds", status=CheckStatus.inconclusive, unit="count", required=2,
                      observed=1, reason="Unknown build of primary; set primary.build (or primary.build_header)."),
            *(row for row in base.criteria if row.name not in ("parity",)),
        ),
        accounting=Accounting(accepted=total, in_flight=0, outcomes=total, holds=True,
                              by_outcome=(OutcomeCount(outcome="match", reason="", n=total),)),
        endpoints=lines,
        gaps=(Gap(kind=GapKind.paused, started_at=START + 90, ended_at=START + 160),),
        not_proved=("Data: no check was run.",),
    )  # fmt: skip


def error() -> Result:
    """The sum does not hold."""
    base = no_go()
    row = Criterion(name="completeness", scope="all", status=CheckStatus.error, required=0.01, n=5_000,
                    reason="The sum does not hold: 5,000 accepted, 2 in flight, 4,986 with an outcome.")  # fmt: skip
    return Result(
        identity=identity(),
        status=CheckStatus.error,
        headline="NO VERDICT: completeness: the sum does not hold.",
        criteria=(row, *base.criteria[:3]),
        accounting=Accounting(accepted=5_000, in_flight=2, outcomes=4_986, by_outcome=base.accounting.by_outcome),
        endpoints=base.endpoints,
    )  # fmt: skip


def empty() -> Result:
    """Nothing was ever recorded and nothing asked."""
    return Result(
        identity=Identity(
            primary_build="", candidate_build="", since=0, until=0, at=START, tool_version="0.1.0", ledger_id="",
            config_digest="", evidence_digest="",
        ),
        accounting=Accounting(accepted=0, in_flight=0, outcomes=0),
    )  # fmt: skip


ALL = {"go": go, "no-go": no_go, "not-yet": not_yet, "waiting": waiting, "error": error, "empty": empty}
