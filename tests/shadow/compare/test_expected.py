"""What is known of an endpoint's answers holds for that endpoint and no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2

from shadow.compare.expected import limits_by_endpoint
from shadow.compare.heavy import LIGHT_BYTES
from shadow.compare.pipeline import Comparer
from shadow.config.model import Compare, Config, Endpoints, ListKey, Primary, Protobuf, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.redact import Redactor
from tests.shadow.compare import made as shared

ROWS = {"type": "array", "x-shadow-key": "line"}


def config(tmp_path: Path, **compare: Any) -> Config:
    schema = {"properties": {"rows": ROWS}}
    said = {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}
    path = tmp_path / "api.json"
    path.write_text(json.dumps({"paths": {"/orders/{n}": {"get": said}}}))
    return Config(
        primary=Primary(url="http://old"), candidate=ShadowLeg(url="http://new"),
        compare=Compare(deadline_s=30.0, **compare), endpoints=Endpoints(openapi=str(path)),
    )  # fmt: skip


def paths(config: Config, target: bytes, pad: int) -> list[tuple[str, str]]:
    comparer = Comparer(config, build_endpoint_map(config), Redactor(config.redact, b"key"))
    old = {"pad": "x" * pad, "rows": [{"line": "a", "v": 1}, {"line": "b", "v": 2}]}
    new = {"pad": "x" * pad, "rows": [{"line": "b", "v": 2}, {"line": "a", "v": 9}]}
    given = shared.exchange(shared.answer("primary", 200, old), shared.answer("candidate", 200, new), target=target)
    try:
        between = [(each.kind.value, each.path) for each in comparer.between(given, given.primary, given.candidate)]
        seen = [(each.kind.value, each.path) for each in comparer.observe(given).differences]
        assert seen == between
        return seen
    finally:
        comparer.close()


@pytest.mark.parametrize("pad", [10, LIGHT_BYTES])
def test_lists_are_paired_by_the_documented_key(tmp_path: Path, pad: int) -> None:
    """Here and in the process that heavy pairs are compared in; other endpoints know nothing of it."""
    by_key = [("order", "body:$.rows"), ("value", "body:$.rows[0].v")]
    assert paths(config(tmp_path), b"/orders/7", pad) == by_key
    assert paths(config(tmp_path), b"/others/7", pad) == [
        ("value", f"body:$.rows[{at}].{name}") for at in (0, 1) for name in ("line", "v")
    ]


def test_the_configuration_comes_first(tmp_path: Path) -> None:
    """A key of the configuration has a place before the document does."""
    own = config(tmp_path, list_keys=(ListKey(path="$.rows", key="v"),))
    limits = limits_by_endpoint(own, build_endpoint_map(own))
    assert [each.key for each in limits["GET /orders/{n}"].list_keys] == ["v", "line"]
    assert ("value", "body:$.rows[0].v") not in paths(own, b"/orders/7", 10)


def test_the_message_of_an_endpoint(tmp_path: Path) -> None:
    """It is that of its endpoint alone; what stands for all others does for these."""
    files = descriptor_pb2.FileDescriptorSet()
    descriptor_pb2.DESCRIPTOR.CopyToProto(files.file.add())
    (tmp_path / "a.desc").write_bytes(files.SerializeToString())
    option, value = "google.protobuf.UninterpretedOption", "google.protobuf.EnumValueDescriptorProto"
    said = Protobuf(descriptors=str(tmp_path / "a.desc"), messages={"GET /orders/{n}": option, "*": value})
    own = config(tmp_path, protobuf=said)
    media = ((b"content-type", b"application/x-protobuf"),)
    old, new = b"\x1a\x01a", b"\x1a\x01b"
    comparer = Comparer(own, build_endpoint_map(own), Redactor(own.redact, b"key"))
    try:
        for target, want in ((b"/orders/7", "body:$.identifier_value"), (b"/others", "body")):
            given = shared.exchange(
                shared.answer("primary", 200, old, media), shared.answer("candidate", 200, new, media), target=target
            )
            seen = comparer.observe(given)
            assert [each.path for each in seen.differences] == [want]
        assert seen.reason == "undecodable"
    finally:
        comparer.close()
