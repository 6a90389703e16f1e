"""Request targets and Host: what is asked of whom (RFC 9112 3.2). Pure."""

from __future__ import annotations

import re

from shadow.wire.refusal import Refusal

# RFC 3986 3.2.2 and 3.2.3, without the user information that RFC 9110 4.2.4 forbids. Empty is allowed.
_AUTHORITY = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")
_ABSOLUTE = re.compile(rb"https?://([^/?#]+)([^#]*)", re.IGNORECASE)


class _Hosts(dict[bytes, bool]):
    """Whether a Host is one, as it was sent; bounded, since clients choose it."""

    def __missing__(self, host: bytes) -> bool:
        valid = _AUTHORITY.fullmatch(host) is not None
        if len(host) <= 255 and len(self) < 4096:
            self[host] = valid
        return valid


known_hosts = _Hosts()


def origin_form(method: bytes, target: bytes) -> tuple[bytes, bytes]:
    """Return target in origin form and authority of a target that does not begin with a slash.

    `*` stays as it is for OPTIONS, with no authority. Raises Refusal (400) for anything else.
    """
    if target == b"*" and method == b"OPTIONS":
        return target, b""
    found = _ABSOLUTE.fullmatch(target)
    if found is None or not known_hosts[found[1]]:
        raise Refusal(400, "the request target is neither a path nor an http URL")
    rest = found[2]
    if not rest and method == b"OPTIONS":
        return b"*", found[1]  # RFC 9112 3.2.4
    return (rest if rest.startswith(b"/") else b"/" + rest), found[1]
