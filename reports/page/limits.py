"""How much of each list the page shows. A page that would grow too large is made again with less of everything."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of rows, and the bytes that examples may take together."""

    criteria: int = 300
    endpoints: int = 250
    endpoint_details: int = 100
    findings: int = 60
    example_bytes: int = 700_000
    checks: int = 200
    data_findings: int = 300
    hidden: int = 100


FULL = Limits()


def halved(limits: Limits) -> Limits:
    """Half of everything, but at least one of each."""
    return Limits(**{name: max(getattr(limits, name) // 2, 1) for name in Limits.__struct_fields__})
