"""The frozen records that the rooms exchange, and the closed sets of words in them.

Instants (`*_at`) are Unix seconds in UTC, durations (`*_s`) are seconds from a monotonic clock.
`primary`, `candidate` and `secondary` are legs; in a difference `old` is the primary's side, `new` the candidate's.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from shadow.datacheck import CheckStatus as CheckStatus
from shadow.datacheck import DataCause as DataCause
from shadow.datacheck import DataCheck as DataCheck
from shadow.datacheck import DataFinding as DataFinding
from shadow.translation import Translation

ITSELF = "aa"
"""The reason of exchanges in which the old build is compared with itself, and the candidate is left alone."""

Headers = tuple[tuple[bytes, bytes], ...]


class Leg(StrEnum):
    """One backend's part in an exchange."""

    primary = "primary"
    candidate = "candidate"
    secondary = "secondary"


class LegState(StrEnum):
    """What became of a leg."""

    failed = "failed"
    not_called = "not_called"
    answered = "answered"


class Outcome(StrEnum):
    """How an exchange ended; worst first. Every accepted request ends in exactly one."""

    mismatch = "mismatch"
    candidate_failed = "candidate_failed"
    primary_failed = "primary_failed"
    not_comparable = "not_comparable"
    shed = "shed"
    skipped = "skipped"
    expected = "expected"
    noise_only = "noise_only"
    match = "match"


class Triage(StrEnum):
    """What a second look made of a mismatch; `pending` counts as failing."""

    pending = "pending"
    confirmed = "confirmed"
    unstable = "unstable"
    transient = "transient"


class Kind(StrEnum):
    """What kind of difference; a closed set."""

    status = "status"
    header = "header"
    type = "type"
    missing = "missing"
    extra = "extra"
    null_vs_missing = "null-vs-missing"
    empty_vs_missing = "empty-vs-missing"
    value = "value"
    order = "order"
    precision = "precision"
    timezone = "timezone"
    case = "case"
    whitespace = "whitespace"
    encoding = "encoding"
    url_host = "url-host"
    error_body = "error-body"
    timing = "timing"
    compare_error = "compare_error"


class Disposition(StrEnum):
    """What became of a difference: `open` counts against parity, the others name who covered it."""

    open = "open"
    expected = "expected"
    ignored = "ignored"
    tolerated = "tolerated"
    noise = "noise"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One typed difference at one path.

    `path` is concrete (`status`, `header:etag`, `body:$.items[3].price`), `group` is the same without
    indexes (`body:$.items[*].price`). `old` and `new` are bounded renderings (JSON text for JSON values),
    None where that side has nothing. `note` says the cause in words where it was recognised.
    `by` is the rule id or the noise kind that covered the difference.
    """

    kind: Kind
    path: str
    group: str
    old: str | None = None
    new: str | None = None
    note: str = ""
    disposition: Disposition = Disposition.open
    by: str = ""


class LegResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one leg did. `duration_s` runs from the first byte sent to the last byte received."""

    leg: Leg
    state: LegState = LegState.failed
    status: int = 0
    duration_s: float = 0.0
    body_bytes: int = 0
    failure: str = ""
    build: str = ""


class RequestCopy(msgspec.Struct, frozen=True, kw_only=True):
    """The live request as it was forwarded: hop-by-hop headers already gone, body as sent (content-encoding kept).

    `target` is the raw request target (`/orders/7?full=1`). `complete` is False where the body was cut.
    """

    method: str
    target: bytes
    headers: Headers = ()
    body: bytes = b""
    complete: bool = True


class ResponseCopy(msgspec.Struct, frozen=True, kw_only=True):
    """One leg's answer: status, end-to-end headers in order with duplicates, raw body (content-encoding kept)."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    complete: bool = True


class LegAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A leg's result with its answer, where there is one."""

    result: LegResult
    response: ResponseCopy | None = None


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One live request with the answers of its legs, raw: what the comparer gets. Never stored. `lane` names the
    listener incarnation that accepted it, `seq` counts the exchanges that lane handed on. `asked` has the requests of
    legs that were asked otherwise. `look` 1 and 2 are second looks at a mismatch: `primary` is the old build's answer
    then, of whichever copy."""

    lane: str
    seq: int
    started_at: float
    client: str
    request: RequestCopy
    primary: LegAnswer
    candidate: LegAnswer
    secondary: LegAnswer | None = None
    translations: dict[Leg, Translation] = {}
    asked: dict[Leg, RequestCopy] = {}
    look: int = 0


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A request or an answer as it may be stored and shown: redacted, decoded, bounded.

    `start` is the start line in words (`GET /orders/7` or `200`). `cut` tells that `body` was shortened.
    """

    start: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    cut: bool = False


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One redacted exchange behind a signature. `asked`: what the candidate was asked, where that was another request
    than the primary's."""

    observed_at: float
    request: Message
    primary: Message
    candidate: Message | None = None
    secondary: Message | None = None
    differences: tuple[Difference, ...] = ()
    asked: Message | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One mutation of a candidate's answer, sent through the live comparison: was it noticed?

    `mutation` names what was done (`drop_field`); `by` names what blinded the comparison where it was not noticed:
    `rule:<id>`, `noise:<kind>` or `limit:<which>`.
    """

    mutation: str
    detected: bool = False
    by: str = ""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one exchange: legs, timings, outcome, differences. All text in it is already redacted.

    `outcome` has the failing value as its default; `awaits_triage`: a second look was asked for. `secondary_differs` is
    None where no secondary answered. `differences` holds covered ones, too, so that history can be re-evaluated;
    `is_cut`: there were more. `itself`: what was open (`kind group`) with the secondary judged as the candidate is
    (A/A), None where it was not. `rules` is the digest of the rules in force, `features` names what the request was
    like (names, never values), `request_bytes` how large it was; `proofs` are the mutations that were tried on it.
    """

    lane: str
    seq: int
    started_at: float
    endpoint: str
    outcome: Outcome = Outcome.mismatch
    reason: str = ""
    triage: Triage = Triage.pending
    awaits_triage: bool = False
    itself: tuple[str, ...] | None = None
    legs: tuple[LegResult, ...] = ()
    differences: tuple[Difference, ...] = ()
    secondary_differs: bool | None = None
    example: Example | None = None
    is_cut: bool = False
    rules: str = ""
    features: tuple[str, ...] = ()
    request_bytes: int = 0
    proofs: tuple[Proof, ...] = ()


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """Counters of one listener incarnation, read from shared memory.

    accepted = open + handed + sum(local): `open` requests are still on the live path, `handed` were given a
    sequence number (1..handed) and teed, `local` ended at the listener without one, by `outcome(reason)`.
    `mirrored` and `shed` count what was handed over to be mirrored or shed here, by method and size (`POST <16KiB`).
    `paused_at`: since when it has stopped mirroring by itself (0: it has not); `lag_s`: how much its event loop lags.
    """

    lane: str
    started_at: float
    closed: bool = False
    accepted: int = 0
    open: int = 0
    handed: int = 0
    local: dict[str, int] = {}
    paused_at: float = 0.0
    lag_s: float = 0.0
    mirrored: dict[str, int] = {}
    shed: dict[str, int] = {}


class GapKind(StrEnum):
    """Why evidence is missing for an interval."""

    listener_lost = "listener_lost"
    sender_lost = "sender_lost"
    comparer_lost = "comparer_lost"
    keeper_lost = "keeper_lost"
    mirror_down = "mirror_down"
    paused = "paused"
    shed = "shed"


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """An interval without evidence; `lost` counts exchanges where known; `times`, `sum_s`: see shadow.ledger.gaps."""

    kind: GapKind
    started_at: float
    ended_at: float
    lost: int = 0
    detail: str = ""
    times: int = 1
    sum_s: float = 0.0
