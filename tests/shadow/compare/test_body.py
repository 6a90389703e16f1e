"""Bodies: which way they are read, and what comes of it."""

from __future__ import annotations

import pytest

from shadow.bodies.decode import Decoded, UndecodableError
from shadow.compare.body import compare_bodies, is_binary, is_json, show_body, undecodable
from shadow.compare.found import ABSENT
from shadow.compare.media.charset import text_of
from shadow.config.model import Compare
from shadow.records import ResponseCopy

LIMITS = Compare()


def response(body: bytes, media: str = "application/json") -> ResponseCopy:
    """Return an answer of a media type."""
    return ResponseCopy(status=200, headers=((b"content-type", media.encode()),) if media else (), body=body)


@pytest.mark.parametrize(
    ("media", "data", "json", "binary"),
    [
        ("application/json", b"x", True, False),
        ("application/problem+json", b"x", True, False),
        ("", b' {"a":1}', True, False),
        ("text/plain", b"[1]", True, False),
        ("text/html", b"[1]", False, False),
        ("text/csv", b"\x00", False, False),
        ("", b"plain", False, False),
        ("", b"\xff\xfe\x00", False, True),
        ("image/png", b"\x89PNG\x00", False, True),
        ("image/svg+xml", b"<svg/>", False, False),
        ("application/x-thing", b"looks like text", False, False),
        ("application/x-thing", "é".encode() * 2047 + "aé".encode(), False, False),
    ],
)
def test_media(media: str, data: bytes, json: bool, binary: bool) -> None:
    """By type first, by bytes where the type says nothing."""
    body = Decoded(data=data, media=media)
    assert (is_json(body), is_binary(body)) == (json, binary)


@pytest.mark.parametrize(
    ("old", "new", "media", "want"),
    [
        (b'{"a":1}', b'{"a":1.0}', "application/json", [("type", "body:$.a", "same number, integer became decimal")]),
        (b'"a"', b'"b"', "application/json", [("value", "body:$", "")]),
        (
            b"1",
            b"1 2",
            "application/json",
            [("type", "body", "the new body is no JSON: Extra data at line 1 column 3")],
        ),
        (b"NaN", b"null", "application/json", [("type", "body:$", "not-a-number became null")]),
        (b"a\nb\nc", b"a\nx\nc", "text/plain", [("value", "body", "first differing line 2 of 3")]),
        (b"a\nb", b"a\nb\nc", "text/plain", [("value", "body", "first differing line 3 of 3")]),
        (
            b"a\r\nb",
            b"a\nb",
            "text/plain",
            [("whitespace", "body", "only white space differs; first differing line 1 of 2")],
        ),
        (
            b"Hi",
            b"HI",
            "text/plain",
            [("case", "body", "only upper and lower case differ; first differing line 1 of 1")],
        ),
        (b"\xff\x00a", b"\xff\x00b", "image/png", [("value", "body", "bytes differ")]),
        (b"", b"a", "text/plain", [("extra", "body", "only the new side has a body")]),
    ],
)
def test_differences(old: bytes, new: bytes, media: str, want: list[tuple[str, str, str]]) -> None:
    """One way to compare each medium."""
    found = compare_bodies(response(old, media), response(new, media), LIMITS).found
    assert [(each.kind.value, each.path, each.note) for each in found] == want


def test_charsets_are_decoded() -> None:
    """The same text in two charsets is the same body."""
    old, new = response("é".encode(), "text/plain"), response("é".encode("latin-1"), "text/plain; charset=iso-8859-1")
    assert compare_bodies(old, new, LIMITS).found == []


@pytest.mark.parametrize("charset", ["klingon", "ascii", "rot13", "hex"])
def test_wrong_charsets(charset: str) -> None:
    """Unknown, wrong, or no charset of text at all."""
    with pytest.raises(UndecodableError):
        text_of(Decoded(data="é".encode(), charset=charset))


@pytest.mark.parametrize(
    ("body", "media", "want"),
    [
        (b"", "text/plain", ABSENT),
        (b'{"a":1.0}', "application/json", {"a": b"1.0"}),
        (b"{", "application/json", "1 bytes, sha256 021fb596db81e6d0"),
        (b"plain", "text/plain", "plain"),
        (b"\x00\xff", "image/png", "2 bytes, sha256 06eb7d6a69ee19e5"),
    ],
)
def test_shown(body: bytes, media: str, want: object) -> None:
    """A value, a text or a digest; what should be JSON and is not is never shown as text."""
    assert show_body(response(body, media), LIMITS) == want


@pytest.mark.parametrize(
    ("old", "new", "media", "why"),
    [
        (b"{", b"[", "application/json", "neither body is JSON: Expecting property name enclosed in double quotes"),
        (b"<a>", b"<b>", "application/xml", "neither body is XML: no element found at line 1"),
        (b"a,b\n1", b"a,b\n2", "text/csv", "neither body is CSV: row 2 has 1 cells, the first has 2"),
        (b"x", b"y", "multipart/mixed", "neither body is multipart: no boundary"),
    ],
)
def test_neither_can_be_read(old: bytes, new: bytes, media: str, why: str) -> None:
    """Nothing is said but that, and the digests of both."""
    with pytest.raises(UndecodableError, match=why) as raised:
        compare_bodies(response(old, media), response(new, media), LIMITS)
    told = undecodable(raised.value)[0]
    assert (told.kind, told.path) == ("encoding", "body")
    assert str(told.old).startswith(f"{len(old)} bytes, sha256") and told.old != told.new
    assert undecodable(UndecodableError("corrupt gzip")) == []


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (b"a,b\r\n1,2\r\n", b"a,b\n1,2\n", ["whitespace"]),
        (b"a,b\r\n1,2\r\n", b"a,b\n1,3\n", ["value"]),  # the cell, and not its line
        (b"a,b\n1,2\n", b'a,b\n"1",2\n', []),
    ],
)
def test_how_the_lines_of_a_table_end(old: bytes, new: bytes, kinds: list[str]) -> None:
    headers = ((b"content-type", b"text/csv"),)
    diff = compare_bodies(
        ResponseCopy(status=200, headers=headers, body=old), ResponseCopy(status=200, headers=headers, body=new),
        Compare(),
    )  # fmt: skip
    assert [each.kind.value for each in diff.found] == kinds
