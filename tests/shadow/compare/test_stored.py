"""What is stored: redacted, decoded, bounded, and safe for any store and page."""

from __future__ import annotations

import gzip
import re

import pytest

from shadow.compare.found import ABSENT, Found
from shadow.compare.stored import MAX_BODY_CHARS, store_difference, store_request, store_response
from shadow.config.model import Redact
from shadow.records import Difference, Disposition, Headers, Kind, RequestCopy, ResponseCopy
from shadow.redact import Redactor

redactor = Redactor(Redact(), b"k")
JSON = ((b"Content-Type", b"application/json"),)


def shown(body: bytes, headers: Headers = JSON, own: Redactor = redactor) -> str:
    """Return the stored body with digests of marks blanked."""
    message = store_response(own, ResponseCopy(status=200, headers=headers, body=body), 1 << 20)
    return re.sub(r":[0-9a-f]{8}›", "›", message.body)


@pytest.mark.parametrize(
    ("body", "headers", "want"),
    [
        (
            b'{"a":[],"b":{},"c":[1,{"d":1.50}]}',
            JSON,
            '{\n  "a": [],\n  "b": {},\n  "c": [\n    1,\n    {\n      "d": 1.50\n    }\n  ]\n}',
        ),
        (
            b'{"password":{"x":[1,"y"]},"e":"a@b.org"}',
            JSON,
            '{\n  "password": {\n    "x": [\n      "‹password›",\n      "‹password›"\n    ]\n  },\n'
            '  "e": "‹email›"\n}',
        ),
        (gzip.compress(b"[1]", mtime=0), (*JSON, (b"Content-Encoding", b"gzip")), "[\n  1\n]"),
        (
            b"user=bob&password=a%26b&mail=a%40b.org",
            ((b"Content-Type", b"application/x-www-form-urlencoded"),),
            "user=bob&password=‹password›&mail=‹email›",
        ),
        (b"hi a@b.org\x00\x1b[1m", ((b"Content-Type", b"text/plain"),), "hi ‹email›\ufffd\ufffd[1m"),
        (b"\x89PNG\x00", ((b"Content-Type", b"image/png"),), "[5 bytes, sha256 9f8de7dafc12a9ec]"),
        (b"no gzip", ((b"Content-Encoding", b"gzip"),), "[7 bytes, sha256 2c4a93ffe0a1fb3d: corrupt gzip]"),
        (b'{"token": "abc', JSON, '{"token": "‹token›"'),
        (b"", JSON, ""),
    ],
)
def test_bodies(body: bytes, headers: Headers, want: str) -> None:
    """Each medium in its way."""
    digest = re.compile(r"sha256 [0-9a-f]{16}")
    assert digest.sub("sha256 ", shown(body, headers)) == digest.sub("sha256 ", want)


def test_unparsed_json_is_not_shown_where_places_are_secret() -> None:
    """A place cannot be found in what cannot be parsed."""
    own = Redactor(Redact(paths=("$.phone",)), b"k")
    assert re.fullmatch(r"\[16 bytes, sha256 [0-9a-f]{16}: no JSON\]", shown(b'{"phone": "12345', own=own))


def test_a_secret_across_the_cut_does_not_show() -> None:
    """Redaction comes before the cut."""
    body = b"x" * (MAX_BODY_CHARS - 12) + b" bob.smith@example.com"
    stored = store_response(
        redactor, ResponseCopy(status=200, headers=((b"content-type", b"text/plain"),), body=body), 1 << 20
    )
    assert (len(stored.body), stored.cut, "bob" in stored.body) == (MAX_BODY_CHARS, True, False)


def test_request() -> None:
    """Start line, headers and body."""
    stored = store_request(
        redactor,
        RequestCopy(method="PUT", target=b"/a?pin=1", headers=((b"X-A", b"1"),), body=b"x", complete=False),
        99,
    )
    assert re.fullmatch(r"PUT /a\?pin=‹pin:[0-9a-f]{8}›", stored.start)
    assert (stored.headers, stored.body, stored.cut) == ((("X-A", "1"),), "x", True)


@pytest.mark.parametrize(
    ("found", "path", "old", "new"),
    [
        (Found(kind=Kind.status, area="status", old=200, new=404), "status", "200", "404"),
        (Found(kind=Kind.value, area="body", segments=("a", 1), old=b"1.50", new="x"), "body:$.a[1]", "1.50", '"x"'),
        (
            Found(kind=Kind.missing, area="body", segments=("a",), old={"b": [None]}),
            "body:$.a",
            '{"b": [null]}',
            None,
        ),
        (Found(kind=Kind.header, area="header", segments=("x-a",), old="1", new=ABSENT), "header:x-a", "1", None),
        (Found(kind=Kind.value, area="body", old="text", new="\ud800"), "body", "text", "\\ud800"),
        (Found(kind=Kind.type, area="body", old={"a": 1}, new="digest"), "body", '{"a": 1}', "digest"),
    ],
)
def test_differences(found: Found, path: str, old: str | None, new: str | None) -> None:
    """JSON text for JSON values, None for nothing."""
    assert store_difference(redactor, found, Disposition.ignored, "r1") == Difference(
        kind=found.kind,
        path=path,
        group=path.replace("[1]", "[*]"),
        old=old,
        new=new,
        disposition=Disposition.ignored,
        by="r1",
    )


def test_secrets_in_paths_and_headers() -> None:
    """Member names are text of the client, too; secret headers keep only their mark."""
    found = Found(kind=Kind.value, area="body", segments=("by", "bob@example.com", "n"), old=1, new=2)
    assert "bob" not in store_difference(redactor, found, Disposition.open).path
    header = Found(
        kind=Kind.header, area="header", segments=("authorization",), old="Bearer s3cr3t", new="Bearer s3cr3u"
    )
    stored = store_difference(redactor, header, Disposition.open)
    assert stored.old is not None and stored.old.startswith("Bearer ‹bearer:") and stored.old != stored.new
