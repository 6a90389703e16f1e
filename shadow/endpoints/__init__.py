"""Endpoints: method and path template, never a raw path. Pure and versioned, so that ledgers merge."""

from __future__ import annotations

from shadow.endpoints.build import build_endpoint_map
from shadow.endpoints.map import VERSION, EndpointMap

__all__ = ["VERSION", "EndpointMap", "build_endpoint_map"]
