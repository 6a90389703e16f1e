"""The causes of a check as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from shadow.records import DataCause, DataCheck

SHOWN = 5
"""Causes shown per check on the terminal; the rest is in the ledger and in --json."""


def lines(check: DataCheck) -> Iterator[str]:
    """Yield a line for each of the first causes, with the rule or the advice below it."""
    for cause in check.causes[:SHOWN]:
        yield f"why: {describe(cause)}"
        for line in cause.rule.splitlines():
            yield f"     if that is meant, write in the plan: {line}"
        if cause.rule:
            continue
        if cause.advice:
            yield f"     {cause.advice}"
    more = len(check.causes) - SHOWN
    if more > 0:
        yield f"why: and {more} more causes"


def describe(cause: DataCause) -> str:
    """Return a cause in one line: `1,200 (92 %): placed: cut to milliseconds`."""
    if cause.overlaps:
        return cause.what
    least = "" if cause.is_exact else "at least "
    return f"{least}{cause.n:,} ({_percent(cause.share)}): {cause.what}"


def _percent(share: float) -> str:
    """Return a share in percent; never 100 % or 0 % of what is less or more than that."""
    if 0.0 < share < 1.0:
        share = min(max(share, 0.001), 0.999)
    return f"{share:.1%}".replace(".0%", "%").replace("%", " %")
