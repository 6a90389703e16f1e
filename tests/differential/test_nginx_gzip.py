"""nginx compresses for proxied requests only where it is told to; it knows them by `Via`, which is not sent."""

from __future__ import annotations

from typing import Any

import pytest
from differential_clients import Case, with_curl

pytestmark = pytest.mark.e2e

CASES = [
    Case("asked for", target="/streamed", headers=(("Accept-Encoding", "gzip"),)),
    Case("not asked for", target="/streamed"),
]


@pytest.mark.parametrize(
    "gzip",
    [
        pytest.param("gzip on; gzip_types text/plain; gzip_proxied any;", id="also for proxies"),
        pytest.param("gzip on; gzip_types text/plain;", id="by default"),
    ],
)
def test_what_is_compressed_directly_is_compressed_through_the_listener(nginx_with: Any, gzip: str) -> None:
    pair = nginx_with(gzip)
    direct = with_curl(pair.direct, CASES)
    assert [("content-encoding", "gzip") in [(n.lower(), v) for n, v in answer.headers] for answer in direct] == [
        True, False]
    assert with_curl(pair.through, CASES) == direct
