"""Requests to every one of the ten endpoints, as a client library would send them: `python traffic.py URL [ROUNDS]`."""

from __future__ import annotations

import http.client
import json
import sys
from urllib.parse import urlsplit

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REQUESTS: tuple[tuple[str, str, dict[str, str], str | None], ...] = (
    ("GET", "/get", {}, None),
    ("GET", "/get?a=1&b=two%20words&a=3", {}, None),
    ("GET", "/get?q=caf%C3%A9&empty=", {}, None),
    ("POST", "/post", JSON, json.dumps({"n": 1.10, "big": 9007199254740993, "text": "grün"})),
    ("POST", "/post", FORM, "a=1&b=two+words"),
    ("POST", "/post", FORM, "a=1&a=2"),
    ("POST", "/post", {"Content-Type": "text/plain"}, "hello"),
    ("POST", "/post", JSON, "{no json"),
    ("GET", "/headers", {"X-Api-Key": "k", "x-lower-case": "1"}, None),
    ("GET", "/user-agent", {"User-Agent": "probe/1.0"}, None),
    ("GET", "/user-agent", {}, None),
    *(("GET", f"/status/{code}", {}, None) for code in (200, 204, 302, 304, 404, 418, 500)),
    ("GET", "/json", {}, None),
    ("GET", "/uuid", {}, None),
    ("GET", "/gzip", {"Accept-Encoding": "gzip"}, None),
    ("GET", "/redirect/1", {}, None),
    ("GET", "/redirect/3", {}, None),
    ("GET", "/base64/aGVsbG8gd29ybGQ=", {}, None),
    ("GET", "/base64/!!!", {}, None),
    ("GET", "/nowhere", {}, None),
)


def send(url: str, rounds: int = 1) -> int:
    """Send all of them, one after the other; return how many."""
    where = urlsplit(url)
    client = http.client.HTTPConnection(str(where.hostname), where.port, timeout=20)
    try:
        for _ in range(rounds):
            for method, target, headers, body in REQUESTS:
                client.request(method, target, None if body is None else body.encode(), headers)
                client.getresponse().read()
    finally:
        client.close()
    return rounds * len(REQUESTS)


if __name__ == "__main__":
    print(send(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1), "requests sent")
