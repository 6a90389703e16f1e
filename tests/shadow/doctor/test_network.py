from __future__ import annotations

import socket

import msgspec
import pytest

from bench.live.host import free_port
from shadow.config.model import Config, Control, Primary, ShadowLeg
from shadow.doctor.network import leg_check, listen_check, network_checks


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_listening(taken: int) -> None:
    free = free_port()
    assert listen_check(f"127.0.0.1:{free}").level == "ok"
    assert listen_check(f"127.0.0.1:{free}").message == f"127.0.0.1:{free} is free."
    busy = listen_check(f"127.0.0.1:{taken}")
    assert busy.level == "fail"
    assert "address already in use" in busy.message
    assert "another port" in busy.remedy
    assert listen_check(f"0.0.0.0:{taken}").level == "fail"
    elsewhere = listen_check("192.0.2.1:8080")
    assert elsewhere.level == "fail"
    assert "0.0.0.0" in elsewhere.remedy
    assert listen_check("no-such-host.invalid:8080").level == "fail"


def test_the_control_api_has_its_own_lines(taken: int) -> None:
    """A busy port there is a warning that says whose it is: the mirror runs without it."""
    free = free_port()
    config = Config(
        primary=Primary(url=f"http://127.0.0.1:{taken}"), candidate=ShadowLeg(url=f"http://127.0.0.1:{taken}"),
        listen=f"127.0.0.1:{free}",
        control=Control(api=f"127.0.0.1:{free_port()}", probes=f"127.0.0.1:{taken}"),
    )  # fmt: skip
    found = {check.name: check for check in network_checks(config)}
    assert (found["listen"].level, found["control.api"].level, found["control.probes"].level) == ("ok", "ok", "warn")
    assert f"127.0.0.1:{taken} cannot be bound: address already in use" in found["control.probes"].message
    assert "would run without it" in found["control.probes"].message
    off = msgspec.structs.replace(config, control=Control(api="", probes=""))
    assert not [check for check in network_checks(off) if check.name.startswith("control")]


def test_legs(taken: int) -> None:
    assert (
        leg_check("primary", f"http://127.0.0.1:{taken}/v2", 1.0).message == f"127.0.0.1:{taken} accepts connections."
    )
    refused = leg_check("candidate", f"http://127.0.0.1:{free_port()}", 1.0)
    assert refused.level == "fail"
    assert "connection refused" in refused.message
    assert refused.remedy == "Start the candidate, or correct candidate.url."
    assert leg_check("candidate", "http://no-such-host.invalid:1", 1.0).level == "fail"
    assert leg_check("candidate", f"http://{'a' * 70}.example:1", 1.0).level == "fail"


def test_a_leg_that_does_not_answer_in_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = []
        for _ in range(4):  # fill the queue of connections that nobody accepts
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(address)
            waiting.append(one)
        check = leg_check("candidate", f"http://127.0.0.1:{address[1]}", 0.2)
        for one in waiting:
            one.close()
    assert check.level == "fail"
    assert "did not accept a connection within 0.2 s" in check.message


def test_nothing_is_sent_and_every_leg_is_looked_at() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        config = Config(
            listen="127.0.0.1:0",
            primary=Primary(url=url),
            candidate=ShadowLeg(url=url),
            secondary=ShadowLeg(url=url),
            control=Control(api="", probes=""),
        )
        checks = list(network_checks(config))
        received = []
        for _ in range(3):
            connection, _ = server.accept()
            with connection:
                received.append(connection.recv(100))
    assert [(check.name, check.level) for check in checks] == [
        ("listen", "ok"),
        ("primary", "ok"),
        ("candidate", "ok"),
        ("secondary", "ok"),
    ]
    assert received == [b"", b"", b""]
