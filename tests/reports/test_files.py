from __future__ import annotations

import os
from pathlib import Path

import pytest

from reports.files import write_atomic
from shadow.errors import EnvironmentFailure


def test_writes_text_and_makes_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "report.html"
    write_atomic(path, "grün\n")
    assert path.read_bytes() == "grün\n".encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_replaces_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")
    write_atomic(path, "new")
    assert path.read_text() == "new"


def test_is_as_readable_as_any_file(tmp_path: Path) -> None:
    path, plain = tmp_path / "r.json", tmp_path / "plain"
    write_atomic(path, "x")
    plain.write_text("x")
    assert path.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("place", ["folder", "file/inside"])
def test_a_place_that_cannot_be_written_is_the_users_to_change(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentFailure) as caught:
        write_atomic(tmp_path / place, "text")
    assert str(tmp_path / place) in caught.value.message
    assert "--out" in caught.value.remedy
    left = sorted(os.path.relpath(found, tmp_path) for found in tmp_path.rglob("*"))
    assert left == ["file", "folder"]


def test_a_text_that_cannot_be_encoded_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "\udcff")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.json"]
