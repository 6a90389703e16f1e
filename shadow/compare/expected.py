"""What is known beforehand of an endpoint's answers, so that they are compared by it."""

from __future__ import annotations

import msgspec

from shadow.config.model import Compare, Config
from shadow.endpoints import EndpointMap


def limits_by_endpoint(config: Config, endpoints: EndpointMap) -> dict[str, Compare]:
    """Return how the answers of endpoints are compared of which more is known than of all: keys of their lists.

    What `compare.list_keys` says comes before what the OpenAPI document says.
    """
    limits = config.compare
    return {
        endpoint: msgspec.structs.replace(limits, list_keys=limits.list_keys + keys)
        for endpoint, keys in endpoints.list_keys.items()
    }
