"""Real clients, each asking the same questions and telling all that it saw."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

HERE = Path(__file__).parent
# Theirs to choose on each connection (RFC 9110 7.6.1), or the time of day.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "date"}
# What the listener adds to a request.
ADDED = {"shadow-hop", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"}


class Case(NamedTuple):
    """A request."""

    name: str
    method: str = "GET"
    target: str = "/plain"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


class Seen(NamedTuple):
    """An answer, as far as it must not depend on the way it came."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def seen(status: int, reason: str, headers: list[tuple[str, str]], body: bytes, port: int) -> Seen:
    """Leave out what belongs to one connection; in an echo, also what the listener adds, and the port."""
    kept = [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]
    if body.startswith(b'{"method"'):
        said = json.loads(body)
        said["headers"] = [
            [name, value.replace(f":{port}", ":PORT")]
            for name, value in said["headers"] if name.lower() not in HOP_BY_HOP | ADDED
        ]
        body = json.dumps(said, indent=1).encode()
        kept = [(name, value) for name, value in kept if name.lower() != "content-length"]
    return Seen(status, reason, tuple(kept), body)


def with_curl(url: str, cases: list[Case], *options: str) -> list[Seen]:
    """A process for each."""
    port = urlsplit(url).port or 80
    return [_curl(url, case, port, options) for case in cases]


def _curl(url: str, case: Case, port: int, options: tuple[str, ...]) -> Seen:
    with TemporaryDirectory() as folder:
        head, body = Path(folder, "head"), Path(folder, "body")
        sent = Path(folder, "sent")
        command = ["curl", "-sS", "-q", "--noproxy", "*", "--path-as-is", "-m", "20", "-D", str(head), "-o", str(body),
                   *options]
        command += ["-I"] if case.method == "HEAD" else ["-X", case.method]
        for name, value in case.headers:
            command += ["-H", f"{name}: {value}"]
        if case.body is not None:
            sent.write_bytes(case.body)
            command += ["--data-binary", f"@{sent}"]
        done = subprocess.run([*command, url + case.target], capture_output=True, text=True)
        assert done.returncode == 0, (case, done.stderr)
        # Interim answers come before the last one.
        final = re.split(rb"\r\n\r\n(?=HTTP/)", head.read_bytes().removesuffix(b"\r\n\r\n"))[-1].decode("latin-1")
        start, *lines = final.split("\r\n")
        _, status, *reason = start.split(" ", 2)
        headers = [(name, value.lstrip(" ")) for name, _, value in (line.partition(":") for line in lines)]
        content = body.read_bytes() if body.exists() and case.method != "HEAD" else b""
        return seen(int(status), "".join(reason), headers, content, port)


def with_http_client(url: str, cases: list[Case]) -> list[Seen]:
    """All on one connection, while the server keeps it."""
    port = urlsplit(url).port or 80
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    answers = []
    for case in cases:
        connection.putrequest(case.method, case.target, skip_accept_encoding=True)
        for name, value in case.headers:
            connection.putheader(name, value)
        if case.body is not None:
            connection.putheader("Content-Length", str(len(case.body)))
        connection.endheaders(case.body)
        got = connection.getresponse()
        answers.append(seen(got.status, got.reason, got.getheaders(), got.read(), port))
    connection.close()
    return answers


def with_aiohttp(url: str, cases: list[Case]) -> list[Seen]:
    """All in one session, bodies sent in chunks."""
    return asyncio.run(_aiohttp(url, cases))


async def _aiohttp(url: str, cases: list[Case]) -> list[Seen]:
    answers = []
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        for case in cases:
            async with session.request(
                case.method, URL(url + case.target, encoded=True), headers=list(case.headers), data=case.body,
                chunked=True if case.body is not None else None, allow_redirects=False,
            ) as got:
                headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in got.raw_headers]
                answers.append(seen(got.status, got.reason or "", headers, await got.read(), urlsplit(url).port or 80))
    return answers


def with_fetch(url: str, cases: list[Case]) -> list[Seen]:
    """One process for all; fetch sorts and joins the headers."""
    asked = [
        {"method": case.method, "target": case.target, "headers": case.headers,
         "body": None if case.body is None else base64.b64encode(case.body).decode()}
        for case in cases
    ]
    done = subprocess.run(["node", str(HERE / "node_client.js")], input=json.dumps({"url": url, "cases": asked}),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    port = urlsplit(url).port or 80
    return [
        seen(status, reason, [(name, value) for name, value in headers], base64.b64decode(body), port)
        for status, reason, headers, body in json.loads(done.stdout)
    ]


CLIENTS: dict[str, Callable[[str, list[Case]], list[Seen]]] = {
    "curl": with_curl, "http.client": with_http_client, "aiohttp": with_aiohttp, "node": with_fetch,
}
