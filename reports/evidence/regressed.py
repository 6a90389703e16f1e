"""The list of regressed endpoints: which of many can be claimed at once, and which are worth a look.

Passing at every endpoint needs no correction for their number; a list of failures does, or one in twenty of the
sound ones would stand in it.
Cannot see: bursts; a p-value takes requests for independent.
"""

from __future__ import annotations

import msgspec

from reports.document import EndpointLine
from reports.evidence.tally import EndpointTally
from reports.statistics.binomial import excess_p
from reports.statistics.multiplicity import benjamini_hochberg, holm
from shadow.config.model import Parity

CLAIMED = 0.05
SUSPECTED = 0.1


def with_regressions(
    lines: tuple[EndpointLine, ...], tallies: dict[str, EndpointTally], asked: Parity | None
) -> tuple[EndpointLine, ...]:
    """Return the lines with their p-values, and which of them stand in the list; unchanged where parity is not asked.

    Lines of which nothing was compared have no p-value and do not count.
    """
    if asked is None or not 0.0 <= asked.min_ratio <= 1.0:
        return lines
    found = {
        line.endpoint: excess_p(tally.failing, tally.compared, 1.0 - asked.min_ratio)
        for line in lines
        if (tally := tallies.get(line.endpoint)) is not None and tally.compared
    }
    claims = dict(zip(found, holm(list(found.values()), CLAIMED), strict=True))
    suspects = dict(zip(found, benjamini_hochberg(list(found.values()), SUSPECTED), strict=True))
    return tuple(
        msgspec.structs.replace(
            line,
            p_value=found.get(line.endpoint),
            is_regressed=claims.get(line.endpoint, False),
            is_suspect=suspects.get(line.endpoint, False),
        )
        for line in lines
    )
