"""What is wrong with the control section. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from shadow.config.model import Config
from shadow.validation.problem import Problem
from shadow.wire.address import Address, parse_listen

LEAST_TOKEN = 16
_HEADER_SAFE = frozenset(map(chr, range(0x21, 0x7F)))


def control_problems(config: Config) -> Iterator[Problem]:
    """Yield the contradictions of the control section."""
    control = config.control
    taken: dict[tuple[str, int], str] = {}
    for name, text in (("listen", config.listen), ("api", control.api), ("probes", control.probes)):
        if not text or (name == "listen" and text.startswith("unix:")):
            continue
        try:
            if text.startswith("unix:"):
                raise ValueError("neither a kubelet nor a browser reaches a unix socket")
            address = parse_listen(text)
        except ValueError:
            if name != "listen":
                yield Problem(
                    path=("control", name),
                    message="is not an address to listen on.",
                    remedy='Write host:port with a port up to 65535, or "" to switch it off.',
                )
            continue
        key = (address.host, address.port)
        if address.port and key in taken:
            yield Problem(
                path=("control", name),
                message=f"is the same address as {taken[key]}.",
                remedy="Give it a port of its own.",
            )
        taken[key] = name if name == "listen" else f"control.{name}"
        if name == "api" and not control.token and not is_loopback(address):
            yield Problem(
                path=("control", "api"),
                message="is reachable from other machines, and control.token is not set.",
                remedy="Set control.token from a secret, such as ${SHADOW_CONTROL_TOKEN}, or listen on 127.0.0.1; "
                "probes and scrapes need control.probes alone.",
                against=("control", "token"),
            )
    if control.token and (len(control.token) < LEAST_TOKEN or not _HEADER_SAFE.issuperset(control.token)):
        yield Problem(
            path=("control", "token"),
            message=f"has to be at least {LEAST_TOKEN} printable ASCII characters without spaces.",
            remedy="Make one with `openssl rand -hex 32`.",
        )


def is_loopback(address: Address) -> bool:
    """Tell whether only this machine can reach an address. A name other than localhost counts as reachable."""
    try:
        return ipaddress.ip_address(address.host).is_loopback
    except ValueError:
        return address.host.lower() == "localhost"
