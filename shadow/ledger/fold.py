"""Observations to increments: pure arithmetic, no database, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite, log

from shadow.clock import block_start
from shadow.ledger.caps import OTHER, OVERFLOW, other_endpoint
from shadow.ledger.certificate import primary_build
from shadow.ledger.epochs import Builds
from shadow.ledger.histogram import bucket_of
from shadow.ledger.increments import Cell, Increments, SignatureCount
from shadow.ledger.known import Known
from shadow.ledger.sampling import slots_for
from shadow.ledger.signature import Member, set_id_of, signature_id
from shadow.ledger.triage import Awaited
from shadow.records import Difference, Disposition, Example, Kind, Leg, LegResult, LegState, Observation, Outcome

COMPARED = frozenset(
    {Outcome.mismatch, Outcome.candidate_failed, Outcome.expected, Outcome.noise_only, Outcome.match}
)
NEW_BAD = frozenset({Outcome.mismatch, Outcome.candidate_failed})

# Worst first: where an exchange has one signature several times, the worst disposition speaks for it.
_RANK = {disposition: rank for rank, disposition in enumerate(Disposition)}


def fold(
    observations: Iterable[Observation], known: Known, increments: Increments, *, block_s: float, examples: int
) -> None:
    """Add distinct observations to `increments`. `known` learns new names, builds and positions in passing."""
    for observation in observations:
        builds, names = known.epochs.place(observation)
        increments.see(builds, observation.started_at, names=names)
        endpoint = observation.endpoint
        if not known.endpoints.admit(endpoint):
            endpoint = other_endpoint(endpoint)
        block_at = block_start(observation.started_at, block_s)
        cell = increments.cell(builds, block_at, endpoint)
        reason = observation.reason if known.reasons.admit(observation.reason) else OTHER
        cell.count(observation.outcome, reason, observation.triage)
        if observation.itself is not None:
            increments.itself.add(observation, primary_build(observation, builds[0]), block_at, endpoint)
        _fold_legs(observation, cell)
        cell.governed.see(observation)
        members: tuple[Member, ...] = ()
        if observation.differences:
            members = _fold_differences(observation, known, increments, builds, block_at, endpoint)
            cell.governed.cover(members)
            identity = _fold_set(observation.outcome, members, known, increments, cell, endpoint)
            if observation.awaits_triage:
                increments.awaited[(observation.lane, observation.seq)] = Awaited(
                    builds=builds, block_at=block_at, endpoint=endpoint, reason=reason, signature_set=identity,
                    secondary_differs=observation.secondary_differs, started_at=observation.started_at,
                )  # fmt: skip
            if observation.example is not None:
                _fold_example(observation.example, members, known, increments, builds, examples)
        increments.causes.see(observation, members, known.causes, builds, endpoint)


def _fold_legs(observation: Observation, cell: Cell) -> None:
    primary = candidate = secondary = None
    for leg in observation.legs:
        if leg.leg is Leg.primary:
            primary = leg
        elif leg.leg is Leg.candidate:
            candidate = leg
        else:
            secondary = leg
        if leg.state is LegState.answered and isfinite(leg.duration_s):
            key = (leg.leg, bucket_of(leg.duration_s))
            cell.buckets[key] = cell.buckets.get(key, 0) + 1
    if _was_meant(primary) and _was_meant(candidate):
        cell.error[_is_bad(primary) + 2 * _is_bad(candidate)] += 1
        cell.pairing[(not _answered(primary)) * 2 + (not _answered(candidate))] += 1
    _add_ratio(cell, candidate, secondary, Leg.secondary)
    _add_ratio(cell, candidate, primary, Leg.primary)
    # Where nothing was compared the new side is unknown, and unknown is neither ok nor bad.
    if observation.secondary_differs is not None and observation.outcome in COMPARED:
        cell.mismatch[observation.secondary_differs + 2 * (observation.outcome in NEW_BAD)] += 1


def _was_meant(leg: LegResult | None) -> bool:
    return leg is not None and leg.state is not LegState.not_called


def _answered(leg: LegResult | None) -> bool:
    return leg is not None and leg.state is LegState.answered


def _is_bad(leg: LegResult | None) -> bool:
    return leg is None or leg.state is not LegState.answered or leg.status >= 500


def _add_ratio(cell: Cell, candidate: LegResult | None, other: LegResult | None, against: Leg) -> None:
    if candidate is None or other is None:
        return
    if candidate.state is not LegState.answered or other.state is not LegState.answered:
        return
    new_s, old_s = candidate.duration_s, other.duration_s
    if new_s > 0 and old_s > 0 and isfinite(new_s) and isfinite(old_s):
        x = log(new_s / old_s)
        n, total, squares = cell.ratios.get(against, (0, 0.0, 0.0))
        cell.ratios[against] = (n + 1, total + x, squares + x * x)


def _fold_differences(
    observation: Observation, known: Known, increments: Increments, builds: Builds, block_at: float, endpoint: str
) -> tuple[Member, ...]:
    """Count each signature of the exchange once; return the sorted members of its set.

    A signature has a member for everything that covered one of its differences, so that taking any of it away shows.
    """
    covered: dict[str, Disposition] = {}
    members: set[Member] = set()
    for difference in observation.differences:
        signature = _signature_of(difference, known, increments, endpoint)
        members.add((signature, difference.disposition.value, difference.by))
        held = covered.get(signature)
        if held is None or _RANK[difference.disposition] < _RANK[held]:
            covered[signature] = difference.disposition
    if observation.is_cut:
        # Not all differences are here: what is missing can neither be excused nor blamed on a rule later.
        members.add((_overflow_of(known, increments, endpoint), _worst(members), ""))
    at = observation.started_at
    for signature, disposition in covered.items():
        key = (builds, block_at, signature)
        count = increments.signatures.get(key)
        if count is None:
            count = increments.signatures[key] = SignatureCount(at)
        count.n += 1
        count.n_open += disposition is Disposition.open
        count.first_at = min(count.first_at, at)
        count.last_at = max(count.last_at, at)
    return tuple(sorted(members))


def _worst(members: Iterable[Member]) -> str:
    return min((disposition for _, disposition, _ in members), key=lambda text: _RANK[Disposition(text)])


def _signature_of(difference: Difference, known: Known, increments: Increments, endpoint: str) -> str:
    signature = signature_id(endpoint, difference.group, difference.kind)
    if signature not in known.signatures.known:
        if known.signatures.admit(signature, endpoint):
            increments.new_signatures[signature] = (endpoint, difference.group, difference.kind)
        else:
            return _overflow_of(known, increments, endpoint)
    if difference.note and not known.notes.get(signature):
        known.notes[signature] = increments.notes[signature] = difference.note
    return signature


def _overflow_of(known: Known, increments: Increments, endpoint: str) -> str:
    """Return the signature that stands for all beyond the cap of an endpoint."""
    signature = signature_id(endpoint, OVERFLOW, Kind.value)
    if signature not in known.signatures.known:
        known.signatures.learn(signature, endpoint)
        increments.new_signatures[signature] = (endpoint, OVERFLOW, Kind.value)
    return signature


def _fold_set(
    outcome: Outcome, members: tuple[Member, ...], known: Known, increments: Increments, cell: Cell, endpoint: str
) -> str:
    """Count a set; return the id under which it is counted."""
    identity = set_id_of(members)
    if identity not in known.sets.known:
        if not known.sets.admit(identity, endpoint):
            # Beyond the cap only what decides survives: was anything of the exchange left uncovered?
            members = ((_overflow_of(known, increments, endpoint), _worst(members), ""),)
            identity = set_id_of(members)
            known.sets.learn(identity, endpoint)
        increments.new_sets[identity] = (endpoint, members)
    key = (outcome, identity)
    cell.sets[key] = cell.sets.get(key, 0) + 1
    return identity


def _fold_example(
    example: Example, members: tuple[Member, ...], known: Known, increments: Increments, builds: Builds, size: int
) -> None:
    for signature, _, _ in members:
        key = (builds, signature)
        nth = increments.seen[key] = known.seen[key] = known.seen.get(key, 0) + 1
        for slot in slots_for(signature, nth, size):
            increments.slots[(builds, signature, slot)] = example
