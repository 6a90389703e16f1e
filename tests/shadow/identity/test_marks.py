from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from shadow.identity.marks import Marks, number_of


def test_the_lowest_number_of_a_kind_outlives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db.identity"
    marks = Marks(path)
    assert not path.exists()
    assert not marks.was_made("order", "17")
    for value in ("17", "16", "18", "x"):
        marks.saw("order", value)
    marks.saw("token", "a-uuid")
    assert json.loads(path.read_text()) == {"order": 16, "token": None}
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    again = Marks(path)
    assert again.is_made("order") and again.is_made("token") and not again.is_made("user")
    assert [again.is_migrated("order", value) for value in ("15", "16", "x")] == [True, False, False]
    assert [again.was_made("order", value) for value in ("15", "16", "x")] == [False, True, False]
    assert not again.was_made("token", "5") and not again.is_migrated("token", "5")


def test_a_number_after_a_text(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "m")
    marks.saw("order", "x")
    marks.saw("order", "9")
    assert Marks(tmp_path / "m").was_made("order", "9")


@pytest.mark.parametrize("content", [b"[]", b'{"a": "b"}', b"\xff", b""])
def test_a_damaged_file_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes) -> None:
    path = tmp_path / "m"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert not Marks(path).is_made("a")
    assert "cannot be read, ids that were made before count as migrated" in caplog.text


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    marks = Marks(tmp_path / "nowhere" / "m")
    with caplog.at_level(logging.WARNING):
        marks.saw("order", "5")
    assert marks.was_made("order", "5")
    assert "cannot be written, after a restart lost ids will count as migrated" in caplog.text


def test_kinds_are_bounded(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "m")
    for n in range(1100):
        marks._lowest[str(n)] = None
    marks.saw("order", "1")
    assert not marks.is_made("order")


def test_numbers() -> None:
    assert [number_of(text) for text in ("0", "17", "-1", "1.0", "\u0661", "9" * 40, "")] == [0, 17] + [None] * 5
