"""What the ledger gives to those who judge: frozen rows that add up, and nothing else.

Every row carries its block (`block_at`, Unix seconds UTC) so that readers can form windows and blocks of their own.
"""

from __future__ import annotations

import msgspec

from shadow.ledger.certificate import Certificate
from shadow.ledger.load import LoadRun
from shadow.ledger.signoff import Signed
from shadow.records import DataCheck, Disposition, Example, Gap, Kind, Lane, Leg, Message, Outcome, Triage


class Epoch(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of builds; evidence from another epoch does not count. An empty build is unknown."""

    id: int
    primary_build: str
    candidate_build: str
    first_at: float
    last_at: float


class OutcomeRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many exchanges of one endpoint ended in one outcome in one block. `width_s` is how long an hour or a day
    is that was folded from blocks, 0 where the row is a block's own; so in all rows below."""

    block_at: float
    endpoint: str
    outcome: Outcome
    reason: str
    triage: Triage
    n: int
    width_s: float = 0.0


class JointRow(msgspec.Struct, frozen=True, kw_only=True):
    """The 2x2 table of one criterion in one block: `error` (5xx or failed; old is the live primary, new the
    candidate) or `mismatch` (old is secondary against primary, new is candidate against primary)."""

    block_at: float
    endpoint: str
    criterion: str
    both_ok: int
    old_bad: int
    new_bad: int
    both_bad: int
    width_s: float = 0.0


class PairingRow(msgspec.Struct, frozen=True, kw_only=True):
    """Which of primary (old) and candidate (new) answered, of the exchanges that were meant for both."""

    block_at: float
    endpoint: str
    both: int
    only_old: int
    only_new: int
    neither: int


class RatioRow(msgspec.Struct, frozen=True, kw_only=True):
    """Paired log latency ratios ln(candidate / `against`): count, sum, sum of squares."""

    block_at: float
    endpoint: str
    against: Leg
    n: int
    sum_log: float
    sum_log2: float


class HistogramRow(msgspec.Struct, frozen=True, kw_only=True):
    """One bucket of a leg's latency in OpenTelemetry's base-2 exponential histogram:
    bucket `i` at `scale` s holds durations in (base**i, base**(i+1)] seconds, base = 2**(2**-s)."""

    block_at: float
    endpoint: str
    leg: Leg
    scale: int
    bucket: int
    n: int


class LatencyRow(msgspec.Struct, frozen=True, kw_only=True):
    """The whole histogram of a leg in a folded hour or day: `packed` holds (bucket, n) as 32-bit integers."""

    block_at: float
    endpoint: str
    leg: Leg
    scale: int
    packed: bytes
    width_s: float


class MarkRow(msgspec.Struct, frozen=True, kw_only=True):
    """The blocks inside a folded hour or day of an endpoint, for one question: `error` or `parity`.

    `quiet` counts the blocks in which nothing failed; of each other one (trials, only new failed, only old failed,
    both failed); of parity, failing counts as new. Of each of these `follows` tells whether no quiet block lies between
    it and the one before, both in the order of time; where it is shorter, nothing is known of the rest.
    """

    block_at: float
    endpoint: str
    question: str
    quiet: int
    noisy: tuple[tuple[int, int, int, int], ...]
    width_s: float
    follows: tuple[bool, ...] = ()


class TotalRow(msgspec.Struct, frozen=True, kw_only=True):
    """One block over all endpoints, kept when its endpoints' rows are folded."""

    block_at: float
    pairs: int
    new_bad: int
    old_bad: int
    both_bad: int
    compared: int
    failing: int


class WatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was watched in a block: `seconds` of it, `n` events or readings, and of readings least, greatest, sum."""

    name: str
    block_at: float
    seconds: float = 0.0
    n: float = 0.0
    low: float | None = None
    high: float | None = None
    total: float = 0.0


class SetMember(msgspec.Struct, frozen=True, kw_only=True):
    """A signature within a set, with what covered it at the time; it has a member for each that covered some of it."""

    signature: str
    disposition: Disposition
    by: str = ""


class SetRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many exchanges of a block had exactly this set of signatures, this outcome and (of a mismatch) this triage;
    `decided_at` is when the last of these triages was decided, 0 where none was."""

    block_at: float
    endpoint: str
    outcome: Outcome
    members: tuple[SetMember, ...]
    n: int
    triage: Triage = Triage.pending
    decided_at: float = 0.0
    width_s: float = 0.0


class RulebookRow(msgspec.Struct, frozen=True, kw_only=True):
    """A book of rules as it was in force at some time: its digest, and its rules as JSON (`shadow.config.rulebook`)."""

    digest: str
    first_at: float
    content: str


class RulesRow(msgspec.Struct, frozen=True, kw_only=True):
    """Under which book so many exchanges of an endpoint were compared, from block `first_at` to block `last_at`."""

    endpoint: str
    digest: str
    first_at: float
    last_at: float
    n: int


class RuleHitRow(msgspec.Struct, frozen=True, kw_only=True):
    """In how many exchanges of an endpoint a rule covered something, by day (`day_at`, Unix seconds UTC)."""

    day_at: float
    endpoint: str
    rule: str
    n: int


class ProofRow(msgspec.Struct, frozen=True, kw_only=True):
    """How often a mutation of a candidate's answer was noticed at an endpoint, or what blinded the comparison:
    `rule:<id>`, `noise:<kind>` or `limit:<which>`."""

    endpoint: str
    mutation: str
    detected: bool
    by: str
    n: int


class FeatureRow(msgspec.Struct, frozen=True, kw_only=True):
    """Of the failing exchanges of an endpoint with a signature left open, how many had a feature (empty: all of them);
    under the empty signature the same of a sample of those that did not fail."""

    endpoint: str
    signature: str
    name: str
    n: int


class Smallest(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest request seen that led to a signature, in bytes of target, headers and body; redacted."""

    bytes: int
    seen_at: float
    request: Message


class SignatureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One signature (endpoint + group + kind) with its bounded, redacted examples and the smallest request so far.

    `n` counts exchanges, `n_open` those in which it was not covered by rule or noise."""

    id: str
    endpoint: str
    group: str
    kind: Kind
    n: int
    n_open: int
    first_at: float
    last_at: float
    note: str = ""
    examples: tuple[Example, ...] = ()
    smallest: Smallest | None = None


class LaneRow(msgspec.Struct, frozen=True, kw_only=True):
    """A lane's counters with what the ledger has committed of it: `acked` distinct sequence numbers, and
    `settled_local`, the local endings that were turned into outcome rows."""

    lane: Lane
    acked: int
    settled_local: int


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that a judgement may use. `epoch` is None where nothing was ever recorded.

    `ledger_id` and `redaction_key_id` name the ledger and the key of its hashes (never the key).
    The sum that must hold: outcomes == accepted - in flight, with `accepted`, `in_flight` and `outcomes` below
    counted over all epochs of the ledger, independent of the window. `is_abandoned`: the last run ended without
    settling; its last counters lie beside the ledger and may say more than the rows here. `stalled_s`: the mirror
    that is at work on the ledger has stored nothing for so many seconds, 0 where none is or all is well.
    `certificate` tells what the comparison finds between two answers of the epoch's primary build (A/A), whatever the
    window.
    """

    ledger_id: str
    path: str
    read_at: float
    since: float
    until: float
    epoch: Epoch | None
    epochs: tuple[Epoch, ...] = ()
    redaction_key_id: str = ""
    block_s: float = 300.0
    outcomes: tuple[OutcomeRow, ...] = ()
    joints: tuple[JointRow, ...] = ()
    pairings: tuple[PairingRow, ...] = ()
    ratios: tuple[RatioRow, ...] = ()
    histograms: tuple[HistogramRow, ...] = ()
    latencies: tuple[LatencyRow, ...] = ()
    marks: tuple[MarkRow, ...] = ()
    totals: tuple[TotalRow, ...] = ()
    watches: tuple[WatchRow, ...] = ()
    sets: tuple[SetRow, ...] = ()
    signatures: tuple[SignatureRow, ...] = ()
    gaps: tuple[Gap, ...] = ()
    lanes: tuple[LaneRow, ...] = ()
    checks: tuple[DataCheck, ...] = ()
    rulebooks: tuple[RulebookRow, ...] = ()
    rules: tuple[RulesRow, ...] = ()
    hits: tuple[RuleHitRow, ...] = ()
    proofs: tuple[ProofRow, ...] = ()
    features: tuple[FeatureRow, ...] = ()
    accepted_total: int = 0
    in_flight_total: int = 0
    outcomes_total: int = 0
    is_abandoned: bool = False
    certificate: Certificate | None = None
    stalled_s: float = 0.0
    loads: tuple[LoadRun, ...] = ()
    signoffs: tuple[Signed, ...] = ()
