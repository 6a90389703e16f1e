"""What the gate asks: the typed tree below `gate:`. A section set to null is not asked, one with `dry_run` decides
nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from shadow.config.section import Count, NotNegative, Positive, Ratio, Section

CRITERIA = (
    "parity", "error_rate", "success", "latency", "objective", "coverage", "completeness", "data", "trips", "counters",
    "groups", "load", "sensitivity", "approval",
)  # fmt: skip
"""The keys of `gate:` that ask something."""


class Parity(Section, frozen=True, kw_only=True):
    """At least `min_ratio` of the compared exchanges agree, shown with one-sided confidence, per endpoint.

    Mismatches that a second look called transient or unstable count neither way, up to `max_unstable_ratio`.
    `tier_1` endpoints stand alone, all others count as one (`tail`); empty: every expected one stands alone."""

    min_ratio: Ratio = 0.999
    confidence: Ratio = 0.95
    max_unstable_ratio: Ratio = 0.01
    tier_1: tuple[str, ...] = ()
    dry_run: bool = False


class ErrorRate(Section, frozen=True, kw_only=True):
    """The candidate fails at most `margin_ratio` more often than the primary (paired, one-sided)."""

    margin_ratio: Ratio = 0.005
    confidence: Ratio = 0.95
    dry_run: bool = False


class Success(Section, frozen=True, kw_only=True):
    """The candidate answers below 500 in at least `min_ratio` of the requests, and in at least `day_ratio` on each of
    `days` consecutive complete UTC days (0: days are not asked)."""

    min_ratio: Ratio = 0.999
    days: Annotated[int, Meta(ge=0, le=90)] = 7
    day_ratio: Ratio = 0.995
    min_observed_ratio: Ratio = 0.95
    confidence: Ratio = 0.95
    dry_run: bool = False


class Latency(Section, frozen=True, kw_only=True):
    """Candidate against secondary: a quantile may grow by `max_ratio` or by `floor_s`, whichever allows more.

    `against: primary` compares with live latency instead, measured elsewhere, and the report marks it so.
    """

    max_ratio: Positive = 1.2
    floor_s: NotNegative = 0.02
    quantiles: tuple[Ratio, ...] = (0.5, 0.95)
    min_pairs: Count = 100
    against: Literal["secondary", "primary"] = "secondary"
    confidence: Ratio = 0.95
    dry_run: bool = False


class Objective(Section, frozen=True, kw_only=True):
    """At most 1 - `quantile` of the candidate's answers take longer than `max_s`, by endpoint."""

    quantile: Ratio = 0.95
    max_s: Positive = 0.2
    confidence: Ratio = 0.95
    dry_run: bool = False


class Coverage(Section, frozen=True, kw_only=True):
    """Every expected endpoint was compared at least `min_compared` times. Empty `expected` means the configured
    routes and the OpenAPI document. `cases` are classes of answers and query parameters that have to be seen,
    `GET /users status 4xx`, `GET /users parameter page`; `openapi_cases` adds those that the document declares."""

    expected: tuple[str, ...] = ()
    min_compared: Count = 30
    cases: tuple[str, ...] = ()
    openapi_cases: bool = False
    dry_run: bool = False


class Completeness(Section, frozen=True, kw_only=True):
    """The outcomes add up to the requests, and at most `max_lost_ratio` of the mirrored ones were shed or not
    comparable."""

    max_lost_ratio: Ratio = 0.01
    dry_run: bool = False


class Data(Section, frozen=True, kw_only=True):
    """Every planned data check ran within `max_age_s` and passed."""

    max_age_s: Positive = 86400.0
    dry_run: bool = False


class Trips(Section, frozen=True, kw_only=True):
    """The candidate's breaker did not trip in the last `armed_h` hours in which it could have."""

    armed_h: Positive = 48.0
    dry_run: bool = False


class Metrics(Section, frozen=True, kw_only=True):
    """Where the keeper reads the candidate's own counters: Prometheus text or JSON."""

    url: str
    every_s: Positive = 15.0
    timeout_s: Positive = 5.0


class Counter(Section, frozen=True, kw_only=True):
    """One statement about a counter of the candidate over its last `over_h` watched hours.

    `what`: the counter's `rise`, the `highest` or `mean` reading, or `up`, the share of readings that succeeded."""

    name: str
    metric: str = ""
    what: Literal["rise", "highest", "mean", "up"]
    most: NotNegative | None = None
    least: NotNegative | None = None
    over_h: Positive = 48.0
    dry_run: bool = False


class Group(Section, frozen=True, kw_only=True):
    """A group of endpoints (`POST /auth/*`) with demands of its own."""

    name: str
    endpoints: tuple[str, ...]
    min_success_ratio: Ratio | None = None
    max_s: Positive | None = None
    quantile: Ratio = 0.95
    confidence: Ratio = 0.95
    dry_run: bool = False


class Load(Section, frozen=True, kw_only=True):
    """A marked load of `factor` times the usual peak was borne. Decides nothing by default: it has to be made."""

    factor: Positive = 2.0
    max_failed_ratio: Ratio = 0.01
    max_age_h: Positive = 336.0
    dry_run: bool = True


class Sensitivity(Section, frozen=True, kw_only=True):
    """The comparison proves itself: of mutated answers at least `min_detected_ratio` are found, at most
    `max_alarm_ratio` of the old build's own answers are called different, and the A/A certificate is young enough."""

    min_detected_ratio: Ratio = 0.9
    min_mutations: Count = 100
    max_alarm_ratio: Ratio = 0.001
    max_age_h: Positive = 168.0
    dry_run: bool = False


class Approval(Section, frozen=True, kw_only=True):
    """So many people have to sign. `bind: build` keeps a signature while builds, settings and criteria hold;
    `evidence` voids it with any further evidence."""

    required: Count = 1
    bind: Literal["build", "evidence"] = "build"
    max_age_h: Positive = 24.0
    dry_run: bool = False


class Gate(Section, frozen=True, kw_only=True):
    """The criteria; a criterion set to null is not asked. With none left the gate answers `error`.

    `profile` fills what the file leaves open: nothing, or `cutover`. `looks: nightly` asks rates for evidence that
    stays valid however often one looks, and allows for failures that come `longest_burst` in a row.
    """

    profile: Literal["", "cutover"] = ""
    looks: Literal["once", "nightly"] = "once"
    longest_burst: Count = 20
    parity: Parity | None = Parity()
    error_rate: ErrorRate | None = ErrorRate()
    success: Success | None = None
    latency: Latency | None = Latency()
    objective: Objective | None = None
    coverage: Coverage | None = Coverage()
    completeness: Completeness | None = Completeness()
    data: Data | None = Data()
    trips: Trips | None = None
    metrics: Metrics | None = None
    counters: tuple[Counter, ...] = ()
    groups: tuple[Group, ...] = ()
    load: Load | None = None
    sensitivity: Sensitivity | None = None
    approval: Approval | None = None
