"""TLS and unix sockets at the door, and a primary behind TLS."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from shadow.config.model import Config, LegTls, ListenTls, Primary, ShadowLeg
from shadow.errors import EnvironmentFailure
from shadow.mirror.door import Door
from shadow.mirror.runtime import listen
from shadow.wire.tls import client_context, server_context

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET /g HTTP/1.1\r\nHost: shop.example\r\n\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def certificate(authority: trustme.CA, path: Path, name: str = "shop.example") -> str:
    """Write it in one step, as those who renew certificates do."""
    fresh = path.with_suffix(".new")
    authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(str(fresh))
    os.replace(fresh, path)
    return str(path)


def authority_file(authority: trustme.CA, folder: Path) -> str:
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return str(folder / "ca.pem")


async def ask(m: Any, context: ssl.SSLContext, answer: Any, name: str = "shop.example") -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", m.port, ssl=context, server_hostname=name)
    try:
        writer.write(GET)
        status, _, body = await answer(reader)
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
        return status, body or (shown and shown)
    finally:
        writer.transport.abort()
        await asyncio.sleep(0.01)


def test_clients_over_tls_and_a_certificate_that_is_renewed(
    run: Any, backend: Any, mirroring: Any, answer: Any, tmp_path: Path, authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shadow.mirror.door._LOOK_S", 0.0)
    heads: list[bytes] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while True:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK)

    async def shown(m: Any, context: ssl.SSLContext) -> Any:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", m.port, ssl=context, server_hostname="shop.example")
        serial = writer.get_extra_info("ssl_object").getpeercert()["serialNumber"]
        return reader, writer, serial

    async def scenario() -> None:
        path = tmp_path / "shop.pem"
        tls = ListenTls(certificate=certificate(authority, path))
        context = client_context(authority_file(authority, tmp_path))
        async with backend(play) as port, mirroring(port, tls=tls) as m:
            assert (await ask(m, context, answer)) == (200, b"ok")
            assert b"X-Forwarded-Proto: https\r\n" in heads[0]
            reader, kept, first = await shown(m, context)
            path.write_bytes(b"half of a")
            await asyncio.sleep(0.6)  # two sweeps at least: what cannot be loaded changes nothing
            _, writer, second = await shown(m, context)
            assert second == first
            writer.transport.abort()
            certificate(authority, path)
            while second == first:
                _, writer, second = await shown(m, context)
                writer.transport.abort()
                await asyncio.sleep(0.05)
            kept.write(GET)  # a connection of before goes on
            assert (await answer(reader))[0] == 200
            kept.transport.abort()
            await m.settled(2)

    run(scenario())


def test_clients_have_to_show_a_certificate_where_it_is_asked_for(
    run: Any, backend: Any, mirroring: Any, answer: Any, tmp_path: Path, authority: trustme.CA
) -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.read()

    async def scenario() -> None:
        ca = authority_file(authority, tmp_path)
        mine = certificate(authority, tmp_path / "me.pem", "me.example")
        tls = ListenTls(certificate=certificate(authority, tmp_path / "shop.pem"), client_ca=ca)
        async with backend(play) as port, mirroring(port, tls=tls) as m:
            assert (await ask(m, client_context(ca, mine), answer))[0] == 200
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError, ssl.SSLError)):
                await ask(m, client_context(ca), answer)
            await m.settled(1)

    run(scenario())


@pytest.mark.parametrize("trusted", [True, False])
def test_a_primary_behind_tls(
    run: Any, mirroring: Any, client: Any, answer: Any, tmp_path: Path, authority: trustme.CA, trusted: bool
) -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def scenario() -> None:
        ca = authority_file(authority, tmp_path)
        context = server_context(certificate(authority, tmp_path / "old.pem", "localhost"))
        server = await asyncio.start_server(play, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        tls = LegTls(ca=ca if trusted else "")
        async with mirroring(port, primary={"url": f"https://localhost:{port}", "tls": tls}) as m:
            async with client(m.port) as (reader, writer):
                for _ in range(2):
                    writer.write(GET)
                    status, _, body = await answer(reader)
                    if trusted:
                        assert (status, body) == (200, b"ok")
                    else:
                        assert (status, body) == (502, b"shadow: the primary cannot be reached (tls)\n")
            lane = await m.settled(2)
            await m.sender_has(2)
            assert {n.reason for n in m.sender.notes} == (set() if trusted else {"tls"})
            assert lane.accepted == 2
        server.close()
        await asyncio.sleep(0.05)

    run(scenario())


def test_certificates_that_do_not_fit_are_told_before_anything_starts(
    tmp_path: Path, authority: trustme.CA
) -> None:
    one = authority.issue_cert("a.example")
    other = authority.issue_cert("b.example")
    one.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    other.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    with pytest.raises(EnvironmentFailure, match=r"key\.pem \(key values mismatch\)"):
        server_context(str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
    with pytest.raises(EnvironmentFailure, match=r"none\.pem \(no such file or directory\)"):
        server_context(str(tmp_path / "none.pem"))
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(EnvironmentFailure, match=r"no certificate authority can be loaded from .*ca\.pem"):
        client_context(str(tmp_path / "ca.pem"))


def test_a_door_at_a_unix_socket(run: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "door.sock")
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(path)
    dead.close()  # its file stays, as after a crash

    class Answer:
        def __init__(self, inbound: Any) -> None:
            self.inbound = inbound

        def on_request(self, head: Any) -> None:
            self.peer = self.inbound.peer

        def on_request_end(self) -> None:
            self.inbound.write(OK)
            self.inbound.finish(keep_alive=True)

    async def scenario() -> None:
        sock = listen(f"unix:{path}")
        with pytest.raises(EnvironmentFailure, match=r"cannot listen on unix:/.*door\.sock \(Address already in use\)"):
            listen(f"unix:{path}")
        config = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"))
        door = Door(config, Answer)  # type: ignore[arg-type]
        await door.open(sock)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(GET)
        assert (await reader.readexactly(len(OK))) == OK
        writer.transport.abort()
        door.close()
        await door.drain(1.0)
        sock.close()

    run(scenario())
