"""The ledger's rows added up by endpoint: what every criterion and every line of the report starts from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from reports.evidence.cells import Cells, cells_of
from shadow.errors import EvidenceError
from shadow.ledger.evidence import Evidence
from shadow.records import Outcome, Triage
from shadow.triage import EXCUSED

FAILING = frozenset({Outcome.mismatch, Outcome.candidate_failed})
AGREEING = frozenset({Outcome.match, Outcome.noise_only, Outcome.expected})
LOST = frozenset({Outcome.shed, Outcome.not_comparable})
COMPARED = FAILING | AGREEING


class EndpointTally(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes of one endpoint, or of all. `by_reason` keeps outcome and reason apart; `blocks` counts the
    ledger blocks in which anything was compared; `triages` the mismatches by what a second look made of them."""

    endpoint: str
    by_reason: dict[tuple[Outcome, str], int]
    blocks: int = 0
    triages: dict[Triage, int] = {}

    def total(self, outcomes: frozenset[Outcome] = frozenset(Outcome)) -> int:
        """Return how many requests ended in one of the outcomes."""
        return sum(n for (outcome, _), n in self.by_reason.items() if outcome in outcomes)

    @property
    def requests(self) -> int:
        """All requests with an outcome."""
        return self.total()

    @property
    def failing(self) -> int:
        """Compared exchanges that disagree, those that wait for a second look included; a candidate that gave no
        answer disagrees."""
        return self.total(FAILING) - self.excused

    @property
    def excused(self) -> int:
        """Mismatches that went away or came from a backend that contradicts itself: neither for nor against."""
        return sum(self.triages.get(triage, 0) for triage in EXCUSED)

    @property
    def agreeing(self) -> int:
        """Compared exchanges that agree, or differ only in what noise or an `expect` rule covers."""
        return self.total(AGREEING)

    @property
    def compared(self) -> int:
        """Exchanges about which parity can be said."""
        return self.failing + self.agreeing

    @property
    def skipped(self) -> int:
        """Requests that were never meant for the candidate."""
        return self.total(frozenset({Outcome.skipped}))

    @property
    def meant(self) -> int:
        """Requests that were meant for the candidate."""
        return self.requests - self.skipped

    @property
    def lost(self) -> int:
        """Requests meant for the candidate about which nothing can be said."""
        return self.total(LOST)


class JointTally(msgspec.Struct, frozen=True, kw_only=True):
    """The 2x2 table of one criterion, added up."""

    both_ok: int = 0
    old_bad: int = 0
    new_bad: int = 0
    both_bad: int = 0
    blocks: int = 0

    @property
    def pairs(self) -> int:
        """Pairs in the table."""
        return self.both_ok + self.old_bad + self.new_bad + self.both_bad


def tally_outcomes(evidence: Evidence, cells: Cells | None = None) -> dict[str, EndpointTally]:
    """Return the outcome tallies by endpoint, sorted by name. `cells` saves bringing the rows together once more.

    Raises EvidenceError for a negative count.
    """
    counts: dict[str, Counter[tuple[Outcome, str]]] = defaultdict(Counter)
    blocks: dict[str, set[float]] = defaultdict(set)
    triages: dict[str, Counter[Triage]] = defaultdict(Counter)
    for (endpoint, outcome, reason, triage), held in (cells_of(evidence.outcomes) if cells is None else cells).items():
        numbers = [n for _, n in held]
        refuse_negative(min(numbers), endpoint)
        n = sum(numbers)
        counts[endpoint][outcome, reason] += n
        if outcome is Outcome.mismatch:
            triages[endpoint][triage] += n
        if outcome in COMPARED:
            blocks[endpoint].update([at for at, n in held if n])
    return {
        name: EndpointTally(
            endpoint=name, by_reason=dict(counts[name]), blocks=len(blocks[name]), triages=dict(triages[name])
        )
        for name in sorted(counts)
    }


def pool(evidence: Evidence, tallies: dict[str, EndpointTally], cells: Cells | None = None) -> EndpointTally:
    """Return the tally over all endpoints; `cells` as above."""
    held = cells_of(evidence.outcomes) if cells is None else cells
    blocks = {at for (_, outcome, *_), own in held.items() if outcome in COMPARED for at, n in own if n}
    return msgspec.structs.replace(together("all", tallies.values()), blocks=len(blocks))


def together(name: str, tallies: Iterable[EndpointTally]) -> EndpointTally:
    """Return several tallies as one; `blocks` is that of the one with most."""
    counts: Counter[tuple[Outcome, str]] = Counter()
    triages: Counter[Triage] = Counter()
    blocks = 0
    for tally in tallies:
        counts.update(tally.by_reason)
        triages.update(tally.triages)
        blocks = max(blocks, tally.blocks)
    return EndpointTally(endpoint=name, by_reason=dict(counts), blocks=blocks, triages=dict(triages))


def tally_joints(evidence: Evidence, criterion: str) -> dict[str, JointTally]:
    """Return the 2x2 tables of one criterion by endpoint, with `all` added. Raises EvidenceError as above."""
    cells: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    blocks: dict[str, set[float]] = defaultdict(set)
    for row in evidence.joints:
        if row.criterion != criterion:
            continue
        refuse_negative(min(row.both_ok, row.old_bad, row.new_bad, row.both_bad), row.endpoint)
        cell = cells[row.endpoint]
        cell[0] += row.both_ok
        cell[1] += row.old_bad
        cell[2] += row.new_bad
        cell[3] += row.both_bad
        blocks[row.endpoint].add(row.block_at)
    if cells:
        cells["all"] = [sum(counts) for counts in zip(*cells.values(), strict=True)]
        blocks["all"] = set().union(*blocks.values())
    return {
        scope: JointTally(
            both_ok=cells[scope][0],
            old_bad=cells[scope][1],
            new_bad=cells[scope][2],
            both_bad=cells[scope][3],
            blocks=len(blocks[scope]),
        )
        for scope in sorted(cells)
    }


def refuse_negative(n: int, endpoint: str) -> None:
    """Raise EvidenceError for a count below zero."""
    if n < 0:
        raise EvidenceError(
            f"The ledger holds a count of {n} at {endpoint}.",
            "It is damaged or was written by something else; restore it or start a new one.",
        )
