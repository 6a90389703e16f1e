"""What a request was like, in a few bounded words, so that a difference can be put down to what its requests share.

Names only: of parameters, of a fixed list of headers, classes of size. The one value that is told apart, the tenant,
becomes a keyed hash. Pure but for the redactor's key.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from shadow.records import Exchange, RequestCopy, ResponseCopy
from shadow.redact import Redactor

MAX_PARAMETERS = 8
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,39}\Z")
_AGENT = re.compile(r"[A-Za-z][A-Za-z._-]{0,29}")
_MEDIA = re.compile(r"[a-z]+/[a-z0-9.+-]{1,40}")
# Present or not is all that is told of these.
_PRESENT = {
    name.encode(): f"header {name}"
    for name in (
        "authorization", "cookie", "if-none-match", "if-modified-since", "range", "accept-language", "origin",
        "x-forwarded-for",
    )
}  # fmt: skip
_TENANT = frozenset(
    (b"x-tenant", b"x-tenant-id", b"x-org-id", b"x-organization-id", b"x-account-id", b"x-customer-id", b"x-shop-id")
)
_SIZES = ((1024, "<1KiB"), (16 * 1024, "<16KiB"), (256 * 1024, "<256KiB"))


def sampled_features(redactor: Redactor, exchange: Exchange, *, is_bad: bool) -> tuple[str, ...]:
    """Return the features of an exchange that failed, and of one in eight of the others, which they are compared with;
    none of the rest, since they cost time."""
    # Spread by a multiplication, so that traffic with a period does not meet the sample's.
    if not is_bad and (exchange.seq * 2_654_435_761 >> 13) & 7:
        return ()
    return request_features(redactor, exchange.request, exchange.primary.response)


def request_features(redactor: Redactor, request: RequestCopy, primary: ResponseCopy | None) -> tuple[str, ...]:
    """Return the features of an exchange: method, status and size of the primary's answer, parameters, headers.

    Cannot see: what distinguishes requests by value (this id, that date), and parameters beyond the first eight.
    """
    found = [f"method {request.method}" if request.method.isalpha() and len(request.method) <= 10 else "method *"]
    _, mark, query = request.target.partition(b"?")
    if mark:
        found += _parameters(redactor, query)
    for name, value in request.headers:
        low = name.lower()
        if low in _PRESENT:
            found.append(_PRESENT[low])
        elif low == b"user-agent":
            agent = _AGENT.match(value.decode("latin-1"))
            found.append(f"agent {agent[0]}" if agent else "agent *")
        elif low == b"content-type" or low == b"accept":
            media = _MEDIA.match(value.decode("latin-1").lower())
            found.append(f"{low.decode()} {media[0]}" if media else f"{low.decode()} *")
        elif low in _TENANT:
            found.append(f"tenant {redactor.mark('tenant', value.decode('latin-1'))}")
    if request.body:
        found.append(f"request {_size(len(request.body))}")
    if primary is not None:
        found.append(f"status {primary.status}")
        found.append(f"answer {_size(len(primary.body))}")
    return tuple(dict.fromkeys(found))


def request_bytes(request: RequestCopy) -> int:
    """Return how large a request is: target, headers and body."""
    return len(request.target) + len(request.body) + sum(len(name) + len(value) for name, value in request.headers)


def _parameters(redactor: Redactor, query: bytes) -> list[str]:
    found = []
    for pair in query.decode("latin-1").split("&", MAX_PARAMETERS)[:MAX_PARAMETERS]:
        name = pair.partition("=")[0]
        if "%" in name or "+" in name:
            name = unquote_plus(name)
        if name and _NAME.match(name) and redactor.key(name)[0] == name:
            found.append(f"parameter {name}")
    return found


def _size(length: int) -> str:
    return next((name for limit, name in _SIZES if length < limit), "≥256KiB")
