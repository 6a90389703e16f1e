"""The frozen, versioned result document: the only input of every rendering and of the exit code.

Ratios are 0-1, durations seconds, instants Unix seconds UTC. Same evidence, same settings, same `at`: same document.
"""

from __future__ import annotations

import msgspec

from reports.criterion import Better as Better
from reports.criterion import Criterion as Criterion
from reports.criterion import Day as Day
from shadow.errors import EXIT_ERROR
from shadow.ledger.shedding import ClassRow
from shadow.records import CheckStatus, DataCheck, Example, Gap, Kind, Message

SCHEMA_VERSION = 3


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-off of the ledger as the page shows it: an approval or a waiver, valid or void, and why.

    `what` is `approval` or `waiver`; `criterion` and `scope` are a waiver's; `until` is its end. `evidence_digest` is
    that of the document it was given on. `is_valid` is False by default, `void_because` says why.
    """

    id: str
    what: str
    who: str
    why: str
    at: float
    until: float
    evidence_digest: str
    candidate_build: str = ""
    criterion: str = ""
    scope: str = ""
    limit: float | None = None
    is_valid: bool = False
    void_because: str = ""


class DayLine(msgspec.Struct, frozen=True, kw_only=True):
    """One UTC day of the evidence: what was compared, what agreed, what was lost, and how much of it was watched."""

    at: float
    requests: int = 0
    compared: int = 0
    agreeing: int = 0
    lost: int = 0
    observed_ratio: float | None = None


class OutcomeCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests ended in an outcome for a reason."""

    outcome: str
    reason: str
    n: int


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """Who answered, of the requests that were meant for both backends: `old` is the primary, `new` the candidate."""

    both: int = 0
    only_old: int = 0
    only_new: int = 0
    neither: int = 0

    @property
    def total(self) -> int:
        """Requests that were meant for both."""
        return self.both + self.only_old + self.only_new + self.neither


class Accounting(msgspec.Struct, frozen=True, kw_only=True):
    """The sum that must hold: accepted == in_flight + outcomes. `holds` is False by default. `shed_by_class` are the
    requests that were mirrored or shed at the listeners, by method and size, over the whole ledger; `pairing` tells of
    the judged window who answered."""

    accepted: int
    in_flight: int
    outcomes: int
    holds: bool = False
    by_outcome: tuple[OutcomeCount, ...] = ()
    shed_by_class: tuple[ClassRow, ...] = ()
    pairing: Pairing = Pairing()


class LatencyLine(msgspec.Struct, frozen=True, kw_only=True):
    """Quantiles of one leg at one endpoint, from histogram buckets; `error_ratio` is the bucket's relative width."""

    leg: str
    n: int
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    error_ratio: float = 0.0
    buckets: tuple[tuple[float, int], ...] = ()


class EndpointLine(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint in the compatibility table. `parity` is agreeing / compared, None where nothing was compared;
    `days` are (midnight UTC, compared, agreeing) of each day on which anything was. `p_value` is the chance of so many
    failures if parity were just what is required; `is_regressed` endpoints can be claimed together (Holm, 5 %),
    `is_suspect` ones are worth a look (Benjamini-Hochberg, 10 %). `new_endpoint` is where the candidate has it, empty
    where nothing maps it."""

    endpoint: str
    anchor: str
    new_endpoint: str = ""
    status: CheckStatus = CheckStatus.error
    requests: int = 0
    compared: int = 0
    agreeing: int = 0
    parity: float | None = None
    parity_bound: float | None = None
    outcomes: tuple[OutcomeCount, ...] = ()
    latency: tuple[LatencyLine, ...] = ()
    ratio: float | None = None
    reason: str = ""
    days: tuple[tuple[float, int, int], ...] = ()
    p_value: float | None = None
    is_regressed: bool = False
    is_suspect: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, named: an HTTP signature (`source` http), a slower endpoint (`latency`) or a data
    finding (`data`). `share` is the part of the endpoint's compared exchanges, None for data.
    `title` is the sentence a reviewer reads, `cause` the one that says what the requests behind it have in common,
    `smallest` the smallest request that led to it so far, of `smallest_bytes`."""

    source: str
    scope: str
    kind: str
    path: str = ""
    title: str = ""
    note: str = ""
    n: int = 0
    share: float | None = None
    first_at: float | None = None
    last_at: float | None = None
    anchor: str = ""
    examples: tuple[Example, ...] = ()
    cause: str = ""
    smallest: Message | None = None
    smallest_bytes: int = 0


class ProofLine(msgspec.Struct, frozen=True, kw_only=True):
    """Of `tested` candidate's answers at an endpoint with this mistake put into them, how many were noticed, and what
    blinded the comparison to the others: (`rule:<id>`, `noise:<kind>` or `limit:<which>`, how many)."""

    endpoint: str
    mutation: str
    tested: int
    detected: int
    blinded: tuple[tuple[str, int], ...] = ()


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """Exchanges of an endpoint that ended otherwise than recorded, because these rules changed since."""

    endpoint: str
    before: str
    after: str
    rules: tuple[str, ...]
    n: int


class RuleDoubt(msgspec.Struct, frozen=True, kw_only=True):
    """Exchanges that keep failing although a rule might cover them, since only values that are not kept could tell."""

    endpoint: str
    rule: str
    n: int


class RuleHistory(msgspec.Struct, frozen=True, kw_only=True):
    """What today's rules made of evidence that was recorded under others. `digest` is that of today's rules, `recorded`
    those of the others; `changed` counts all exchanges, `changes` lists the largest groups. `unknown` exchanges do not
    tell their rules, and `unmet` are the ids of changes that had to happen sometimes and never did."""

    digest: str
    recorded: tuple[str, ...] = ()
    changed: int = 0
    changes: tuple[RuleChange, ...] = ()
    doubts: tuple[RuleDoubt, ...] = ()
    unknown: int = 0
    unmet: tuple[str, ...] = ()


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """Differences that a rule or noise covered, shown so that nothing hidden reads as clean."""

    endpoint: str
    path: str
    kind: Kind
    by: str
    n: int


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What was judged: builds, window, digests, and by which version. Empty strings are unknown."""

    primary_build: str
    candidate_build: str
    since: float
    until: float
    at: float
    tool_version: str
    ledger_id: str
    config_digest: str
    evidence_digest: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The whole judgement. `status` is the worst of the criteria that decide, `error` when there are none.

    `exit_code` is that of `shadow gate`: 13 where only people are waited for. `days` are in order of time.
    """

    schema_version: int = SCHEMA_VERSION
    identity: Identity
    status: CheckStatus = CheckStatus.error
    headline: str = ""
    reasons: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    accounting: Accounting
    endpoints: tuple[EndpointLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    findings_total: int = 0
    covered: tuple[Covered, ...] = ()
    rules: RuleHistory | None = None
    self_proof: tuple[ProofLine, ...] = ()
    checks: tuple[DataCheck, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_proved: tuple[str, ...] = ()
    profile: str = ""
    exit_code: int = EXIT_ERROR
    approvals_required: int = 0
    approvals_given: int = 0
    signoffs: tuple[SignOff, ...] = ()
    days: tuple[DayLine, ...] = ()
