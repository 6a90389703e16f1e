"""Mistakes in bodies that are no JSON: there are some for every medium, and each of them is noticed."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest
from google.protobuf import descriptor_pb2

from shadow.bodies.decode import decode
from shadow.compare.mutations import BODY_MUTATIONS
from shadow.compare.slips import MAX_BYTES, slip
from shadow.config.model import Protobuf
from tests.shadow.compare.made import answer, exchange

ORDER = {"id": 7, "name": "Ann", "total": 19.5, "paid": True, "tags": ["x", "y"], "rows": [{"id": 1}, {"id": 2}]}
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n'
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\ntwo\r\n--b--\r\n'
)
# name and total, and an empty note: `#1: "Ann"`, `#2: 300`, `#3: ""`.
WIRE = b"\x0a\x03Ann\x10\xac\x02\x1a\x00"
XML = b'<?xml version="1.0"?><!-- <a>no</a> --><order id="7"><name lang="en">Ann</name><n>3</n></order>'
HTML = b'<html><body class="x"><!-- <p id="no">no</p> --><p id="a">Ann</p><ul><li>1</li><li>2</li></ul></body></html>'
SSE = b': beat\n\nevent: made\nid: 1\ndata: {"a": 1}\n\ndata: two\n\nretry: 5\n\ndata: cut'
FIELD = {"drop_item", "wrong_text", "drop_field"}
ANY_BYTE = ("text/plain", "text/csv", "application/octet-stream", "application/x-www-form-urlencoded")
CASES = {
    "application/x-ndjson": (b'{"a": 1, "t": "x"}\n{"a": 2}\n', {"drop_item", "reorder", "drop_field", "null"}),
    "application/x-www-form-urlencoded": (b"a=1&b=two&b=3", {"drop_field", "wrong_text", "extra_field"}),
    "multipart/form-data; boundary=b": (PARTS, {"drop_item", "wrong_text"}),
    "application/xml": (XML, FIELD),
    "image/svg+xml": (XML, FIELD),
    "text/html": (HTML, FIELD),
    "text/plain": (b"one\n\ntwo\nthree\n", {"drop_item", "reorder", "wrong_text", "empty"}),
    "text/csv": (b"id,name\n1,Ann\n2,Bob\n", {"drop_item", "reorder", "wrong_text", "empty"}),
    "application/msgpack": (msgspec.msgpack.encode(ORDER), {"drop_field", "null", "off_by_one", "reorder"}),
    "application/x-protobuf": (WIRE, {"drop_field", "off_by_one"}),
    "text/event-stream": (SSE, {"drop_item", "reorder", "wrong_text", "empty"}),
    "application/octet-stream": (bytes(range(256)), {"drop_item", "empty"}),
}  # fmt: skip


def headers(media: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"Content-Type", media.encode()),)


def described(folder: Any) -> Protobuf:
    """Return a configuration that knows the message in `WIRE`."""
    file = descriptor_pb2.FileDescriptorProto(name="m.proto", package="m", syntax="proto3")
    message = file.message_type.add(name="Order")
    for number, (name, kind) in enumerate((("name", 9), ("total", 5), ("note", 9)), 1):
        message.field.add(name=name, number=number, type=kind, label=1)  # type: ignore[arg-type]
    path = folder / "m.pb"
    path.write_bytes(descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString())
    return Protobuf(descriptors=str(path), messages={"*": "m.Order"})


@pytest.mark.parametrize("media", CASES)
def test_every_mistake_in_every_medium_is_noticed(
    build: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, media: str
) -> None:
    """By the whole comparison, and not for want of mistakes."""
    monkeypatch.setattr("shadow.compare.selfproof.CPU_SHARE_RATIO", 1000.0)
    body, expected = CASES[media]
    one = exchange(answer("primary", 200, body, headers(media)), answer("candidate", 200, body, headers(media)))
    for protobuf in (Protobuf(), described(tmp_path)) if "protobuf" in media else (Protobuf(),):
        comparer = build(self_proof_ratio=1.0, protobuf=protobuf)
        found = [comparer.observe(msgspec.structs.replace(one, seq=seq)).proofs[0] for seq in range(1, 121)]
        comparer.close()
        assert [each for each in found if not each.detected] == []
        names = {each.mutation for each in found}
        assert expected | {"change_status"} <= names
        assert ("wrong_bytes" in names) == (media in ANY_BYTE)


@pytest.mark.parametrize("media", CASES)
def test_what_is_small_or_none_of_its_kind_has_no_place_for_one(media: str) -> None:
    """And raises nothing, however the bytes are cut."""
    body, _ = CASES[media]
    for data in (b"", b"\xff", b"a", b"\n\n", b"<", *(body[:at] for at in range(0, len(body), 7))):
        for seed, name in enumerate(BODY_MUTATIONS):
            wrong = slip(name, decode(headers(media), data, 1 << 20), Random(seed))
            assert wrong is None or wrong != data
    assert slip("drop_item", decode(headers(media), body * (MAX_BYTES // len(body) + 1), 1 << 30), Random(1)) is None


def test_what_means_nothing_is_left_alone() -> None:
    """Comments, heartbeats, what a stream ended in, and numbers that say nothing."""
    for seed in range(60):
        for name in ("drop_item", "wrong_text", "drop_field"):
            for media, body in (("application/xml", XML), ("text/html", HTML)):
                wrong = slip(name, decode(headers(media), body, 1 << 20), Random(seed))
                assert wrong is not None and b"no" not in wrong  # comments are gone, and nothing in them was chosen
            wrong = slip(name, decode(headers("text/event-stream"), SSE, 1 << 20), Random(seed))
            assert wrong is None or (b"data: cut" in wrong and b": beat" in wrong and b"retry: 5" in wrong)
        wrong = slip("drop_field", decode(headers("application/x-protobuf"), WIRE, 1 << 20), Random(seed))
        assert wrong in (b"\x10\xac\x02\x1a\x00", b"\x0a\x03Ann\x1a\x00")
