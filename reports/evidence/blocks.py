"""The evidence by time blocks: what statistics need that must not take requests for independent.

Blocks of folded hours and days come from their marks; where rules have changed what counts as failing since, the marks
no longer say so, and the hours and days themselves become the blocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from reports.evidence.tally import AGREEING, FAILING, EndpointTally
from reports.statistics.sequential import Blocks
from shadow.ledger.evidence import Evidence, MarkRow, OutcomeRow
from shadow.records import Outcome
from shadow.triage import EXCUSED

ALL = "all"

Cell = tuple[int, int, int, int]
"""Trials, only new failed, only old failed, both failed."""


class Counted:
    """The blocks of one scope: how many were quiet, and the counts of the others. `follows` tells of each of these
    whether no quiet block lies between it and the one before."""

    __slots__ = ("_running", "follows", "noisy", "quiet")

    def __init__(self) -> None:
        self.quiet = 0
        self.noisy: list[Cell] = []
        self.follows: list[bool] = []
        self._running = False

    def add(self, cell: Cell) -> None:
        """Add the block that comes next in time; an empty one is none."""
        n, new, old, both = cell
        if new or old or both:
            self.noisy.append(cell)
            self.follows.append(self._running)
            self._running = True
        elif n:
            self.quiet += 1
            self._running = False

    def add_marks(self, row: MarkRow) -> None:
        """Add the blocks of a folded hour or day."""
        self.quiet += row.quiet
        self._running = False
        if row.noisy:
            self.noisy.extend(row.noisy)
            self.follows.extend((*row.follows, *(False,) * len(row.noisy))[: len(row.noisy)])

    @property
    def failing(self) -> int:
        """Trials that failed on the new side."""
        return sum(new + both for _, new, _, both in self.noisy)

    def differences(self) -> Blocks:
        """Return the difference of failing shares, new minus old, by block; bursts are of what failed on the new side
        alone."""
        return self._blocks(((new - old) / n for n, new, old, _ in self.noisy if n), [new for _, new, *_ in self.noisy])

    def failures(self) -> Blocks:
        """Return the share that failed on the new side, by block."""
        failed = [new + both for _, new, _, both in self.noisy]
        return self._blocks(((new + both) / n for n, new, _, both in self.noisy if n), failed)

    def _blocks(self, shares: Iterable[float], failed: list[int]) -> Blocks:
        noisy = tuple(sorted(share for share in shares if share))
        zeros = sum(1 for n, *_ in self.noisy if n) - len(noisy)
        bursts: list[int] = []
        running = False
        for n, follows in zip(failed, self.follows, strict=True):
            if n and follows and running:
                bursts[-1] += n
            elif n:
                bursts.append(n)
            running = n > 0
        return Blocks(quiet=self.quiet + zeros, noisy=noisy, bursts=tuple(bursts))


Own = dict[str, dict[float, list[int]]]
"""Cells (that can grow) by scope and start of the block."""


def none_yet() -> Own:
    """Return cells to which anything can be added."""
    return defaultdict(lambda: defaultdict(lambda: [0, 0, 0, 0]))


def error_blocks(evidence: Evidence) -> dict[str, Counted]:
    """Return the blocks of criterion `error` by endpoint and of `all`."""
    own = none_yet()
    whole = own[ALL]
    for row in evidence.joints:
        if not row.width_s and row.criterion == "error":
            n = row.both_ok + row.old_bad + row.new_bad + row.both_bad
            for cell in (own[row.endpoint][row.block_at], whole[row.block_at]):
                for index, count in enumerate((n, row.new_bad, row.old_bad, row.both_bad)):
                    cell[index] += count
    for total in evidence.totals:
        cell = whole[total.block_at]
        for index, count in enumerate((total.pairs, total.new_bad, total.old_bad, total.both_bad)):
            cell[index] += count
    return gathered(evidence, "error", own)


def parity_blocks(evidence: Evidence, tallies: dict[str, EndpointTally], pooled: EndpointTally) -> dict[str, Counted]:
    """Return the blocks of parity by endpoint and of `all`."""
    own = compared_in([row for row in evidence.outcomes if not row.width_s])
    whole = own[ALL]
    for total in evidence.totals:
        cell = whole[total.block_at]
        cell[0] += total.compared
        cell[1] += total.failing
    found = gathered(evidence, "parity", own)
    wrong = {
        scope
        for scope, tally in (*tallies.items(), (ALL, pooled))
        if tally.compared and (scope not in found or found[scope].failing != tally.failing)
    }
    if wrong:
        coarse = compared_in([row for row in evidence.outcomes if ALL in wrong or row.endpoint in wrong])
        found |= {scope: each for scope, each in gathered(None, "", coarse).items() if scope in wrong}
    return found


def compared_in(rows: Iterable[OutcomeRow]) -> Own:
    """Return what was compared and what of it fails, by scope and start of the row."""
    cells = none_yet()
    whole = cells[ALL]
    for row in rows:
        fails = row.outcome in FAILING
        if not fails and row.outcome not in AGREEING:
            continue
        if row.outcome is Outcome.mismatch and row.triage in EXCUSED:
            continue
        own, pooled = cells[row.endpoint][row.block_at], whole[row.block_at]
        own[0] += row.n
        pooled[0] += row.n
        if fails:
            own[1] += row.n
            pooled[1] += row.n
    return cells


def gathered(evidence: Evidence | None, question: str, own: Own) -> dict[str, Counted]:
    """Return blocks by scope, from their own counts and from the marks of folded ones."""
    found: dict[str, Counted] = defaultdict(Counted)
    for scope, cells in sorted(own.items()):
        if cells:
            add = found[scope].add
            for _, (n, new, old, both) in sorted(cells.items()):
                add((n, new, old, both))
    for row in evidence.marks if evidence else ():
        if row.question == question:
            found[row.endpoint].add_marks(row)
    return dict(found)
