"""Protobuf bodies by a real descriptor set: what differs where, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import any_pb2, descriptor_pb2

from shadow.bodies.decode import UndecodableError
from shadow.compare.body import compare_bodies
from shadow.compare.headers import HeaderRules
from shadow.compare.heavy import LIGHT_BYTES, Answers
from shadow.compare.opened import Opener
from shadow.config.model import Compare, Protobuf
from shadow.descriptors import Messages, load_messages
from shadow.records import ResponseCopy

MEDIA = "application/x-protobuf"
F = descriptor_pb2.FieldDescriptorProto
FIELDS = (
    # name, number, type, repeated, explicit presence
    ("id", 1, F.TYPE_INT64, False, False), ("big", 2, F.TYPE_UINT64, False, False),
    ("blob", 3, F.TYPE_BYTES, False, False), ("note", 4, F.TYPE_STRING, False, True),
    ("price", 5, F.TYPE_DOUBLE, False, False), ("tags", 6, F.TYPE_STRING, True, False),
    ("paid", 7, F.TYPE_BOOL, False, False), ("nums", 8, F.TYPE_INT32, True, False),
)  # fmt: skip


def described() -> descriptor_pb2.FileDescriptorSet:
    """Return a set as protoc writes it: `shop.Order` of proto3, `shop.Strict` of proto2, and Any, which they import."""
    imported = descriptor_pb2.FileDescriptorProto()
    any_pb2.DESCRIPTOR.CopyToProto(imported)
    file = descriptor_pb2.FileDescriptorProto(name="shop.proto", package="shop", syntax="proto3")
    file.dependency.append(imported.name)
    kind = file.enum_type.add(name="State")
    kind.value.add(name="NEW", number=0)
    kind.value.add(name="SENT", number=1)
    order = file.message_type.add(name="Order")
    for name, number, of, many, present in FIELDS:
        order.field.add(name=name, number=number, type=of, label=F.LABEL_REPEATED if many else F.LABEL_OPTIONAL)
        if present:
            order.field[-1].proto3_optional = True
            order.field[-1].oneof_index = 1
    order.oneof_decl.add(name="way")
    order.oneof_decl.add(name="_note")
    order.field.add(name="state", number=10, type=F.TYPE_ENUM, type_name=".shop.State", label=F.LABEL_OPTIONAL)
    order.field.add(name="mail", number=11, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL, oneof_index=0)
    order.field.add(name="pickup", number=12, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL, oneof_index=0)
    order.field.add(name="lines", number=13, type=F.TYPE_MESSAGE, type_name=".shop.Line", label=F.LABEL_REPEATED)
    order.field.add(name="any", number=14, type=F.TYPE_MESSAGE, type_name=".google.protobuf.Any", label=1)
    for name, number, value in (("counts", 15, F.TYPE_INT64), ("parts", 16, F.TYPE_MESSAGE)):
        entry = order.nested_type.add(name=f"{name.capitalize()}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=F.TYPE_BOOL if name == "parts" else F.TYPE_STRING, label=1)
        entry.field.add(name="value", number=2, type=value, label=1)
        if value == F.TYPE_MESSAGE:
            entry.field[-1].type_name = ".shop.Line"
        order.field.add(name=name, number=number, type=F.TYPE_MESSAGE, type_name=f".shop.Order.{entry.name}", label=3)
    line = file.message_type.add(name="Line")
    line.field.add(name="id", number=1, type=F.TYPE_INT32, label=1)
    line.field.add(name="sku", number=2, type=F.TYPE_STRING, label=1)
    strict = descriptor_pb2.FileDescriptorProto(name="strict.proto", package="shop", syntax="proto2")
    strict.message_type.add(name="Strict").field.add(name="id", number=1, type=F.TYPE_INT32, label=F.LABEL_REQUIRED)
    return descriptor_pb2.FileDescriptorSet(file=[imported, file, strict])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    written = tmp_path_factory.mktemp("descriptors") / "shop.desc"
    written.write_bytes(described().SerializeToString())
    return str(written)


@pytest.fixture(scope="module")
def messages(path: str) -> Messages:
    return load_messages(path)


@pytest.fixture(scope="module")
def packed(messages: Messages) -> Callable[..., bytes]:
    """Return a function that writes a message."""

    def write(_name: str = "Order", **fields: Any) -> bytes:
        made = messages.find(f"shop.{_name}")
        assert made is not None
        return made(**fields).SerializeToString(deterministic=True)

    return write


def response(body: bytes, media: str) -> ResponseCopy:
    return ResponseCopy(status=200, headers=((b"content-type", media.encode()),), body=body)


def found(path: str, old: bytes, new: bytes, media: str = MEDIA, **said: str) -> list[tuple[str, str]]:
    limits = Compare(protobuf=Protobuf(descriptors=path, messages=said or {"*": "shop.Order"}))
    diff = compare_bodies(response(old, media), response(new, media), limits)
    return [(each.kind.value, each.path.removeprefix("body:")) for each in diff.found]


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        ({"id": 2**53 + 1}, {"id": 2**53}, [("precision", "$.id")]),
        ({"id": -(2**63)}, {"id": 2**63 - 1}, [("value", "$.id")]),
        ({"big": 2**64 - 1}, {"big": 2**64 - 2}, [("precision", "$.big")]),
        ({"blob": b"\xff\x00"}, {"blob": b"\xff\x01"}, [("value", "$.blob")]),
        ({"id": 1, "note": ""}, {"id": 1}, [("empty-vs-missing", "$.note")]),
        ({"id": 1, "note": "x"}, {"id": 1}, [("missing", "$.note")]),
        ({"price": 0.1}, {"price": 0.10000000000000002}, [("precision", "$.price")]),
        ({"price": float("nan"), "id": 1}, {"price": float("nan"), "id": 2}, [("value", "$.id")]),
        ({"price": -0.0, "id": 1}, {"id": 1}, [("missing", "$.price")]),
        ({"state": 1, "id": 1}, {"state": 7, "id": 1}, [("type", "$.state")]),
        ({"mail": "a"}, {"pickup": "a"}, [("missing", "$.mail"), ("extra", "$.pickup")]),
        ({"mail": "a", "id": 1}, {"mail": "", "id": 1}, [("value", "$.mail")]),
        ({"counts": {"a": 1, "b": 2}}, {"counts": {"b": 2, "a": 3}}, [("value", "$.counts.a")]),
        ({"parts": {True: {"id": 1}}}, {"parts": {True: {"id": 2}}}, [("value", '$.parts.true.id')]),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, [("order", "$.tags")]),
        ({"lines": [{"id": 1, "sku": "a"}, {"id": 2, "sku": "b"}]},
         {"lines": [{"id": 2, "sku": "b"}, {"id": 1, "sku": "c"}]},
         [("order", "$.lines"), ("value", "$.lines[0].sku")]),
    ],
)  # fmt: skip
def test_differences(
    path: str, packed: Callable[..., bytes], old: dict[str, Any], new: dict[str, Any], want: list[tuple[str, str]]
) -> None:
    """Every digit, presence and case of a oneof counts, whichever side is the new one."""
    a, b = packed(**old), packed(**new)
    assert sorted(found(path, a, b)) == sorted(want)
    assert len(found(path, b, a)) == len(want)


def test_what_means_nothing(path: str) -> None:
    """Another order of fields and map entries, numbers one by one, a default of a field without presence."""
    assert found(path, b"\x08\x01\x22\x01x", b"\x22\x01x\x08\x01") == []
    assert found(path, b"\x42\x02\x01\x02", b"\x40\x01\x40\x02") == []
    assert found(path, b"\x22\x01x\x08\x00", b"\x22\x01x") == []
    one, two = b"\x7a\x05\x0a\x01a\x10\x01", b"\x7a\x05\x0a\x01b\x10\x02"
    assert found(path, one + two, two + one) == []


def test_unknown_fields_are_compared_as_sent(path: str) -> None:
    """Varints, fixed ones, bytes and groups, in messages below, too; one of the new side alone is extra."""
    assert found(path, b"\x08\x01\xf8\x01\x05", b"\x08\x01\xf8\x01\x06") == [("value", '$["#31"][0].varint')]
    assert found(path, b"\x08\x01", b"\x08\x01\xfa\x01\x01x") == [("extra", '$["#31"]')]
    assert found(path, b"\xfd\x01\1\0\0\0", b"\xf9\x01\1\0\0\0\0\0\0\0") == [
        ("missing", '$["#31"][0].fixed32'), ("extra", '$["#31"][0].fixed64')
    ]  # fmt: skip
    assert found(path, b"\xfb\x01\x08\x01\xfc\x01", b"\xfb\x01\x08\x02\xfc\x01") == [
        ("value", '$["#31"][0].group["#1"][0].varint')
    ]
    assert found(path, b"\x6a\x02\x18\x01", b"\x6a\x02\x18\x02") == [("value", '$.lines[0]["#3"][0].varint')]


def test_any_is_opened_where_it_is_described(path: str, packed: Callable[..., bytes]) -> None:
    """Else its bytes are compared."""
    for kind, want in (("shop.Line", "$.any.value.id"), ("else.Where", "$.any.value")):
        a, b = (
            packed(any={"type_url": f"type.googleapis.com/{kind}", "value": packed("Line", id=at)}) for at in (1, 2)
        )
        assert found(path, a, b) == [("value", want)]


@pytest.mark.parametrize("bad", [b"\x08", b"\x22\x02\xff\xfe", b"\x07"])
def test_what_is_no_message_never_passes(path: str, bad: bytes) -> None:
    """Of one side it is a difference; of both nothing is known but the digests."""
    assert found(path, b"\x08\x01", bad) == found(path, bad, b"\x08\x01") == [("type", "body")]
    with pytest.raises(UndecodableError, match="neither body is protobuf") as told:
        found(path, bad, b"\x07\x07")
    assert told.value.digests is not None
    assert told.value.digests[0] != told.value.digests[1]


def test_a_required_field_that_is_missing(path: str) -> None:
    """A message of proto2 without it is none."""
    assert found(path, b"\x08\x01", b"\x10\x01", **{"*": "shop.Strict"}) == [("type", "body")]


def test_the_content_type_says_the_message(path: str) -> None:
    """By its full name or a word that is configured; what it says comes first, and what is not described is as if
    nothing were said."""
    old, new = b"\x08\x01\x12\x01a", b"\x08\x01\x12\x01b"
    by_name = [("value", "$.sku")]
    for key in ("messageType", "proto", "message"):
        assert found(path, old, new, f'{MEDIA}; {key}="shop.Line"', **{"*": "shop.Order"}) == by_name
    assert found(path, old, new, f"{MEDIA}; proto=line", line="shop.Line") == by_name
    assert found(path, old, new, f"{MEDIA}; proto=none.Such", **{"*": "shop.Line"}) == by_name
    assert found(path, old, new, f"{MEDIA}; proto=none.Such", line="shop.Line") == [("value", "body")]


@pytest.mark.parametrize("media", ["application/protobuf", "application/vnd.google.protobuf"])
def test_other_names_of_the_media_type(path: str, media: str) -> None:
    """They are read alike."""
    assert found(path, b"\x08\x01", b"\x08\x02", media) == [("value", "$.id")]


def test_as_bytes_where_nothing_is_known(path: str) -> None:
    """Without descriptors, for gRPC, and where no message is said."""
    assert found("", b"\x08\x00", b"\x08\x02") == [("value", "body")]
    assert found(path, b"\x08\x00", b"\x08\x02", "application/grpc") == [("value", "body")]
    assert found(path, b"\x08\x00", b"\x08\x02", **{"GET /o": "shop.Order"}) == [("value", "body")]


def test_the_set_is_what_protoc_would_write(path: str) -> None:
    """A guard of this file: all that is tested above is described."""
    assert {each.name for each in descriptor_pb2.FileDescriptorSet.FromString(Path(path).read_bytes()).file} == {
        "google/protobuf/any.proto", "shop.proto", "strict.proto"
    }  # fmt: skip


def test_heavy_ones_are_read_in_the_other_process(path: str, packed: Callable[..., bytes]) -> None:
    """Which knows the same messages, and tells what cannot be read as this one does."""
    limits = Compare(deadline_s=20.0, protobuf=Protobuf(descriptors=path, messages={"*": "shop.Order"}))
    answers = Answers(limits)
    old, new = (packed(lines=[{"id": 1, "sku": sku}], blob=b"\xff" * LIGHT_BYTES) for sku in "ab")

    def compare(a: bytes, b: bytes) -> list[tuple[str, str]]:
        opener = Opener(limits.max_decoded_bytes)
        diff = answers.compare("GET", response(a, MEDIA), response(b, MEDIA), HeaderRules(), opener)
        return [(each.kind.value, each.path) for each in diff.found]

    try:
        assert compare(old, new) == [("value", "body:$.lines[0].sku")]
        assert answers._killable._ready
        with pytest.raises(UndecodableError) as told:
            compare(b"\x07" + old, b"\x07" + new)
        assert told.value.digests is not None
    finally:
        answers.close()
