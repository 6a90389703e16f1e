"""What a pass needs where the gate is asked night after night: evidence that stays valid however often one looks.

Two e-values, of which the smaller counts: one over time blocks, and, where a block holds too few requests for a burst
of failures to fit into it, one over bursts.
Cannot see: bursts longer than a block at high traffic, and longer than `longest_burst` and any seen at low traffic; the
e-value of a scope that is pooled from endpoints whose blocks are folded, which `all` stands in for.
"""

from __future__ import annotations

from math import ceil, exp, log

import msgspec

from reports.document import Criterion
from reports.statistics.bursts import log_burst_e_value, requests_needed
from reports.statistics.sequential import Blocks, blocks_needed, log_e_value, threshold
from reports.words import count
from shadow.records import CheckStatus


class Nightly(msgspec.Struct, frozen=True, kw_only=True):
    """How repeated looks are asked: the ledger's block, and how many failures in a row may be one event."""

    block_s: float = 300.0
    longest_burst: int = 20


USUAL = Nightly()


def hold(row: Criterion, blocks: Blocks, limit: float, confidence: float, nightly: Nightly) -> Criterion:
    """Return the row with its evidence over repeated looks; a pass that lacks it becomes inconclusive.

    Raises ValueError for a limit or a confidence without meaning, and for impossible blocks.
    """
    by_block = log_e_value(blocks, limit)
    # A burst that starts anywhere in a block of twice its length is held by that block in the mean.
    spans = row.n < 2 * nightly.longest_burst * blocks.n
    by_burst = log_burst_e_value(row.n, blocks.bursts, limit, nightly.longest_burst) if spans else by_block
    needed = threshold(confidence)
    found = exp(min(by_block, by_burst, 690.0))
    row = msgspec.structs.replace(row, e_value=found, e_needed=needed, blocks=blocks.n)
    if row.status is not CheckStatus.passed or min(by_block, by_burst) >= log(needed):
        return row
    reason = f"{row.reason} One look would pass it; for a gate that is asked again and again the evidence is " + (
        f"{found:.1f} of {needed:.0f}."
    )
    if by_burst < log(needed):
        total = requests_needed(row.n, blocks.bursts, limit, nightly.longest_burst, confidence)
        if total is not None:
            reason += f" Failures may come {nightly.longest_burst} in a row: " + (
                f"{count(total, 'more request')} without one would do."
            )
        return msgspec.structs.replace(row, status=CheckStatus.inconclusive, needed=total, reason=reason)
    more = blocks_needed(blocks, limit, confidence)
    if more is None:
        return msgspec.structs.replace(row, status=CheckStatus.inconclusive, needed=None, reason=reason)
    requests = ceil(more * row.n / blocks.n) if blocks.n else row.needed
    lasting = f"{span(nightly.block_s)} without a failure would do: {span(more * nightly.block_s)}."
    reason += f" {count(more, 'more block')} of {lasting}"
    return msgspec.structs.replace(row, status=CheckStatus.inconclusive, needed=requests, reason=reason)


def span(seconds: float) -> str:
    """Return a length of time in the unit that reads best: `5 minutes`, `3.2 days`."""
    for unit, length in (("day", 86400.0), ("hour", 3600.0), ("minute", 60.0)):
        if seconds >= length:
            n = seconds / length
            return f"{n:g} {unit}{'' if n == 1 else 's'}" if n == round(n) else f"{n:.1f} {unit}s"
    return f"{seconds:g} s"
