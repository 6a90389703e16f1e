"""What was not proved, in words: everything that a reviewer could otherwise take for granted."""

from __future__ import annotations

from reports.criteria.data import WHOLE
from reports.evidence.second_looks import about_itself, about_second_looks
from reports.evidence.tally import AGREEING, EndpointTally
from reports.words import count, listed, percent_up
from shadow.config.criteria import CRITERIA as CRITERIA_KEYS
from shadow.config.model import Config
from shadow.ledger.evidence import Evidence
from shadow.ledger.gaps import length_s
from shadow.records import CheckStatus, DataCheck, Outcome, Triage

CRITERIA = {
    "parity": "parity, so no share of agreeing answers was required",
    "error_rate": "error_rate, so failures of the candidate were not held against it",
    "latency": "latency, so how fast the candidate answers was not judged",
    "coverage": "coverage, so endpoints that were never called were not missed",
    "completeness": "completeness, so lost evidence was not held against the result",
    "data": "data, so the new store was not judged",
}

REMEDIES = {
    "too_large": "raise mirror.max_body_bytes",
    "tee_full": "raise mirror.tee_bytes or mirror.comparers",
    "sampled_out": "raise mirror.sample_ratio",
}


def unproved(
    evidence: Evidence,
    config: Config,
    tallies: dict[str, EndpointTally],
    pooled: EndpointTally,
    *,
    expected: tuple[str, ...],
    kept_away: tuple[str, ...],
    checks: tuple[DataCheck, ...],
) -> tuple[str, ...]:
    """Return the sentences. `kept_away` are expected endpoints that the configuration keeps from the candidate."""
    return (
        *about_settings(evidence, config),
        *about_endpoints(tallies, expected, kept_away),
        *about_traffic(evidence, tallies, pooled),
        *about_second_looks(evidence, pooled),
        *about_itself(evidence),
        *about_latency(config),
        *about_data(config, checks),
        *about_looks(config),
    )


def about_looks(config: Config) -> list[str]:
    """Say what is taken to be independent, what holds for one look only, and which criteria decide nothing."""
    found = []
    if config.gate.looks == "once":
        found.append(
            "Requests are counted as independent of each other, and the gate as asked once: failures in bursts, or "
            "asking again until it passes, make every bound look better than it is."
        )
    else:
        found.append(
            "Bounds hold however often the gate is asked, those of sensitivity and load for one look. Not allowed for: "
            f"failures more than {config.gate.longest_burst:,} in a row, or in longer bursts than those that were seen."
        )
    tried = [name for name in CRITERIA_KEYS if getattr(getattr(config.gate, name), "dry_run", False)]
    if tried:
        found.append(f"Anything by {listed(tried)}: dry_run, so the answer is shown and decides nothing.")
    return found


def about_settings(evidence: Evidence, config: Config) -> list[str]:
    """Say which criteria are switched off, which builds are unknown, and which evidence did not count."""
    found = [
        f"The configuration switches off {text}."
        for name, text in CRITERIA.items()
        if getattr(config.gate, name) is None
    ]
    epoch = evidence.epoch
    builds = {"primary": epoch.primary_build, "candidate": epoch.candidate_build} if epoch else {}
    unknown = [leg for leg, build in builds.items() if not build]
    if unknown:
        found.append(f"Which build was judged: that of {' and '.join(unknown)} is unknown.")
    if epoch and epoch.primary_build and epoch.primary_build == epoch.candidate_build:
        found.append(
            f"That two builds were compared: primary and candidate carry the same build name ({epoch.primary_build})."
        )
    others = len(evidence.epochs) - 1
    if others > 0:
        found.append(
            f"{count(others, 'other pair of builds has', 'other pairs of builds have')} evidence in this ledger; "
            "it did not count."
        )
    return found


def about_endpoints(
    tallies: dict[str, EndpointTally], expected: tuple[str, ...], kept_away: tuple[str, ...]
) -> list[str]:
    """Say which endpoints nothing is known about."""
    found = []
    if set(expected) <= set(kept_away):
        found.append(
            "That every endpoint was called: none are declared. Name them in gate.coverage.expected, in routes or in "
            "an OpenAPI document."
        )
    unseen = [name for name in expected if name not in kept_away and not compared_at(tallies, name)]
    if unseen:
        found.append(f"Anything about {listed(unseen)}: expected, but never compared.")
    if kept_away:
        found.append(f"Anything about {listed(list(kept_away))}: the configuration keeps these from the candidate.")
    tail = [name for name, tally in tallies.items() if expected and tally.compared and name not in expected]
    if tail:
        found.append(f"Parity of {listed(tail)} one by one: not expected, they count within the whole only.")
    never = [
        f"{name} ({count(tally.requests, 'request')})"
        for name, tally in tallies.items()
        if name not in kept_away and tally.requests and tally.skipped == tally.requests
    ]
    if never:
        found.append(f"Anything about {listed(never)}: seen, and never sent to the candidate.")
    return found


def compared_at(tallies: dict[str, EndpointTally], endpoint: str) -> int:
    """Return how many exchanges of an endpoint were compared."""
    tally = tallies.get(endpoint)
    return tally.compared if tally else 0


def about_traffic(evidence: Evidence, tallies: dict[str, EndpointTally], pooled: EndpointTally) -> list[str]:
    """Say what part of the traffic left no evidence, and why."""
    found = []
    texts = {
        Outcome.skipped: "not sent to the candidate",
        Outcome.shed: "given up before they were compared",
        Outcome.not_comparable: "impossible to compare",
        Outcome.primary_failed: "failed on the primary, so there was nothing to compare with",
    }
    for (outcome, reason), n in sorted(pooled.by_reason.items()):
        if outcome in texts and n:
            share = percent_up(n / pooled.requests)
            cause = f" ({reason})" if reason else ""
            remedy = f"; {REMEDIES[reason]}" if reason in REMEDIES else ""
            found.append(f"{count(n, 'request')} of {pooled.requests:,} ({share}): {texts[outcome]}{cause}{remedy}.")
    hidden = pooled.total(AGREEING - {Outcome.match})
    if hidden:
        found.append(
            f"{count(hidden, 'answer')} of {pooled.compared:,} compared agree only because noise or a rule covers "
            "their differences."
        )
    pending = sum(
        row.n for row in evidence.outcomes if row.outcome is Outcome.mismatch and row.triage is Triage.pending
    )
    if pending:
        found.append(f"{count(pending, 'mismatch', 'mismatches')} had no second look and count as failing.")
    if evidence.in_flight_total > 0:
        found.append(f"{count(evidence.in_flight_total, 'request')} had no outcome yet when the ledger was read.")
    if evidence.gaps:
        length = sum(length_s(gap) for gap in evidence.gaps)
        lost = sum(gap.lost for gap in evidence.gaps)
        times = sum(gap.times for gap in evidence.gaps)
        found.append(
            f"What happened in {count(times, 'gap')} of {length:,.0f} s in all, with {lost:,} requests known to be "
            "lost."
        )
    return found


def about_latency(config: Config) -> list[str]:
    """Say where latency was not judged like for like."""
    latency = config.gate.latency
    if latency is None:
        return []
    if latency.against == "primary":
        return ["Latency like for like: the candidate's was set against the live primary's, measured elsewhere."]
    if config.secondary is None:
        return ["Latency: without a secondary there is nothing to compare it with, and what is noise is unknown too."]
    return []


def about_data(config: Config, checks: tuple[DataCheck, ...]) -> list[str]:
    """Say what the data checks could not see, and where there were none."""
    if not checks:
        if config.verify is None:
            return ["Anything about the data: no `verify:` is configured."]
        return ["Anything about the data: `verify:` is configured, but no check is recorded."]
    found = []
    filled = {check.pair for check in checks if check.rows_old or check.rows_new}
    empty = sorted({check.pair for check in checks} - filled - {WHOLE})
    if empty:
        found.append(f"Anything about the values in {listed(empty)}: no rows on either side.")
    blind: dict[str, str] = {}
    for check in checks:
        if check.cannot_see:
            blind.setdefault(check.check, check.cannot_see.rstrip("."))
    found += [f"Data, {check}: cannot see {text}." for check, text in sorted(blind.items())]
    broken = sorted({f"{check.pair} ({check.check})" for check in checks if check.status is CheckStatus.error})
    if broken:
        found.append(f"Data of {listed(broken)}: the check itself failed.")
    return found
