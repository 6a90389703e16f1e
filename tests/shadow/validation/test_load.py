from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadow.config.meanings import MEANINGS
from shadow.errors import ConfigError
from shadow.validation import load_config, parse_config


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path, {})
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    return str(caught.value)


def test_a_file_is_loaded_with_the_given_environment(tmp_path: Path, minimal: str) -> None:
    path = tmp_path / "shadow.yaml"
    path.write_text(minimal + "out: ${OUT}\n")
    assert load_config(path, {"OUT": "there"}).out == "there"


def test_the_environment_of_the_process_is_the_default(tmp_path: Path, minimal: str, monkeypatch) -> None:
    path = tmp_path / "shadow.yaml"
    path.write_text(minimal + "out: ${SHADOW_TEST_OUT}\n")
    monkeypatch.setenv("SHADOW_TEST_OUT", "here")
    assert load_config(path).out == "here"


def test_a_byte_order_mark_is_no_key(tmp_path: Path, minimal: str) -> None:
    path = tmp_path / "shadow.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + minimal.encode())
    assert load_config(path, {}).primary.url == "http://old:9001"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert refused(tmp_path / "no.yaml").startswith(f"{tmp_path}/no.yaml: there is no such file.")
    assert "is a directory. Name the file in it" in refused(tmp_path)
    (tmp_path / "file").write_text("x")
    assert "cannot be read: Not a directory." in refused(tmp_path / "file" / "shadow.yaml")
    assert "cannot be read" in refused(tmp_path / "a\0b")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: 1\nb: caf\xe9\n")
    assert refused(latin) == f"{latin}:2: is not UTF-8 text. Save it as UTF-8."
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    assert "is larger than any configuration (4194305 bytes)" in refused(large)
    empty = tmp_path / "empty.yaml"
    empty.touch()
    assert refused(empty).startswith(f"{empty}: is empty.")


def test_an_unreadable_file(tmp_path: Path, minimal: str) -> None:
    path = tmp_path / "shadow.yaml"
    path.symlink_to(path)
    assert "cannot be read: Too many levels of symbolic links" in refused(path)


KEYS = sorted({name.partition(".")[2] for name in MEANINGS})
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["http://a", "GET /x", "64MiB", "${X}", "${", "own", "2026-01-01", "value", "*", "[", "::1"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner),
    max_leaves=12,
)


def only_config_errors(text: str) -> None:
    try:
        parse_config(text, "f.yaml", {"X": "1"})
    except ConfigError as error:
        assert str(error).startswith("f.yaml")
        assert "\n" not in str(error)
        assert error.remedy


@given(st.binary(max_size=200))
def test_garbage_bytes_raise_only_config_errors(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.yaml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError):
        load_config(path, {})


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_garbage_under_known_keys_raises_only_config_errors(document: dict[str, object]) -> None:
    only_config_errors(yaml.safe_dump(document, allow_unicode=True))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    section=st.sampled_from(["primary", "candidate", "secondary", "mirror", "compare", "redact", "ledger", "gate"]),
    values=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3),
)
def test_garbage_in_a_valid_frame_raises_only_config_errors(section: str, values: dict[str, object]) -> None:
    frame: dict[str, object] = {"primary": {"url": "http://a"}, "candidate": {"url": "http://b"}}
    frame[section] = {"url": "http://c", **values} if section in ("primary", "candidate", "secondary") else values
    only_config_errors(yaml.safe_dump(frame, allow_unicode=True))
