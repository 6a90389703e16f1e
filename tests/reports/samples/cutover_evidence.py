"""Evidence that opens the whole cutover profile: fifteen good days of two endpoints, and all the rest."""

from __future__ import annotations

from typing import Any

import msgspec

from reports.document import Result
from reports.judge import judge
from shadow.config import config_digest
from shadow.config.model import Config
from shadow.ledger.certificate import Certificate
from shadow.ledger.evidence import (
    Epoch,
    Evidence,
    JointRow,
    LatencyRow,
    MarkRow,
    OutcomeRow,
    ProofRow,
    RatioRow,
    TotalRow,
    WatchRow,
)
from shadow.ledger.histogram import SCALE, bucket_of
from shadow.ledger.load import LoadRun
from shadow.ledger.rollup import pack
from shadow.ledger.signoff import GENESIS, Signed, SignOff, chained
from shadow.records import CheckStatus, DataCheck, Leg, Outcome, Triage
from shadow.validation import parse_config

DAY, HOUR = 86400.0, 3600.0
DAYS = 15
START = 20_000 * DAY
AT = START + DAYS * DAY + 5 * HOUR
PER_DAY = 6000
ENDPOINTS = ("GET /users/{id}", "POST /auth/login")

TEXT = """\
primary: {url: 'http://127.0.0.1:1', build: p1}
candidate: {url: 'http://127.0.0.1:2', build: c1}
secondary: {url: 'http://127.0.0.1:3'}
routes:
  - {endpoint: 'POST /auth/login', mirror: read_only}
verify: {old: 'sqlite:///old.db', new: 'sqlite:///new.db', tables: [{old: users}]}
gate:
  profile: cutover
  coverage: {expected: ['GET /users/{id}', 'POST /auth/login']}
  metrics: {url: 'http://127.0.0.1:2/metrics'}
  counters:
    - {name: memory, metric: rss, what: highest, most: 512000000}
    - {name: uptime, what: up, least: 0.999}
    - {name: trips, metric: trips_total, what: rise, most: 0}
  groups:
    - {name: auth, endpoints: ['POST /auth/*'], min_success_ratio: 0.99, max_s: 2.0}
  load: {factor: 2.0, dry_run: false}
"""


def config_of(text: str = TEXT) -> Config:
    return parse_config(text, "shadow.yaml", {})


def rows_of(day: int, endpoint: str, n: int, failing: int = 0, crashed: int = 0) -> dict[str, list[Any]]:
    """The folded rows of one endpoint and day; `failing` answers differ, of `crashed` the candidate gave none."""
    at = START + day * DAY
    blocks, bad = 288, failing + crashed
    noisy = tuple((max(n // blocks, 1), 1, 0, 0) for _ in range(bad))
    agree = [OutcomeRow(block_at=at, endpoint=endpoint, outcome=Outcome.match, reason="", triage=Triage.pending,
                        n=n - bad, width_s=DAY)]  # fmt: skip
    other = [
        OutcomeRow(block_at=at, endpoint=endpoint, outcome=outcome, reason="", triage=Triage.confirmed, n=count,
                   width_s=DAY)
        for outcome, count in ((Outcome.mismatch, failing), (Outcome.candidate_failed, crashed))
        if count
    ]  # fmt: skip
    errors = tuple((max(n // blocks, 1), 1, 0, 0) for _ in range(crashed))
    quick = pack({bucket_of(0.02): n})
    return {
        "outcomes": agree + other,
        "joints": [JointRow(block_at=at, endpoint=endpoint, criterion="error", both_ok=n - crashed, old_bad=0,
                            new_bad=crashed, both_bad=0, width_s=DAY)],
        "ratios": [RatioRow(block_at=at, endpoint=endpoint, against=Leg.secondary, n=n, sum_log=0.0, sum_log2=0.0)],
        "latencies": [LatencyRow(block_at=at, endpoint=endpoint, leg=leg, scale=SCALE, packed=quick, width_s=DAY)
                      for leg in Leg],
        "marks": [
            MarkRow(block_at=at, endpoint=endpoint, question="parity", quiet=blocks - bad, noisy=noisy, width_s=DAY),
            MarkRow(block_at=at, endpoint=endpoint, question="error", quiet=blocks - crashed, noisy=errors,
                    width_s=DAY),
        ],
    }  # fmt: skip


def totals_of(day: int, n: int, failing: int, crashed: int) -> list[TotalRow]:
    bad = failing + crashed
    return [
        TotalRow(block_at=START + day * DAY + block * 300.0, pairs=n // 288, new_bad=int(block < crashed), old_bad=0,
                 both_bad=0, compared=n // 288, failing=int(block < bad))
        for block in range(288)
    ]  # fmt: skip


def signed(**fields: Any) -> tuple[Signed, ...]:
    given: dict[str, Any] = {
        "id": "a1", "what": "approval", "who": "ada", "why": "seen", "at": AT - 60.0, "until": AT + 3600.0,
        "ledger_id": "l1", "primary_build": "p1", "candidate_build": "c1", "config_digest": digest(),
        "evidence_digest": "e", "accepted": 1,
    } | fields  # fmt: skip
    content = msgspec.json.encode(SignOff(**given)).decode()
    return (Signed(seq=1, content=content, hash=chained(GENESIS, content)),)


def digest() -> str:
    return config_digest(config_of())


def complete(
    failing: dict[int, int] | None = None, crashed: dict[int, int] | None = None, days: int = DAYS, **fields: Any
) -> Evidence:
    """Fifteen good days, and everything else that the profile asks for; `failing` and `crashed` by day."""
    found: dict[str, list[Any]] = {}
    totals: list[TotalRow] = []
    for day in range(days):
        bad, gone = (failing or {}).get(day, 0), (crashed or {}).get(day, 0)
        for endpoint in ENDPOINTS:
            for name, rows in rows_of(day, endpoint, PER_DAY, bad, gone).items():
                found.setdefault(name, []).extend(rows)
        totals += totals_of(day, 2 * PER_DAY, 2 * bad, 2 * gone)
    hours = range(int(days * 24 + 5))
    watches = [
        WatchRow(name=name, block_at=START + hour * HOUR, seconds=HOUR, n=n, high=high, total=total)
        for hour in hours
        for name, n, high, total in (
            ("mirror", 0, None, 0.0), ("breaker:candidate", 0, None, 0.0), ("candidate:rss", 240, 3e8, 7e10),
            ("candidate:up", 240, None, 240.0), ("candidate:trips_total:rise", 0, None, 0.0),
        )
    ]  # fmt: skip
    requests = sum(row.n for row in found.get("outcomes", []))
    check = DataCheck(
        run_id="r", pair="users", check="rows", started_at=AT - 700.0, finished_at=AT - 600.0,
        status=CheckStatus.passed, rows_old=10, rows_new=10,
    )  # fmt: skip
    given: dict[str, Any] = {
        **{name: tuple(rows) for name, rows in found.items()},
        "totals": tuple(totals),
        "watches": tuple(watches),
        "checks": (check,),
        "proofs": (ProofRow(endpoint=ENDPOINTS[0], mutation="type", detected=True, by="", n=500),),
        "certificate": Certificate(build="p1", first_at=START, last_at=AT - HOUR, n=5000, alarms=0),
        "loads": (LoadRun(id="x", build="c1", started_at=AT - 9000.0, finished_at=AT - 8000.0, factor=2.5,
                          requests=9000, failed=0),),
        "signoffs": signed(),
        "epoch": Epoch(id=1, primary_build="p1", candidate_build="c1", first_at=START, last_at=AT),
        "accepted_total": requests,
        "outcomes_total": requests,
    }  # fmt: skip
    return Evidence(ledger_id="l1", path="l", read_at=AT, since=START, until=AT, **(given | fields))


def judged(evidence: Evidence, config: Config | None = None, at: float = AT) -> Result:
    return judge(evidence, config or config_of(), at=at, expected_endpoints=ENDPOINTS, tool_version="1")


def statuses(result: Result) -> dict[tuple[str, str], str]:
    return {(row.name, row.scope): str(row.status) for row in result.criteria}
