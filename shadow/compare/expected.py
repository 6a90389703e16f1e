"""What is known beforehand of an endpoint's answers, so that they are compared by it."""

from __future__ import annotations

import msgspec

from shadow.config.model import Compare, Config, Protobuf
from shadow.descriptors import check_descriptors
from shadow.endpoints import EndpointMap


def limits_by_endpoint(config: Config, endpoints: EndpointMap) -> dict[str, Compare]:
    """Return how the answers of endpoints are compared of which more is known than of all: keys of their lists, and
    which protobuf message they are, which then stands for any endpoint (`*`).

    What `compare.list_keys` says comes before what the OpenAPI document says. Raises
    ConfigError for protobuf messages that are not described.
    """
    limits = config.compare
    check_descriptors(limits.protobuf)
    messages = limits.protobuf.messages
    found: dict[str, Compare] = {}
    for endpoint in endpoints.list_keys.keys() | {key for key in messages if " " in key}:
        found[endpoint] = msgspec.structs.replace(
            limits,
            list_keys=limits.list_keys + endpoints.list_keys.get(endpoint, ()),
            protobuf=_narrowed(limits.protobuf, endpoint),
        )
    return found


def _narrowed(protobuf: Protobuf, endpoint: str) -> Protobuf:
    name = protobuf.messages.get(endpoint)
    return protobuf if name is None else msgspec.structs.replace(protobuf, messages={**protobuf.messages, "*": name})
