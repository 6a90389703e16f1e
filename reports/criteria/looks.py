"""What a pass needs where the gate is asked night after night: evidence that stays valid however often one looks.

Cannot see: bursts longer than a block; the e-value of a scope that is pooled from endpoints whose blocks are folded,
which `all` stands in for.
"""

from __future__ import annotations

from math import ceil

import msgspec

from reports.document import Criterion
from reports.statistics.sequential import Blocks, blocks_needed, e_value, is_shown, threshold
from reports.words import count
from shadow.records import CheckStatus


def hold(row: Criterion, blocks: Blocks, limit: float, confidence: float, block_s: float) -> Criterion:
    """Return the row with its evidence over repeated looks; a pass that lacks it becomes inconclusive.

    Raises ValueError for a limit or a confidence without meaning, and for impossible blocks.
    """
    found, needed = e_value(blocks, limit), threshold(confidence)
    row = msgspec.structs.replace(row, e_value=min(found, 1e300), e_needed=needed, blocks=blocks.n)
    if row.status is not CheckStatus.passed or is_shown(blocks, limit, confidence):
        return row
    more = blocks_needed(blocks, limit, confidence)
    reason = f"{row.reason} One look would pass it; for a gate that is asked again and again the evidence is " + (
        f"{found:.1f} of {needed:.0f}."
    )
    if more is None:
        return msgspec.structs.replace(row, status=CheckStatus.inconclusive, needed=None, reason=reason)
    requests = ceil(more * row.n / blocks.n) if blocks.n else row.needed
    reason += f" {count(more, 'more block')} of {span(block_s)} without a failure would do: {span(more * block_s)}."
    return msgspec.structs.replace(row, status=CheckStatus.inconclusive, needed=requests, reason=reason)


def span(seconds: float) -> str:
    """Return a length of time in the unit that reads best: `5 minutes`, `3.2 days`."""
    for unit, length in (("day", 86400.0), ("hour", 3600.0), ("minute", 60.0)):
        if seconds >= length:
            n = seconds / length
            return f"{n:g} {unit}{'' if n == 1 else 's'}" if n == round(n) else f"{n:.1f} {unit}s"
    return f"{seconds:g} s"
