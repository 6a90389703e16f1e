"""Compare Set-Cookie headers by cookie name and attributes."""

from __future__ import annotations

import msgspec

from shadow.compare.found import ABSENT, Found
from shadow.records import Kind


class Cookie(msgspec.Struct, frozen=True, kw_only=True):
    """One Set-Cookie: name, whether its value is empty, and the attributes by lower-case name."""

    name: str
    is_empty: bool
    attributes: dict[str, str]


def parse_cookie(header: bytes) -> Cookie:
    """Parse one Set-Cookie header as browsers do (RFC 6265, section 5.2); never raises."""
    first, *rest = header.decode("latin-1").split(";")
    name, equals, value = first.partition("=")
    if not equals:
        name, value = "", first
    attributes = {}
    for part in rest:
        key, _, text = part.partition("=")
        attributes[key.strip().lower()] = text.strip()
    attributes.pop("", None)
    return Cookie(name=name.strip(), is_empty=not value.strip(' "'), attributes=attributes)


def compare_cookies(old: list[bytes], new: list[bytes]) -> list[Found]:
    """Compare by name (the last of a name counts, as in a browser).

    Cannot see: values, unless one side empties the cookie; the instant of Expires, only that there is one.
    """
    a, b = ({cookie.name: cookie for cookie in map(parse_cookie, headers)} for headers in (old, new))
    found: list[Found] = []
    for name in sorted(a.keys() | b.keys()):
        first, second = a.get(name), b.get(name)
        if first is None or second is None:
            note = "only the new side sets this cookie" if first is None else "the new side does not set this cookie"
            found.append(_found((name,), ABSENT if first is None else name, ABSENT if second is None else name, note))
            continue
        if first.is_empty != second.is_empty:
            words = ["empty" if cookie.is_empty else "a value" for cookie in (first, second)]
            found.append(_found((name,), words[0], words[1], "one side empties the cookie"))
        for key in sorted(first.attributes.keys() | second.attributes.keys()):
            x, y = first.attributes.get(key), second.attributes.get(key)
            if x is None or y is None:
                note = "only the new side has this attribute" if x is None else "the new side lacks this attribute"
                found.append(_found((name, key), ABSENT if x is None else x, ABSENT if y is None else y, note))
            elif key != "expires" and x.lower() != y.lower():
                found.append(_found((name, key), x, y, ""))
    return found


def _found(place: tuple[str, ...], old: object, new: object, note: str) -> Found:
    return Found(kind=Kind.header, area="header", segments=("set-cookie", *place), old=old, new=new, note=note)
