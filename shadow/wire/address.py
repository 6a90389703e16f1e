"""Where to connect: a URL or a listen address, taken apart once."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A TCP address, and the path prefix that requests to it carry (`` or `/v2`)."""

    host: str
    port: int
    prefix: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_url(url: str) -> Address:
    """Take `http://host:port/prefix` apart. Raises ValueError with a reason for anything else."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        raise ValueError(f"only http:// is supported, got {url!r}")
    if not parts.hostname:
        raise ValueError(f"no host in {url!r}")
    return Address(host=parts.hostname, port=parts.port or 80, prefix=parts.path.rstrip("/"))


def parse_listen(text: str) -> Address:
    """Take `host:port`, `[::1]:port` or `:port` (all interfaces) apart. Raises ValueError with a reason."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"expected host:port, got {text!r}")
    return Address(host=host.strip("[]") or "0.0.0.0", port=int(port))  # noqa: S104 - `:port` asks for all of them
