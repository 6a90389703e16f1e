"""What systemd says and wants to hear, by its environment variables: sd_listen_fds(3), sd_notify(3),
sd_watchdog_enabled(3). Without them everything here does nothing.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import MutableMapping

from shadow.errors import EnvironmentFailure

FIRST_FD = 3


def take_sockets(environ: MutableMapping[str, str], *, first_fd: int = FIRST_FD) -> tuple[socket.socket, ...]:
    """Return the listening sockets that systemd passed to this process (socket activation), in its order.

    The variables are removed: no child shall take them for its own. Raises EnvironmentFailure for a descriptor that
    is no listening stream socket.
    """
    pid, count = environ.pop("LISTEN_PID", ""), environ.pop("LISTEN_FDS", "")
    environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdigit():
        return ()
    return tuple(_take(fd) for fd in range(first_fd, first_fd + int(count)))


def _take(fd: int) -> socket.socket:
    try:
        sock = socket.socket(fileno=fd)
    except OSError:
        raise _unusable(fd) from None
    if sock.type != socket.SOCK_STREAM or not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        sock.close()
        raise _unusable(fd)
    sock.set_inheritable(False)
    sock.setblocking(False)
    return sock


def _unusable(fd: int) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"systemd passed the descriptor {fd}, which is no listening stream socket.",
        "Use ListenStream= and Accept=no in the socket unit.",
    )


class Notifier:
    """Tells systemd how the service fares. A change of state waits a second for its delivery, a beat not at all."""

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        """Take the variables, so that no child speaks in our name."""
        address = environ.pop("NOTIFY_SOCKET", "")
        # A leading @ stands for Linux's abstract namespace.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        microseconds, pid = environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        ours = microseconds.isdigit() and pid in ("", str(os.getpid()))
        self.watchdog_s = int(microseconds) / 1e6 if ours and self._address else 0.0
        """Seconds within which `watchdog` has to be called again; 0: nobody watches."""

    def ready(self) -> None:
        """The service answers."""
        self._send("READY=1")

    def reloading(self) -> None:
        """The configuration is being read again; `ready` follows, whatever comes of it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """The service drains."""
        self._send("STOPPING=1")

    def watchdog(self) -> None:
        """The supervisor's loop runs."""
        self._send("WATCHDOG=1", wait_s=0.0)

    def _send(self, state: str, *, wait_s: float = 1.0) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.settimeout(wait_s)
            try:
                sock.sendto(state.encode(), self._address)
            except OSError:
                # The manager is gone, or has not read its socket for a second; a beat comes again anyway.
                pass
