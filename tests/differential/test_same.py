"""The same requests directly and through the listener: status, reason, headers and their order, body are the same."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
from differential_clients import CLIENTS, Case, Seen, with_curl

pytestmark = pytest.mark.e2e

JSON = (("Content-Type", "application/json"),)
CASES = [
    Case("plain"),
    Case("query", target="/plain?a=1&a=2&b=%20x%2Fy+z&c"),
    Case("odd headers", target="/odd"),
    Case("streamed", target="/streamed"),
    Case("big", target="/big"),
    Case("gzip", target="/gzip", headers=(("Accept-Encoding", "identity"),)),
    Case("nothing", target="/nothing"),
    Case("moved", target="/moved"),
    Case("broken", target="/broken"),
    Case("missing", target="/missing"),
    Case("cached", target="/cached"),
    Case("not modified", target="/cached", headers=(("If-None-Match", '"v1"'),)),
    Case("head", "HEAD"),
    Case("head of streamed", "HEAD", "/streamed"),
    Case("head of big", "HEAD", "/big"),
    Case("head of missing", "HEAD", "/missing"),
    Case("options", "OPTIONS", "/echo"),
    Case("echo", target="/echo?x=1", headers=(("X-A", "1"), ("Cookie", "a=1; b=2"), ("X-Empty", ""))),
    Case("encoded target", target="/echo?x=%C3%A9%00&y=%2e%2e"),
    Case("post", "POST", "/echo", JSON, b'{"a": 1}'),
    Case("post nothing", "POST", "/echo", JSON, b""),
    Case("post big", "POST", "/echo", JSON, b"x" * 700_000),
    Case("put", "PUT", "/echo", JSON, b"put"),
    Case("patch", "PATCH", "/echo", JSON, b"patch"),
    Case("delete", "DELETE", "/echo"),
    Case("range", target="/big", headers=(("Range", "bytes=5-20"),)),
    Case("after all that", target="/plain"),
]
# What only curl can be made to say.
ODD = {
    "1.0": (["--http1.0"], [Case("plain"), Case("streamed", target="/streamed"), Case("big", target="/big")]),
    "1.0 kept": (["--http1.0", "-H", "Connection: keep-alive"], [Case("plain"), Case("streamed", target="/streamed")]),
    "1.0 without host": (["--http1.0", "-H", "Host:"], [Case("plain"), Case("moved", target="/moved")]),
    "close": (["-H", "Connection: close"], [Case("plain"), Case("streamed", target="/streamed")]),
    "expect": (["-H", "Expect: 100-continue", "--expect100-timeout", "5"],
               [Case("post", "POST", "/echo", JSON, b"x" * 2000)]),
    "chunked": (["-H", "Transfer-Encoding: chunked"], [Case("post", "POST", "/echo", JSON, b"x" * 200_000)]),
    "headers twice": (["-H", "X-A: 1", "-H", "x-a: 2", "-H", "X-A: 3"], [Case("echo", target="/echo")]),
    "dots": ([], [Case("dots", target="/a/../plain"), Case("slashes", target="//plain")]),
    "named host": (["-H", "Host: shop.example.com"], [Case("echo", target="/echo"), Case("moved", target="/moved")]),
}

# Cases that a server answers so wrongly that clients trip over it without any mirror.
NOT_ASKED = {"waitress": ["head of streamed"]}  # it ends an answer to HEAD with a last chunk


def assert_same(cases: list[Case], direct: list[Seen], through: list[Seen]) -> None:
    different = {
        case.name: (one, other) for case, one, other in zip(cases, direct, through, strict=True) if one != other
    }
    assert different == {}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_sees_no_difference(pair: Any, client: str) -> None:
    program = {"curl": "curl", "node": "node"}.get(client)
    if program and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: apt-get install {program.replace('node', 'nodejs')})")
    ask = CLIENTS[client]
    cases = [case for case in CASES if case.name not in NOT_ASKED.get(pair.name, [])]
    direct = ask(pair.direct, cases)
    assert {answer.status for answer in direct} >= {200, 204, 302, 404, 500}
    assert_same(cases, direct, ask(pair.through, cases))


@pytest.mark.parametrize("odd", ODD)
def test_odd_requests_are_answered_alike(pair: Any, odd: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed (Debian: apt-get install curl)")
    options, cases = ODD[odd]
    assert_same(cases, with_curl(pair.direct, cases, *options), with_curl(pair.through, cases, *options))


def test_under_load_every_answer_is_one(pair: Any) -> None:
    """wrk keeps count of answers that it did not understand, of broken connections, and of other statuses."""
    if shutil.which("wrk") is None:
        pytest.skip("wrk is not installed (Debian: apt-get install wrk)")
    done = subprocess.run(["wrk", "-t1", "-c8", "-d1s", "--timeout", "5s", pair.through + "/plain"],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert "Socket errors" not in done.stdout, done.stdout
    assert "Non-2xx" not in done.stdout, done.stdout
    assert int(done.stdout.split(" requests in ")[0].split()[-1]) > 50, done.stdout
