"""Which expected endpoints the configuration keeps from the candidate, by write policy or a sampling of nothing, so
that no traffic could ever cover them.

Cannot see: which wildcard route a request will match; where one may let an endpoint through, the endpoint is taken
to be mirrored and has to be covered.
"""

from __future__ import annotations

from reports.evidence.tally import EndpointTally
from shadow.config.model import Config, Route

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def kept_away(config: Config, expected: tuple[str, ...], tallies: dict[str, EndpointTally]) -> tuple[str, ...]:
    """Return the expected endpoints of which nothing was sent to the candidate nor ever will be.

    Those that `gate.coverage.expected` names stay expected: there the user asked for the impossible and is told.
    """
    coverage = config.gate.coverage
    asked = frozenset(coverage.expected if coverage else ())
    return tuple(
        name
        for name in expected
        if name not in asked and not is_mirrored(config, name) and not (name in tallies and tallies[name].meant)
    )


def is_mirrored(config: Config, endpoint: str) -> bool:
    """Tell whether requests of an endpoint may reach the candidate."""
    method = endpoint.partition(" ")[0]
    for route in config.routes:
        if route.endpoint == endpoint:
            return lets_through(config, route, method)
    if method in SAFE_METHODS and config.mirror.sample_ratio > 0:
        return True
    for route in config.routes:
        own, _, pattern = route.endpoint.partition(" ")
        if own in (method, "*") and (own == "*" or "*" in pattern) and lets_through(config, route, method):
            return True
    return False


def lets_through(config: Config, route: Route, method: str) -> bool:
    """Tell whether a route lets a method reach the candidate."""
    ratio = config.mirror.sample_ratio if route.sample_ratio is None else route.sample_ratio
    if route.mirror == "never" or ratio <= 0:
        return False
    if method in SAFE_METHODS or route.mirror == "read_only":
        return True
    return route.mirror == "writes" and config.candidate.store == "own"
