"""Descriptor sets: what cannot be used is told with its place and a remedy, before any traffic."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import any_pb2, descriptor_pb2, type_pb2

from shadow.config.model import Compare, Config, Primary, Protobuf, ShadowLeg
from shadow.descriptors import check_descriptors, load_messages
from shadow.doctor.disk import disk_checks
from shadow.errors import ConfigError
from shadow.mirror.reload import check_files


def written(path: Path, *modules: object) -> str:
    files = descriptor_pb2.FileDescriptorSet()
    for module in modules:
        module.DESCRIPTOR.CopyToProto(files.file.add())  # type: ignore[attr-defined]
    path.write_bytes(files.SerializeToString())
    return str(path)


def config(path: str, name: str = "google.protobuf.Any") -> Config:
    protobuf = Protobuf(descriptors=path, messages={"*": name})
    legs = (Primary(url="http://old"), ShadowLeg(url="http://new"))
    return Config(primary=legs[0], candidate=legs[1], compare=Compare(protobuf=protobuf))


def test_messages_by_name(tmp_path: Path) -> None:
    """What is described is found, and nothing else."""
    messages = load_messages(written(tmp_path / "any.desc", any_pb2))
    made = messages.find("google.protobuf.Any")
    assert made is not None
    assert made.DESCRIPTOR.full_name == "google.protobuf.Any"
    assert messages.find("google.protobuf.Type") is None


def test_a_set_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    """At every start and reload."""
    path = tmp_path / "a.desc"
    check_descriptors(config(written(path, any_pb2)).compare.protobuf)
    written(path, descriptor_pb2)
    with pytest.raises(ConfigError, match=r"describes no message 'google\.protobuf\.Any'"):
        check_descriptors(config(str(path)).compare.protobuf)


def test_what_cannot_be_used(tmp_path: Path) -> None:
    """By the mirror at its start and reload, and by doctor."""
    (tmp_path / "bad.desc").write_bytes(b"\xff\xff")
    (tmp_path / "empty.desc").write_bytes(b"")
    alone = written(tmp_path / "alone.desc", type_pb2)
    fine = written(tmp_path / "fine.desc", any_pb2)
    for given, said in (
        (config(str(tmp_path / "none.desc")), "cannot be read: No such file"),
        (config(str(tmp_path / "bad.desc")), "is no descriptor set"),
        (config(str(tmp_path / "empty.desc")), "describes nothing"),
        (config(alone), "google/protobuf/type.proto cannot be used"),
        (config(fine, "shop.Order"), "compare.protobuf.messages: *: "),
    ):
        with pytest.raises(ConfigError) as told:
            check_files(given)
        assert said in told.value.message
        assert told.value.remedy
        (check,) = [each for each in disk_checks(given) if each.name == "protobuf"]
        assert (check.level.value, check.message) == ("fail", told.value.message)
    check_files(config(fine))
    (check,) = [each for each in disk_checks(config(fine)) if each.name == "protobuf"]
    assert check.level.value == "ok"


def test_the_package_is_asked_for_where_it_is_needed(tmp_path: Path) -> None:
    """And loaded for nothing else."""
    code = (
        "import sys\n"
        "import shadow.compare.pipeline, shadow.mirror.reload\n"
        "assert not [name for name in sys.modules if name.startswith('google')]\n"
        "sys.modules['google.protobuf'] = None\n"
        "from shadow.descriptors import load_messages\n"
        "from shadow.errors import ConfigError\n"
        "try:\n    load_messages(sys.argv[1])\n"
        "except ConfigError as error:\n    print(error)\n"
    )
    path = written(tmp_path / "any.desc", any_pb2)
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "needs the package protobuf" in done.stdout
    assert "shadow-parity[protobuf]" in done.stdout
