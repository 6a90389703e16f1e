"""Configurations, requests and answers for the map."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from shadow.config.model import Config
from shadow.endpoints import build_endpoint_map
from shadow.identity.places import Places
from shadow.records import RequestCopy, ResponseCopy
from shadow.validation import parse_config

FRAME = """\
primary: {url: http://old:1}
candidate: {url: http://new:2, store: own}
routes: [{endpoint: POST /orders, mirror: writes}, {endpoint: "* /orders/{id}", mirror: writes}]
"""
JSON = (b"Content-Type", b"application/json")


@pytest.fixture
def config() -> Callable[..., Config]:
    def make(identity: str = "{learn: inferred}") -> Config:
        return parse_config(f"{FRAME}identity: {identity}\n", "shadow.yaml", {})

    return make


@pytest.fixture
def places(config: Any) -> Callable[..., Places]:
    def make(identity: str = "{learn: inferred}") -> Places:
        made = config(identity)
        return Places(made, build_endpoint_map(made))

    return make


@pytest.fixture
def ask() -> Callable[..., RequestCopy]:
    """`ask("POST /orders", {...}, ("If-Match", "..."))`."""

    def make(line: str, body: Any = None, *headers: tuple[str, str]) -> RequestCopy:
        method, _, target = line.partition(" ")
        given = tuple((name.encode(), value.encode("latin-1")) for name, value in headers)
        data = b"" if body is None else json.dumps(body).encode()
        return RequestCopy(
            method=method, target=target.encode(), headers=(*given, *((JSON,) if data else ())), body=data
        )

    return make


@pytest.fixture
def reply() -> Callable[..., ResponseCopy]:
    """`reply(201, {...}, ("Location", "..."))`."""

    def make(status: int, body: Any = None, *headers: tuple[str, str]) -> ResponseCopy:
        given = tuple((name.encode(), value.encode("latin-1")) for name, value in headers)
        data = b"" if body is None else json.dumps(body).encode()
        return ResponseCopy(status=status, headers=(*given, *((JSON,) if data else ())), body=data)

    return make
