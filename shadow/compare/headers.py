"""Compare end-to-end headers by name, duplicates kept, each in the way its meaning asks for."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import msgspec

from shadow.compare.cookies import compare_cookies
from shadow.compare.found import ABSENT, Found
from shadow.records import Headers, Kind

# Names that say something about one hop or one piece of software, never about the answer.
UNSEEN = frozenset(
    (
        b"date", b"server", b"via", b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"age",
        b"alt-svc", b"x-runtime", b"x-powered-by", b"x-response-time", b"x-process-time", b"server-timing",
        b"trailer",
    )
)  # fmt: skip
# Names whose value is made anew for every answer: only their presence is compared.
PRESENT_ONLY = frozenset(
    (
        b"x-request-id", b"request-id", b"x-correlation-id", b"traceparent", b"tracestate", b"x-trace-id",
        b"x-b3-traceid", b"x-b3-spanid", b"x-amzn-requestid", b"x-amzn-trace-id", b"x-amz-request-id",
        b"x-cloud-trace-context", b"sentry-trace",
    )
)  # fmt: skip
_SETS = frozenset(
    (
        b"vary", b"allow", b"cache-control", b"accept-ranges", b"access-control-allow-methods",
        b"access-control-allow-headers", b"access-control-expose-headers", b"accept-patch", b"accept-post",
    )
)  # fmt: skip
_EXPIRES_SLACK_S = 2.0


class HeaderRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the comparison has to know: volatile names (lower-case), and the origins that mean the same host."""

    volatile: frozenset[bytes] = frozenset()
    origins: tuple[bytes, ...] = ()


def by_name(headers: Headers) -> dict[bytes, list[bytes]]:
    """Group the headers that are compared by lower-case name, values in order and stripped."""
    grouped: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        low = name.lower()
        if low not in UNSEEN:
            grouped.setdefault(low, []).append(value.strip())
    return grouped


def compare_headers(old: Headers, new: Headers, rules: HeaderRules, *, with_length: bool = False) -> list[Found]:
    """Compare two sets of headers. `with_length`: Content-Length too, where no body can be compared (HEAD).

    Cannot see: values of volatile headers, of cookies and of entity tags, and the headers in UNSEEN; the order of
    different names is `header_order`'s.
    """
    if old == new:
        return []
    a, b = by_name(old), by_name(new)
    if not with_length:
        a.pop(b"content-length", None)
        b.pop(b"content-length", None)
    if a == b:
        return []
    found: list[Found] = []
    for name in sorted(a.keys() | b.keys()):
        first, second = a.get(name), b.get(name)
        if first == second:
            continue
        if name == b"set-cookie":
            found += compare_cookies(first or [], second or [])
        elif first is None or second is None:
            note = "only the new side has this header" if first is None else "the new side lacks this header"
            found.append(_found(name, first, second, note))
        else:
            said = _difference(name, first, second, old, new, rules)
            if said is not None:
                found.append(_found(name, first, second, said))
    return found


def header_order(old: Headers, new: Headers) -> Found | None:
    """Tell that different names come in another order, where the same ones are there: of two answers that agree in all
    else it is all that differs, and means nothing (RFC 9110, section 5.3). None where the order is the same.

    Cannot see: where a name that occurs again stands, and the headers in UNSEEN."""
    if old == new:
        return None
    a, b = list(by_name(old)), list(by_name(new))
    if a == b or set(a) != set(b):
        return None
    names = (b", ".join(each).decode("latin-1") for each in (a, b))
    note = "the same headers in another order"
    return Found(kind=Kind.order, area="header", old=next(names), new=next(names), note=note)


def _difference(
    name: bytes, first: list[bytes], second: list[bytes], old: Headers, new: Headers, rules: HeaderRules
) -> str | None:
    """Return a note where the values differ in meaning, None where they do not."""
    if name in PRESENT_ONLY or name in rules.volatile:
        return None
    if name in _SETS:
        a, b = _as_set(first), _as_set(second)
        return None if a == b else _set_note(a, b)
    if name == b"etag":
        weak = [value.startswith(b"W/") for value in first], [value.startswith(b"W/") for value in second]
        return None if weak[0] == weak[1] else ("weak became strong" if weak[0][0] else "strong became weak")
    if name == b"content-type":
        return _content_type(first, second)
    if name in (b"location", b"content-location"):
        mapped = [[_mapped(value, rules.origins) for value in values] for values in (first, second)]
        return None if mapped[0] == mapped[1] else "differs after host mapping"
    if name == b"expires":
        ages = _expires_in(first[0], old), _expires_in(second[0], new)
        if ages[0] is not None and ages[1] is not None and abs(ages[0] - ages[1]) <= _EXPIRES_SLACK_S:
            return None
        return "differs relative to Date"
    if sorted(first) == sorted(second):
        return "the same values in another order"
    return "" if len(first) == len(second) else f"{len(first)} against {len(second)} values"


def _found(name: bytes, old: list[bytes] | None, new: list[bytes] | None, note: str) -> Found:
    a, b = (ABSENT if side is None else b", ".join(side).decode("latin-1") for side in (old, new))
    return Found(kind=Kind.header, area="header", segments=(name.decode("latin-1"),), old=a, new=b, note=note)


def _as_set(values: list[bytes]) -> frozenset[bytes]:
    return frozenset(part.strip().lower() for value in values for part in value.split(b",") if part.strip())


def _set_note(old: frozenset[bytes], new: frozenset[bytes]) -> str:
    gone, added = (b", ".join(sorted(part)).decode("latin-1")[:80] for part in (old - new, new - old))
    return "; ".join(part for part in (f"gone: {gone}" if gone else "", f"added: {added}" if added else "") if part)


def _content_type(first: list[bytes], second: list[bytes]) -> str | None:
    a, b = ([_media(value) for value in values] for values in (first, second))
    if a == b:
        return None
    if len(a) == len(b) == 1 and a[0][0] == b[0][0]:
        return "same media type, other parameters"
    return "other media type"


def _media(value: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    media, *parameters = value.split(b";")
    kept = []
    for parameter in parameters:
        key, _, text = parameter.strip().partition(b"=")
        if key.lower() == b"boundary" or not key:
            continue
        text = text.strip(b'"')
        kept.append(key.lower() + b"=" + (text.lower() if key.lower() == b"charset" else text))
    return media.strip().lower(), tuple(sorted(kept))


def _mapped(value: bytes, origins: tuple[bytes, ...]) -> bytes:
    low = value.lower()
    for origin in origins:
        if low.startswith(origin) and value[len(origin) : len(origin) + 1] in (b"", b"/", b"?", b"#"):
            return value[len(origin) :] or b"/"
    return value


def _expires_in(value: bytes, headers: Headers) -> float | None:
    dates = [each for name, each in headers if name.lower() == b"date"]
    try:
        expires = parsedate_to_datetime(value.decode("latin-1"))
        return (expires - parsedate_to_datetime(dates[0].decode("latin-1"))).total_seconds() if dates else None
    except (ValueError, TypeError, OverflowError):
        return None
