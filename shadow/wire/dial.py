"""How a connection to an address is opened: names and their addresses, unix sockets, TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from time import monotonic
from typing import Any

from shadow.config.model import Primary, ShadowLeg
from shadow.wire.address import Address, parse_url
from shadow.wire.tls import client_context
from shadow.wire.upstream import UpstreamConnection

_RETRY_S = 1.0


class ConnectError(Exception):
    """Raised when no connection could be had; `reason` is one word: refused, connect_timeout, dns, unreachable,
    tls, exhausted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Dialer:
    """Opens connections to one address. A name is looked up again every `dns_s` seconds, beside the way; while that
    fails the addresses last known stay. Several addresses take turns, and one that fails gives way to the next.

    `hosts` are the addresses of a name, empty until it was looked up and for everything that is no name.
    """

    def __init__(
        self, address: Address, *, dns_s: float = 30.0, context: ssl.SSLContext | None = None, server_name: str = ""
    ) -> None:
        self._address = address
        self._dns_s = dns_s
        self._context = context
        self._server_name = (server_name or address.host) if context is not None else None
        self._lookup: asyncio.Task[None] | None = None
        self._turn = 0
        self._is_name = not address.path and not _is_ip(address.host)
        self.hosts: tuple[str, ...] = ()
        # When to look the name up again, by the monotonic clock.
        self.due = 0.0 if self._is_name else float("inf")

    async def dial(self, make: Callable[[], UpstreamConnection], timeout_s: float) -> UpstreamConnection:
        """Open a connection within `timeout_s` seconds. Raises ConnectError."""
        loop = asyncio.get_running_loop()
        protocol: Callable[[], Any] = make
        try:
            async with asyncio.timeout(timeout_s):
                if self._address.path:
                    connection: UpstreamConnection = (
                        await loop.create_unix_connection(protocol, self._address.path))[1]
                    return connection
                return await self._dial_in_turn(make, loop.time() + timeout_s)
        except TimeoutError:
            raise ConnectError("connect_timeout") from None
        except (ConnectionRefusedError, FileNotFoundError):
            raise ConnectError("refused") from None
        except (socket.gaierror, UnicodeError):
            # UnicodeError: a label that no name can have.
            raise ConnectError("dns") from None
        except ssl.SSLError:
            raise ConnectError("tls") from None
        except OSError:
            raise ConnectError("unreachable") from None

    def refresh(self) -> asyncio.Task[None]:
        """Look the name up, once for all who want it."""
        if self._lookup is None or self._lookup.done():
            self._lookup = asyncio.get_running_loop().create_task(self._look_up(), name="look up a name")
            # Retrieved in any case: those who waited for it may have given up.
            self._lookup.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._lookup

    async def _dial_in_turn(self, make: Callable[[], UpstreamConnection], deadline: float) -> UpstreamConnection:
        hosts: tuple[str, ...] = (self._address.host,)
        if self._is_name:
            if not self.hosts:
                # A waiter that gives up does not take the answer from the others.
                await asyncio.shield(self.refresh())
            elif monotonic() > self.due:
                self.refresh()
            hosts = self.hosts
        self._turn += 1
        failure: OSError = TimeoutError()
        for number in range(len(hosts)):
            host = hosts[(self._turn + number) % len(hosts)]
            try:
                return await self._dial_one(make, host, deadline, len(hosts) - number)
            except OSError as error:
                failure = error
        raise failure

    async def _dial_one(
        self, make: Callable[[], UpstreamConnection], host: str, deadline: float, left: int
    ) -> UpstreamConnection:
        loop = asyncio.get_running_loop()
        protocol: Callable[[], Any] = make
        connection: UpstreamConnection
        # One that does not answer leaves the others their share of the time.
        async with asyncio.timeout((deadline - loop.time()) / left):
            _, connection = await loop.create_connection(
                protocol, host, self._address.port, ssl=self._context, server_hostname=self._server_name
            )
        if self._is_name:
            connection.host = host
        return connection

    async def _look_up(self) -> None:
        address = self._address
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            self.due = monotonic() + _RETRY_S
            if not self.hosts:
                raise
        else:
            self.hosts = tuple(dict.fromkeys(str(where[0]) for *_, where in found))
            self.due = monotonic() + self._dns_s


def dialer_for(leg: Primary | ShadowLeg) -> Dialer:
    """Return what opens the connections to a leg as configured. Raises EnvironmentFailure for a bad file."""
    address, tls = parse_url(leg.url), leg.tls
    context = client_context(tls.ca, tls.certificate, tls.key, verify=tls.verify) if address.tls else None
    return Dialer(address, dns_s=leg.dns_cache_s, context=context, server_name=tls.server_name)


def _is_ip(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
