"""Opening connections: names with several addresses, unix sockets, TLS."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from shadow.wire.address import Address
from shadow.wire.dial import ConnectError, Dialer
from shadow.wire.pool import Pool
from shadow.wire.tls import client_context, server_context
from shadow.wire.upstream import UpstreamConnection


def make() -> UpstreamConnection:
    return UpstreamConnection(lambda connection: None)


class Kept(asyncio.Protocol):
    """The other end of every connection; `opened` are their transports."""

    def __init__(self, opened: list[asyncio.Transport]) -> None:
        self.opened = opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.opened.append(transport)  # type: ignore[arg-type]


@asynccontextmanager
async def serving(host: str = "127.0.0.1", port: int = 0, *, path: str = "", context: Any = None) -> AsyncIterator[Any]:
    """`async with serving() as (port, opened)`."""
    opened: list[Any] = []
    loop = asyncio.get_running_loop()
    if path:
        server = await loop.create_unix_server(lambda: Kept(opened), path)
    else:
        server = await loop.create_server(lambda: Kept(opened), host, port, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1] if not path else 0, opened
    finally:
        await asyncio.sleep(0.01)  # who connected last may not have been accepted yet
        server.close()
        for transport in opened:
            transport.abort()
        await asyncio.sleep(0.01)


def named(monkeypatch: pytest.MonkeyPatch, answers: list[list[str] | None]) -> list[str]:
    """The machine's resolver, answering as scripted: the last answer stays, None is a failure."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *rest: Any, **how: Any) -> Any:
        if host not in ("a.example", b"a.example"):
            return real(host, port, *rest, **how)
        asked.append("a.example")
        hosts = answers[min(len(asked), len(answers)) - 1]
        if hosts is None:
            raise socket.gaierror(socket.EAI_NONAME, "scripted")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in hosts]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def go(scenario: Any) -> None:
    # uvloop resolves names in C, where no script reaches.
    async def bounded() -> None:
        async with asyncio.timeout(10):
            await scenario

    asyncio.run(bounded())


def test_addresses_take_turns_and_the_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = named(monkeypatch, [["127.0.0.1", "127.0.0.2"]])

    async def scenario() -> None:
        async with serving("0.0.0.0") as (port, _):
            dialer = Dialer(Address(host="a.example", port=port))
            connections = [await dialer.dial(make, 5.0) for _ in range(4)]
            got = [connection.host for connection in connections]
            assert sorted(got[:2]) == sorted(got[2:]) == ["127.0.0.1", "127.0.0.2"]
            assert asked == ["a.example"]
            for connection in connections:
                connection.abort()

    go(scenario())


def test_an_address_that_refuses_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, [["127.0.0.2", "127.0.0.1", "127.0.0.3"]])

    async def scenario() -> None:
        async with serving() as (port, _):
            dialer = Dialer(Address(host="a.example", port=port))
            for _ in range(3):
                connection = await dialer.dial(make, 5.0)
                assert connection.host == "127.0.0.1"
                connection.abort()

    go(scenario())


def test_one_that_is_silent_leaves_the_others_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, [["127.0.0.1", "127.0.0.9"]])  # the turn begins with the second

    async def scenario() -> None:
        full = socket.socket()
        full.bind(("127.0.0.9", 0))
        port = full.getsockname()[1]
        full.listen(0)
        taken = [socket.socket() for _ in range(3)]
        for one in taken:
            one.setblocking(False)
            one.connect_ex(("127.0.0.9", port))
        async with serving("127.0.0.1", port):
            connection = await Dialer(Address(host="a.example", port=port)).dial(make, 1.0)
            assert connection.host == "127.0.0.1"
            connection.abort()
        for one in (*taken, full):
            one.close()

    go(scenario())


def test_when_all_refuse_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, [["127.0.0.2", "127.0.0.3"]])

    async def scenario() -> None:
        with pytest.raises(ConnectError) as error:
            await Dialer(Address(host="a.example", port=1)).dial(make, 1.0)
        assert error.value.reason == "refused"

    go(scenario())


def test_what_was_known_serves_while_the_resolver_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = named(monkeypatch, [["127.0.0.1"], None])

    async def scenario() -> None:
        async with serving() as (port, _):
            dialer = Dialer(Address(host="a.example", port=port), dns_s=0.0)
            for _ in range(3):
                (await dialer.dial(make, 5.0)).abort()
                await dialer.refresh()
            assert len(asked) >= 3
            assert dialer.hosts == ("127.0.0.1",)

    go(scenario())


def test_a_name_that_never_resolved_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, [None, ["127.0.0.1"]])

    async def scenario() -> None:
        async with serving() as (port, _):
            dialer = Dialer(Address(host="a.example", port=port))
            with pytest.raises(ConnectError) as error:
                await dialer.dial(make, 5.0)
            assert error.value.reason == "dns"
            (await dialer.dial(make, 5.0)).abort()

    go(scenario())


def test_kept_connections_to_an_address_that_is_gone_are_not_used(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, [["127.0.0.2"], ["127.0.0.1"]])

    async def scenario() -> None:
        async with serving("0.0.0.0") as (port, _):
            address = Address(host="a.example", port=port)
            dialer = Dialer(address, dns_s=0.0)
            pool = Pool(address, limit=2, connect_timeout_s=5.0, dialer=dialer)
            old = await pool.take()
            assert old.host == "127.0.0.2"
            pool.release(old)
            assert pool.take_idle() is old  # it is due: the name is looked up beside the way
            pool.release(old)
            await dialer.refresh()
            assert pool.take_idle() is None
            new = await pool.take()
            assert new.host == "127.0.0.1"
            pool.close()

    go(scenario())


def test_a_unix_socket(run: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        path = str(tmp_path / "a.sock")
        dialer = Dialer(Address(path=path))
        with pytest.raises(ConnectError) as error:
            await dialer.dial(make, 1.0)
        assert error.value.reason == "refused"
        async with serving(path=path):
            connection = await dialer.dial(make, 1.0)
            assert (connection.host, connection.closed) == ("", False)
            connection.abort()

    run(scenario())


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


def pem(folder: Path, name: str, blob: trustme.Blob) -> str:
    path = folder / name
    blob.write_to_path(str(path))
    return str(path)


@pytest.mark.parametrize(
    ("trusted", "verify", "server_name", "client", "reason"),
    [
        (True, True, "old.example", False, ""),
        (True, True, "", False, "tls"),
        (False, True, "old.example", False, "tls"),
        (False, False, "", False, ""),
        (True, True, "old.example", True, ""),
    ],
)
def test_tls_to_a_leg(
    run: Any, tmp_path: Path, authority: trustme.CA, trusted: bool, verify: bool, server_name: str, client: bool,
    reason: str,
) -> None:
    async def scenario() -> None:
        ca = pem(tmp_path, "ca.pem", authority.cert_pem)
        mine = pem(tmp_path, "old.pem", authority.issue_cert("old.example").private_key_and_cert_chain_pem)
        own = pem(tmp_path, "me.pem", authority.issue_cert("me.example").private_key_and_cert_chain_pem)
        context = client_context(ca if trusted else "", own if client else "", verify=verify)
        theirs = server_context(mine, client_ca=ca if client else "")
        async with serving(context=theirs) as (port, opened):
            dialer = Dialer(Address(host="127.0.0.1", port=port, tls=True), context=context, server_name=server_name)
            if reason:
                with pytest.raises(ConnectError) as error:
                    await dialer.dial(make, 5.0)
                assert error.value.reason == reason
                return
            connection = await dialer.dial(make, 5.0)
            while not opened:
                await asyncio.sleep(0.001)
            assert bool(opened[0].get_extra_info("peercert")) is client
            assert opened[0].get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
            connection.abort()

    run(scenario())
