"""Values in headers: cookies by name, the token of a credential, entity tags by path, and whatever is called an id."""

from __future__ import annotations

from shadow.identity.kinds import Names, is_secret
from shadow.identity.targets import Swap
from shadow.records import Headers

COOKIE = "cookie:"
ETAG = "etag:"
_CONDITIONS = (b"if-match", b"if-none-match", b"if-range")
_LINKS = (b"location", b"content-location")
# Never a value that a backend made.
_PLAIN = frozenset(
    (b"host", b"user-agent", b"accept", b"accept-encoding", b"accept-language", b"content-type", b"content-length",
     b"via", b"origin", b"cache-control", b"date", b"server", b"vary")
)  # fmt: skip




def swap_request_headers(headers: Headers, path: str, names: Names, swap: Swap) -> Headers:
    """Return a request's headers with its values replaced; `path` is the request's, as it came."""
    return tuple((name, _of_request(name.lower(), value, path, names, swap)) for name, value in headers)


def swap_answer_headers(headers: Headers, path: str, names: Names, swap: Swap, link: Swap) -> Headers:
    """Return an answer's headers with its values replaced. `link` replaces within a whole link."""
    changed = []
    for name, value in headers:
        low = name.lower()
        text = value.decode("latin-1")
        new: str | int | None = None
        if low in _LINKS:
            new = link("", text)
        elif low == b"etag":
            new = swap(ETAG + path, text)
        elif low == b"set-cookie":
            first, semicolon, rest = text.partition(";")
            cookie, equals, content = first.partition("=")
            made = swap(COOKIE + cookie.strip(), content.strip()) if equals else None
            new = None if made is None else f"{cookie}={made}{semicolon}{rest}"
        elif low not in _PLAIN:
            new = swap(_kind(low, names), text)
        changed.append((name, value if new is None else str(new).encode("latin-1", "replace")))
    return tuple(changed)


def _of_request(low: bytes, value: bytes, path: str, names: Names, swap: Swap) -> bytes:
    text = value.decode("latin-1")
    if low == b"cookie":
        return _cookies(text, swap)
    if low in _CONDITIONS:
        tags = [(part, swap(ETAG + path, part)) for part in (each.strip() for each in text.split(","))]
        if all(new is None for _, new in tags):
            return value
        return ", ".join(part if new is None else str(new) for part, new in tags).encode("latin-1", "replace")
    if low == b"authorization":
        scheme, space, rest = text.partition(" ")
        token = swap("token", rest.strip()) if space else None
        return value if token is None else f"{scheme} {token}".encode("latin-1", "replace")
    if low in _PLAIN:
        return value
    new = swap(_kind(low, names), text)
    return value if new is None else str(new).encode("latin-1", "replace")


def _kind(low: bytes, names: Names) -> str:
    name = low.decode("latin-1")
    kind = names.of_member(name.removeprefix("x-"), "") or names.of_member(name, "")
    return kind or (name if is_secret(name) else "")


def _cookies(text: str, swap: Swap) -> bytes:
    parts = []
    for part in text.split(";"):
        name, equals, content = part.strip().partition("=")
        new = swap(COOKIE + name, content) if equals else None
        parts.append(part.strip() if new is None else f"{name}={new}")
    return "; ".join(parts).encode("latin-1", "replace")
