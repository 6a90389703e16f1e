"""Which groups of differences become tests: those that count against parity, confirmed ones first."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from shadow.errors import EvidenceError
from shadow.ledger.evidence import Evidence, SignatureRow
from shadow.records import Disposition, Outcome, Triage

_RANK = {Triage.confirmed: 0, Triage.pending: 1, Triage.unstable: 2, Triage.transient: 3}


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A group with the strongest triage that an exchange of it has got."""

    group: SignatureRow
    triage: Triage


def choose(evidence: Evidence, wanted: Iterable[str], *, most: int) -> list[Chosen]:
    """Return the groups named by id (or its beginning), else those that are confirmed or not decided, most frequent
    first. Raises EvidenceError for an id that the ledger does not have."""
    triages = _triages(evidence)
    chosen = [
        Chosen(group=group, triage=triages.get(group.id, Triage.pending))
        for group in evidence.signatures
        if group.n_open
    ]
    named = list(wanted)
    if named:
        found = [each for name in named for each in _named(chosen, name)]
        return list({each.group.id: each for each in found}.values())
    counting = [each for each in chosen if each.triage in (Triage.confirmed, Triage.pending)]
    return sorted(counting, key=lambda each: (_RANK[each.triage], -each.group.n_open))[:most]


def _named(chosen: list[Chosen], name: str) -> list[Chosen]:
    found = [each for each in chosen if name and each.group.id.startswith(name)]
    if len(found) != 1:
        what = f"{len(found)} groups begin" if found else "no open group begins"
        raise EvidenceError(f"{what} with {name!r}.", "Take an id from `shadow export --list`.")
    return found


def _triages(evidence: Evidence) -> dict[str, Triage]:
    strongest: dict[str, Triage] = {}
    for row in evidence.sets:
        if row.outcome is not Outcome.mismatch or not row.n:
            continue
        for member in row.members:
            if member.disposition is Disposition.open:
                known = strongest.get(member.signature, row.triage)
                strongest[member.signature] = min(known, row.triage, key=_RANK.__getitem__)
    return strongest
