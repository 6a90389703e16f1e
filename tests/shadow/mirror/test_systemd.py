"""What systemd says and hears, over real sockets."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

from shadow.errors import EnvironmentFailure
from shadow.mirror.systemd import Notifier, take_sockets


@pytest.mark.parametrize("abstract", [False, True])
def test_words_arrive_one_by_one(abstract: bool, tmp_path: Path) -> None:
    name = f"@shadow-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name[1:] if abstract else name)
        manager.settimeout(5)
        environ = {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "3000000", "PATH": "/bin"}
        notifier = Notifier(environ)
        assert environ == {"PATH": "/bin"}
        assert notifier.watchdog_s == 3.0
        notifier.ready()
        notifier.watchdog()
        notifier.reloading()
        notifier.stopping()
        heard = [manager.recv(1024).decode() for _ in range(4)]
    assert heard[:2] == ["READY=1", "WATCHDOG=1"]
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=[1-9]\d*", heard[2])
    assert heard[3] == "STOPPING=1"


@pytest.mark.parametrize(
    ("environ", "watchdog_s"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "1000000"}, 0.0),
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(os.getpid())}, 1.0),
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_who_is_watched(environ: dict[str, str], watchdog_s: float) -> None:
    assert Notifier(environ).watchdog_s == watchdog_s


def test_a_manager_that_is_gone_or_does_not_read_stops_nothing(tmp_path: Path) -> None:
    Notifier({}).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "deaf")})
        for _ in range(1000):
            notifier.watchdog()


def environ(count: object, pid: object = None) -> dict[str, str]:
    return {"LISTEN_PID": str(os.getpid() if pid is None else pid), "LISTEN_FDS": str(count), "LISTEN_FDNAMES": "a"}


def test_sockets_are_taken_once_in_order() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        first = 200
        for index, sock in enumerate((one, two)):
            os.dup2(sock.fileno(), first + index, inheritable=True)
        variables = environ(2)
        taken = take_sockets(variables, first_fd=first)
        try:
            assert [sock.getsockname() for sock in taken] == [one.getsockname(), two.getsockname()]
            assert [(sock.get_inheritable(), sock.getblocking()) for sock in taken] == [(False, False)] * 2
            assert variables == {}
            assert take_sockets(variables) == ()
        finally:
            for sock in taken:
                sock.close()


@pytest.mark.parametrize("variables", [{}, environ(1, pid=1), environ("x"), environ(0), {"LISTEN_FDS": "1"}])
def test_nothing_for_us(variables: dict[str, str]) -> None:
    assert take_sockets(variables) == ()
    assert not variables


@pytest.mark.parametrize("kind", ["idle socket", "datagrams", "file", "nothing"])
def test_what_is_no_listening_socket_is_refused(kind: str, tmp_path: Path) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as idle,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        (tmp_path / "file").open("w") as file,
    ):
        passed = {"idle socket": idle, "datagrams": datagrams, "file": file}.get(kind)
        if passed is not None:
            os.dup2(passed.fileno(), 210)
        with pytest.raises(EnvironmentFailure, match="descriptor 210, which is no listening") as caught:
            take_sockets(environ(1), first_fd=210)
        assert "ListenStream=" in caught.value.remedy
        if kind == "file":
            os.close(210)
