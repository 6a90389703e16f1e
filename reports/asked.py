"""Every criterion that the configuration asks for, put to the evidence. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec

from reports.criteria.completeness import judge_completeness
from reports.criteria.counters import judge_counters
from reports.criteria.coverage import judge_cases, judge_coverage
from reports.criteria.data import judge_data
from reports.criteria.error_rate import judge_error_rate
from reports.criteria.groups import judge_groups
from reports.criteria.identity import judge_builds
from reports.criteria.latency import judge_latency, pair_up
from reports.criteria.load import judge_load
from reports.criteria.looks import Nightly
from reports.criteria.objective import judge_objective
from reports.criteria.pairing import judge_pairing
from reports.criteria.parity import judge_parity
from reports.criteria.sensitivity import judge_sensitivity
from reports.criteria.success import judge_success
from reports.criteria.trips import judge_trips
from reports.document import Accounting, Criterion
from reports.evidence.blocks import Counted, error_blocks, parity_blocks
from reports.evidence.histogram import Histograms
from reports.evidence.latency_blocks import LatencyBlocks
from reports.evidence.tally import EndpointTally, JointTally, tally_joints
from reports.headline import severity
from reports.standing import Standing, judge_approval, waived
from reports.statistics.sequential import Blocks
from reports.statistics.spending import look_of, spent
from reports.status import worst_of
from shadow.config.model import Config, Group, Latency, Objective
from shadow.ledger.evidence import Evidence
from shadow.records import CheckStatus, Leg

Rows = tuple[Criterion, ...]

Asked = TypeVar("Asked", Latency, Objective, Group)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged: evidence and settings, and the sums that several criteria share. `expected` are the endpoints
    that have to be covered, `intended` the rows on what rules expect, `cases` the answers and parameters
    that a document declares."""

    evidence: Evidence
    config: Config
    at: float
    expected: tuple[str, ...]
    tallies: dict[str, EndpointTally]
    pooled: EndpointTally
    sums: Accounting
    histograms: Histograms
    intended: Rows = ()
    cases: tuple[str, ...] = ()


def ask_all(case: Case, signed: Standing) -> Rows:
    """Return the rows of every criterion that is asked, in order of severity; none when none is asked."""
    rows = [waived(row, signed) for row in ask_evidence(case)]
    asked = case.config.gate.approval
    if asked is not None:
        others = worst_of(row.status for row in rows if not row.dry_run)
        used = {row.waiver for row in rows if row.status is CheckStatus.waived}
        authors = frozenset(line.who.strip().casefold() for line in signed.lines if line.id in used)
        rows += flagged((judge_approval(asked, signed, others, authors),), asked.dry_run)
    return tuple(sorted(rows, key=severity))


def ask_evidence(case: Case) -> list[Criterion]:
    """Return the rows that evidence answers."""
    gate, evidence = case.config.gate, case.evidence
    alone = frozenset(case.expected)
    joints = tally_joints(evidence, "error")
    nightly = gate.looks == "nightly"
    errors = error_blocks(evidence) if nightly else {}
    how = Nightly(block_s=evidence.block_s, longest_burst=gate.longest_burst)
    rows: list[Criterion] = []
    look = look_of(evidence.epoch.first_at, case.at) if nightly and evidence.epoch else 0

    def spend(section: Asked) -> Asked:
        return msgspec.structs.replace(section, confidence=spent(section.confidence, look)) if look else section

    def told(found: Rows) -> Rows:
        return tuple(map(partial(at_look, look), found)) if look else found

    def ask(name: str, section: object, answer: Callable[[], Rows]) -> None:
        rows.extend(flagged(guarded(name, answer), bool(getattr(section, "dry_run", False))))

    if (parity := gate.parity) is not None:
        shares = parity_blocks(evidence, case.tallies, case.pooled) if nightly else None
        held = failures(shares) if shares is not None else None
        ask("parity", parity, lambda: judge_parity(parity, case.pooled, case.tallies, alone, held, how))
    if (error_rate := gate.error_rate) is not None:
        pairs = {scope: each.differences() for scope, each in errors.items()} if nightly else None
        ask("error_rate", error_rate, lambda: judge_error_rate(error_rate, joints, pairs, how))
    if (success := gate.success) is not None:
        whole = failures(errors).get("all", Blocks()) if nightly else None
        joint = joints.get("all", JointTally())
        ask("success", success, lambda: judge_success(success, evidence, joint, whole, case.at, how))
    if (latency := gate.latency) is not None:
        against = Leg(latency.against)
        timed = pair_up(evidence, against, case.tallies, case.histograms)
        # Of 1,000 draws no quantile at a spent confidence can be read, so they keep to the configured one.
        blocks = LatencyBlocks(evidence, against, latency.confidence) if nightly else None
        has_secondary = case.config.secondary is not None
        ask("latency", latency, lambda: told(judge_latency(spend(latency), timed, alone, has_secondary, blocks)))
    if (objective := gate.objective) is not None:
        ask("objective", objective, lambda: told(judge_objective(spend(objective), case.histograms, alone)))
    if (coverage := gate.coverage) is not None:
        cases = tuple(dict.fromkeys((*coverage.cases, *case.cases)))
        ask("coverage", coverage, lambda: (
            *judge_coverage(coverage, case.tallies, case.expected), *judge_cases(cases, evidence.features),
        ))  # fmt: skip
    if (completeness := gate.completeness) is not None:
        left, stalled_s = evidence.is_abandoned, evidence.stalled_s
        ask("completeness", completeness, lambda: (
            judge_completeness(completeness, case.sums, case.pooled, is_abandoned=left, stalled_s=stalled_s),
            *judge_pairing(completeness, evidence),
        ))  # fmt: skip
    if (data := gate.data) is not None:
        ask("data", data, lambda: judge_data(data, case.config.verify, evidence.checks, case.at))
    if (trips := gate.trips) is not None:
        ask("trips", trips, lambda: (judge_trips(trips, evidence),))
    ask("counters", None, lambda: judge_counters(gate.counters, evidence))
    ask("group_success", None, lambda: told(judge_groups(tuple(map(spend, gate.groups)), joints, case.histograms)))
    if (load := gate.load) is not None:
        ask("load", load, lambda: (judge_load(load, evidence, case.at),))
    if (sensitivity := gate.sensitivity) is not None:
        ask("sensitivity", sensitivity, lambda: judge_sensitivity(sensitivity, evidence, case.at))
    if any(not row.dry_run for row in rows):
        rows += judge_builds(evidence, case.config)
        rows += case.intended
    return rows


def failures(found: dict[str, Counted]) -> dict[str, Blocks]:
    """Return the failing shares by block of each scope."""
    return {scope: each.failures() for scope, each in found.items()}


def at_look(look: int, row: Criterion) -> Criterion:
    """Return the row, with the look at which its bounds were taken."""
    if row.bound is None:
        return row
    return msgspec.structs.replace(row, reason=f"{row.reason} Bound for look {look:,} of a nightly gate.")


def flagged(rows: Rows, dry_run: bool) -> Rows:
    """Return the rows, marked where they decide nothing."""
    return tuple(msgspec.structs.replace(row, dry_run=True) for row in rows) if dry_run else rows


def guarded(name: str, ask: Callable[[], Rows]) -> Rows:
    """Return the rows, or one row of status `error` where settings or evidence make no sense; never nothing said."""
    try:
        return ask()
    except (ValueError, ArithmeticError) as error:
        return (
            Criterion(name=name, scope="all", status=CheckStatus.error, reason=f"Could not be evaluated: {error}."),
        )
