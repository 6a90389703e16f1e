"""Can we listen, and can every leg be reached? Connects and sends nothing: even a HEAD request is traffic."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator

from shadow.config import Config
from shadow.doctor.check import Check, fail, ok, warn
from shadow.wire.address import parse_listen, parse_url, reach


def network_checks(config: Config) -> Iterator[Check]:
    """Yield whether the listen address and those of the control API are free, and each leg accepts a TCP connection
    within its connect time-out. Without the control API the mirror runs all the same: that is a warning.

    Cannot see: whether what listens there speaks HTTP, or is the build that it should be.
    """
    yield listen_check(config.listen)
    for name, address in (("control.api", config.control.api), ("control.probes", config.control.probes)):
        if address:
            yield listen_check(address, name)
    for name in ("primary", "candidate", "secondary"):
        leg = getattr(config, name)
        if leg is not None:
            yield leg_check(name, leg.url, leg.connect_timeout_s)


def listen_check(listen: str, name: str = "listen") -> Check:
    """Return whether the address of the key `name` can be bound now; it is released at once."""
    address = parse_listen(listen)
    if address.path:
        return _socket_check(listen, address.path)
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, where = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        remedy = {
            errno.EADDRINUSE: "Stop what listens there (a running mirror, perhaps), or choose another port.",
            errno.EACCES: "Choose a port from 1024 up, or grant CAP_NET_BIND_SERVICE.",
            errno.EADDRNOTAVAIL: "Use an address of this machine, or 0.0.0.0.",
        }.get(error.errno or 0, "Use an address of this machine.")
        if name != "listen":
            return warn(name, f"{listen} cannot be bound: {_reason(error)}; the mirror would run without it.", remedy)
        return fail(name, f"{listen} cannot be bound: {_reason(error)}.", remedy)
    return ok(name, f"{listen} is free.")


def _socket_check(listen: str, path: str) -> Check:
    folder = os.path.dirname(path)
    if not os.access(folder, os.W_OK | os.X_OK):
        return fail("listen", f"no socket can be made in {folder}.", "Make the folder, writable for this user.")
    try:
        reach(parse_listen(listen), 1.0)
    except OSError:
        return ok("listen", f"{listen} is free.")
    return fail("listen", f"{listen} is in use.", "Stop what listens there (a running mirror, perhaps).")


def leg_check(name: str, url: str, timeout_s: float) -> Check:
    """Return whether a TCP connection to the leg opens within `timeout_s` seconds."""
    address = parse_url(url)
    try:
        reach(address, timeout_s)
    except TimeoutError:
        return fail(
            name, f"{address} did not accept a connection within {timeout_s:g} s.", "Check host and firewall."
        )
    except OSError as error:
        return fail(
            name, f"{address} cannot be reached: {_reason(error)}.", f"Start the {name}, or correct {name}.url."
        )
    except UnicodeError:
        return fail(name, f"{address} is not a host name.", f"Correct {name}.url.")
    return ok(name, f"{address} accepts connections.")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
