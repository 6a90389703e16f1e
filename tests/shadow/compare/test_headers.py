"""Headers: what counts as a difference for each, and what is never looked at."""

from __future__ import annotations

import pytest

from shadow.compare.headers import HeaderRules, compare_headers, header_order
from shadow.records import Headers, Kind

RULES = HeaderRules(volatile=frozenset((b"x-served-by",)), origins=(b"http://old:1", b"https://shop.example"))


def heads(text: str) -> Headers:
    """Read headers from lines separated by |."""
    lines = [line.partition(":") for line in text.split("|") if line]
    return tuple((name.strip().encode("latin-1"), value.strip().encode("latin-1")) for name, _, value in lines)


def rows(old: str, new: str, **options: bool) -> list[tuple[str, str, str]]:
    """Return path, old and new, each as shown, with the note."""
    found = compare_headers(heads(old), heads(new), RULES, **options)
    assert {each.kind for each in found} <= {Kind.header}
    return [(each.path, f"{each.old} -> {each.new}", each.note) for each in found]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Date: a|Server: x|Via: y|X-Runtime: 1|Age: 3|Alt-Svc: h3", "Date: b|Keep-Alive: 5"),
        ("Connection: close|Transfer-Encoding: chunked", ""),
        ("Content-Length: 5", "Content-Length: 6"),
        ("X-Request-Id: 1|Traceparent: 2", "x-request-id: 3|traceparent: 4"),
        ("X-Served-By: a", "X-Served-By: b"),
        ("Vary: Accept, Origin", "vary: origin|vary: accept"),
        ("Allow: GET, POST", "Allow: POST,GET"),
        ("Cache-Control: no-store, private", "Cache-Control: Private,no-store"),
        ('ETag: "a"', 'ETag: "b"'),
        ("Content-Type: application/json; charset=UTF-8", 'content-type: Application/JSON;charset="utf-8"'),
        ("Content-Type: multipart/form-data; boundary=a", "Content-Type: multipart/form-data; boundary=b"),
        ("Location: http://old:1/a?b", "Location: /a?b"),
        ("Location: http://old:1/a", "Location: https://Shop.example/a"),
        ("Location: http://old:1", "Location: /"),
        (
            "Expires: Sat, 31 Jan 2026 11:00:00 GMT|Date: Sat, 31 Jan 2026 10:00:00 GMT",
            "Expires: Sat, 31 Jan 2026 11:05:01 GMT|Date: Sat, 31 Jan 2026 10:05:00 GMT",
        ),
        ("X-A: 1|X-B: 2", "x-b: 2|x-a: 1"),
        ("Set-Cookie: sid=abc; Path=/; HttpOnly", "Set-Cookie: sid=def; httponly; path=/"),
        (
            "Set-Cookie: sid=a; Expires=Sat, 31 Jan 2026 11:00:00 GMT",
            "Set-Cookie: sid=a; Expires=Sun, 01 Feb 2026 11:00:00 GMT",
        ),
    ],
)
def test_the_same(old: str, new: str) -> None:
    """No difference in meaning, in both directions."""
    assert rows(old, new) == [] and rows(new, old) == []


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        ("X-Total: 5", "", ("header:x-total", "5 -> Absent.absent", "the new side lacks this header")),
        ("", "X-Total: 5", ("header:x-total", "Absent.absent -> 5", "only the new side has this header")),
        ("X-Total: 5", "x-total: 6", ("header:x-total", "5 -> 6", "")),
        ("X-Request-Id: 1", "", ("header:x-request-id", "1 -> Absent.absent", "the new side lacks this header")),
        ("X-Served-By: 1", "", ("header:x-served-by", "1 -> Absent.absent", "the new side lacks this header")),
        ("Link: a|Link: b", "Link: a", ("header:link", "a, b -> a", "2 against 1 values")),
        ("Link: a|Link: b", "Link: b|Link: a", ("header:link", "a, b -> b, a", "the same values in another order")),
        ("Vary: Accept", "Vary: Origin", ("header:vary", "Accept -> Origin", "gone: accept; added: origin")),
        (
            "Content-Encoding: gzip",
            "",
            ("header:content-encoding", "gzip -> Absent.absent", "the new side lacks this header"),
        ),
        ('ETag: W/"a"', 'ETag: "a"', ("header:etag", 'W/"a" -> "a"', "weak became strong")),
        ('ETag: "a"', 'ETag: W/"a"', ("header:etag", '"a" -> W/"a"', "strong became weak")),
        (
            "Content-Type: application/json",
            "Content-Type: application/json; charset=utf-8",
            (
                "header:content-type",
                "application/json -> application/json; charset=utf-8",
                "same media type, other parameters",
            ),
        ),
        (
            "Content-Type: application/json",
            "Content-Type: text/html",
            ("header:content-type", "application/json -> text/html", "other media type"),
        ),
        (
            "Location: http://old:1/a",
            "Location: http://new:2/a",
            ("header:location", "http://old:1/a -> http://new:2/a", "differs after host mapping"),
        ),
        (
            "Location: http://old:12/a",
            "Location: /a",
            ("header:location", "http://old:12/a -> /a", "differs after host mapping"),
        ),
        ("Expires: 0|Date: x", "Expires: 1|Date: x", ("header:expires", "0 -> 1", "differs relative to Date")),
        (
            "Set-Cookie: a=1",
            "",
            ("header:set-cookie.a", "a -> Absent.absent", "the new side does not set this cookie"),
        ),
        ("", "Set-Cookie: a=1", ("header:set-cookie.a", "Absent.absent -> a", "only the new side sets this cookie")),
        (
            "Set-Cookie: a=1",
            "Set-Cookie: a=",
            ("header:set-cookie.a", "a value -> empty", "one side empties the cookie"),
        ),
        (
            "Set-Cookie: a=1; Secure",
            "Set-Cookie: a=1",
            ("header:set-cookie.a.secure", " -> Absent.absent", "the new side lacks this attribute"),
        ),
        (
            "Set-Cookie: a=1; SameSite=Lax",
            "Set-Cookie: a=2; SameSite=None",
            ("header:set-cookie.a.samesite", "Lax -> None", ""),
        ),
        (
            "Set-Cookie: a=1",
            "Set-Cookie: a=1; Max-Age=5",
            ("header:set-cookie.a.max-age", "Absent.absent -> 5", "only the new side has this attribute"),
        ),
        (
            "Set-Cookie: __Host-a.b=1",
            "",
            (
                'header:set-cookie["__Host-a.b"]',
                "__Host-a.b -> Absent.absent",
                "the new side does not set this cookie",
            ),
        ),
    ],
)
def test_differences(old: str, new: str, want: tuple[str, str, str]) -> None:
    """Exactly one difference, at its place, with its cause."""
    assert rows(old, new) == [want]


def test_length_counts_where_no_body_can_be_compared() -> None:
    """For HEAD the length is all there is."""
    want = [("header:content-length", "5 -> 6", "")]
    assert rows("Content-Length: 5", "Content-Length: 6", with_length=True) == want


def test_the_last_of_two_cookies_counts() -> None:
    """As in a browser."""
    assert rows("Set-Cookie: a=; Secure|Set-Cookie: a=1", "Set-Cookie: a=2") == []


def test_another_order_of_different_headers_is_told() -> None:
    old = ((b"Vary", b"a"), (b"Date", b"x"), (b"X-A", b"1"), (b"ETag", b'"e"'))
    moved = header_order(old, ((b"etag", b'"f"'), (b"x-a", b"1"), (b"vary", b"a"), (b"date", b"y")))
    assert moved is not None and (moved.kind, moved.path, moved.group) == (Kind.order, "header", "header")
    assert (moved.old, moved.new) == ("vary, x-a, etag", "etag, x-a, vary")
    assert moved.note == "the same headers in another order"
    assert header_order(old, old) is None
    assert header_order(old, (*old[1:2], *old[:1], *old[2:])) is None  # where Date stands says nothing
    assert header_order(old, old[1:]) is None  # one is gone: that is another difference
