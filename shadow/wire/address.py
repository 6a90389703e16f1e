"""Where to connect: a URL or a listen address, taken apart once."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import msgspec

_PORTS = {"http": 80, "https": 443}
_LONGEST_PATH = 107  # bytes of sockaddr_un, less the closing zero


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A TCP address or, with `path`, a unix socket; the path prefix that requests to it carry (`` or `/v2`)."""

    host: str = ""
    port: int = 0
    prefix: str = ""
    path: str = ""
    tls: bool = False

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_url(url: str) -> Address:
    """Take `http://host:port/prefix`, `https://…`, `unix:/path` or `unix:/path:/prefix` apart.

    Raises ValueError with a reason for anything else.
    """
    if url.startswith("unix:"):
        path, _, prefix = url.removeprefix("unix:").partition(":")
        return Address(path=_socket_path(path), prefix=prefix.rstrip("/"))
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError(f"only http://, https:// and unix: are supported, got {url!r}")
    if not parts.hostname:
        raise ValueError(f"no host in {url!r}")
    port = _PORTS[parts.scheme] if parts.port is None else parts.port
    return Address(host=parts.hostname, port=port, prefix=parts.path.rstrip("/"), tls=parts.scheme == "https")


def parse_listen(text: str) -> Address:
    """Take `host:port`, `[::1]:port`, `:port` (all interfaces) or `unix:/path` apart.

    Raises ValueError with a reason.
    """
    if text.startswith("unix:"):
        return Address(path=_socket_path(text.removeprefix("unix:")))
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"expected host:port, got {text!r}")
    return Address(host=host.strip("[]") or "0.0.0.0", port=int(port))  # noqa: S104 - `:port` asks for all of them


def reach(address: Address, timeout_s: float) -> None:
    """Open a connection and close it again, sending nothing. Blocks; raises OSError when it cannot be had."""
    if not address.path:
        socket.create_connection((address.host, address.port), timeout=timeout_s).close()
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(timeout_s)
        probe.connect(address.path)


def _socket_path(path: str) -> str:
    if not path.startswith("/") or ":" in path or len(path.encode()) > _LONGEST_PATH:
        raise ValueError(f"expected an absolute path of at most {_LONGEST_PATH} bytes behind unix:, got {path!r}")
    return path
