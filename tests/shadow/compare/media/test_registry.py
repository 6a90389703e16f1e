"""Bodies of each media type, compared from their bytes: what differs where, and what does not."""

from __future__ import annotations

import msgspec
import pytest

from shadow.bodies.decode import Decoded, UndecodableError
from shadow.compare.body import compare_bodies
from shadow.compare.media.registry import is_json_media, read_any, reader_of
from shadow.compare.media.unreadable import UnreadableError
from shadow.config.model import Compare
from shadow.records import ResponseCopy

LIMITS = Compare()
NDJSON, FORM, CSV = "application/x-ndjson", "application/x-www-form-urlencoded", "text/csv"
XML, HTML, PACK, SSE = "application/xml", "text/html", "application/msgpack", "text/event-stream"


def response(body: bytes, media: str) -> ResponseCopy:
    return ResponseCopy(status=200, headers=((b"content-type", media.encode()),), body=body)


def found(old: bytes, new: bytes, media: str, other: str = "") -> list[tuple[str, str]]:
    diff = compare_bodies(response(old, media), response(new, other or media), LIMITS)
    return [(each.kind.value, each.path.removeprefix("body:")) for each in diff.found]


def packed(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


def parts(boundary: str, *bodies: str) -> bytes:
    return "".join(f"--{boundary}\r\n{body}\r\n" for body in bodies).encode() + f"--{boundary}--\r\n".encode()


TITLE = 'Content-Disposition: form-data; name="title"\r\n\r\n'
META = 'Content-Disposition: form-data; name="meta"; filename="m.json"\r\nContent-Type: application/json\r\n\r\n'


@pytest.mark.parametrize(
    ("media", "old", "new", "want"),
    [
        (NDJSON, b'{"a":1}\n{"a":2}\n', b'{"a": 1}\r\n\n{"a":2}', []),
        (NDJSON, b'{"a":1}\n{"a":2}\n', b'{"a":1}\n{"a":2.0}\n', [("type", "$[1].a")]),
        ("application/json-seq", b'\x1e{"a":1}\n\x1e[1]\n', b'\x1e{"a":1}\n\x1e[2]\n', [("value", "$[1][0]")]),
        (FORM, b"a=1&b=x+y&c=", b"c=&b=x%20y&a=1", []),
        (FORM, b"a=1&a=2", b"a=2&a=1", [("order", "$.a")]),
        (FORM, b"a=1", b"a=1&b=", [("empty-vs-missing", "$.b")]),
        (CSV, b"id,name\n1,a\n2,b\n", b'"id","name"\r\n2,"b"\r\n1,a\r\n', [("order", "$.rows")]),
        (CSV, b"id,name\n1,a\n", b"id;name\n1;b\n", [("value", "$.rows[0].name")]),
        (CSV, b"id,name\n1,a\n", b"id,label\n1,a\n", [
            ("value", "$.header[1]"), ("missing", "$.rows[0].name"), ("extra", "$.rows[0].label")]),
        (CSV, b"1,1\n2,3\n", b"1,1\n2,4\n", [("value", "$[1][1]")]),
        (XML, b"<a x='1' y='2'><b>t</b></a>",
         b'<?xml version="1.0"?>\n<a y="2"  x="1">\n <b><![CDATA[t]]></b>\n</a>', []),
        (XML, b"<p:a xmlns:p='u'/>", b"<a xmlns='u'></a>", []),
        (XML, b"<a xmlns='u'/>", b"<a xmlns='v'/>", [
            ("empty-vs-missing", '$["{u}a"]'), ("empty-vs-missing", '$["{v}a"]')]),
        (XML, b"<o><id>1</id><p>2.50</p></o>", b"<o><id>1</id><p>2.5</p></o>", [("precision", "$.o.p")]),
        (XML, b"<o><i>1</i><i>2</i></o>", b"<o><i>1</i></o>", [("missing", "$.o.i[1]")]),
        (XML, b"<o><a/><b/></o>", b"<o><b/><a/></o>", [("order", '$.o["#order"]')]),
        (XML, b"<o><a/><b/></o>", b"<o><a/></o>", [("empty-vs-missing", "$.o.b")]),
        (XML, b"<o><a k='1'>t</a></o>", b"<o><a k='2'>t</a></o>", [("value", '$.o.a["@k"]')]),
        (XML, b"<o>x <b>y</b> z</o>", b"<o>x z <b>y</b></o>", [("value", '$.o["#text"]')]),
        ("application/atom+xml", "<a>é</a>".encode("latin-1"), b"<a>e</a>", "undecodable or type"),
        (HTML, b"<p class=a>Hi<br>you", b"<html><body><p class='a'>Hi<br/>you</p></body></html>", []),
        (HTML, b"<ul><li>a<li>b</ul>", b"<ul><li>a</li><li>c</li></ul>", [("value", "$.html.body.ul.li[1]")]),
        (HTML, b"<p>a <!-- x --> b", b"<p>a b", []),
        (HTML, b"<a href=/x>t</a>", b"<a href=/y>t</a>", [("value", '$.html.body.a["@href"]')]),
        (PACK, packed({"a": 1, "b": b"x"}), packed({"b": b"x", "a": 1}), []),
        (PACK, packed({"a": 1}), packed({"a": 1.0}), [("type", "$.a")]),
        (PACK, packed([1.5, b"x", None]), packed([1.25, "x", None]), [("value", "$[0]"), ("value", "$[1]")]),
        (SSE, b"id: 1\ndata: {\"a\":1}\n\n: beat\n\n", b"id:1\r\ndata:{\"a\": 1}\r\n\r\n", []),
        (SSE, b"event: e\ndata: x\n\n", b"event: f\ndata: x\n\n", [("value", "$[0].type")]),
        (SSE, b"data: {\"a\":1}\n\n", b"data: {\"a\":2}\n\n", [("value", "$[0].data.a")]),
        (SSE, b"id: 1\ndata: a\n\nid: 2\ndata: b\n\n", b"id: 1\ndata: a\n\n", [("missing", "$[1]")]),
    ],
)  # fmt: skip
def test_differences(media: str, old: bytes, new: bytes, want: object) -> None:
    """Each medium by its own meaning: what it leaves open is no difference."""
    if want == "undecodable or type":
        assert found(old, new, media) == [("type", "body")]
        return
    assert found(old, new, media) == want
    assert len(found(new, old, media)) == len(want)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        ((TITLE + "a", META + '{"n": 1}'), (TITLE + "a", META + '{"n":1}'), []),
        ((TITLE + "a", META + '{"n": 1}'), (META + '{"n":1}', TITLE + "a"), [("order", "$")]),
        ((TITLE + "a",), (TITLE + "A",), [("case", "$[0].body")]),
        ((META + '{"n": 1}',), (META + '{"n": 1.0}',), [("type", "$[0].body.n")]),
        ((META + "{}",), (META.replace("m.json", "n.json") + "{}",), [("value", "$[0].filename")]),
        ((TITLE + "a",), (TITLE + "a", META + "{}"), [("extra", "$[1]")]),
        (("\r\na\r\nb",), ("\r\na\r\nc",), [("value", "$[0].body")]),
    ],
)
def test_multipart(old: tuple[str, ...], new: tuple[str, ...], want: list[tuple[str, str]]) -> None:
    """By part, nested media included; the boundary is free."""
    media = ("multipart/form-data; boundary=aaa", 'multipart/form-data; boundary="b b"')
    assert found(parts("aaa", *old), parts("b b", *new), *media) == want


def test_binary_by_what_it_looks_like() -> None:
    """A PNG that became a JPEG is another type, another PNG another value."""
    png, jpeg = b"\x89PNG\r\n\x1a\n\0", b"\xff\xd8\xff\0"
    assert found(png + b"a", png + b"b", "image/png") == [("value", "body")]
    assert found(png, jpeg, "image/png") == [("type", "body")]


@pytest.mark.parametrize(
    ("media", "data"),
    [
        (XML, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
        (XML, b"<!DOCTYPE a SYSTEM 'file:///etc/passwd' [<!ENTITY % x SYSTEM 'file:///etc/passwd'>%x;]><a/>"),
        (XML, b"<a>" * 500 + b"</a>" * 500),
        (XML, b"<a></b>"),
        (HTML, b"<div>" * 500),
        (NDJSON, b'{"a":1}\n{'),
        (CSV, b'a,b\n"1,2\n'),
        (PACK, b"\xc1"),
        (FORM, b"a=\0"),
        (FORM + "; charset=klingon", b"a=1"),
        ("multipart/mixed; boundary=x", b"--x\r\n\r\na\r\n"),
        ("multipart/mixed; boundary=x", parts("x", "Content-Type: application/json\r\n\r\n{")),
        ("multipart/mixed; boundary=x", parts("x", "Content-Encoding: gzip\r\n\r\n{")),
    ],
)
def test_what_is_not_what_it_says(media: str, data: bytes) -> None:
    """On both sides it cannot be compared; on the new side alone it is a difference of type."""
    with pytest.raises(UndecodableError, match="neither body is") as raised:
        compare_bodies(response(data, media), response(data + b" ", media), LIMITS)
    assert raised.value.digests is not None
    assert b"passwd" not in str(raised.value).encode()


def test_other_media_are_not_mixed_up() -> None:
    """XML against HTML is text against text; the header tells the rest."""
    assert found(b"<a>1</a>", b"<a>2</a>", XML, HTML) == [("value", "body")]
    assert [reader_of(media) for media in ("application/json", "text/plain", "image/png", "")] == [None] * 4
    assert is_json_media("application/hal+json") and not is_json_media("application/json-seq")


def test_read_any() -> None:
    """Parts are read as what they say they are; what nothing reads is a digest."""
    assert read_any(Decoded(data=b"[1.50]", media="application/json")) == [b"1.50"]
    assert read_any(Decoded(data=b"a=1", media=FORM)) == {"a": "1"}
    assert read_any(Decoded(data=b"x")) == "x"
    assert str(read_any(Decoded(data=b"\0\1", media="image/png"))).startswith("2 bytes, sha256")
    with pytest.raises(UnreadableError):
        read_any(Decoded(data=b"{", media="application/json"))
