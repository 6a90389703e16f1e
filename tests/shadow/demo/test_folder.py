"""The demo's folder: cleaned of the demo's own files, and of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from shadow.demo.folder import MARKER, own_names, prepare_folder
from shadow.errors import EnvironmentFailure


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "a" / "b")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == [MARKER]


def test_an_earlier_run_is_removed_and_what_a_user_put_beside_it_stays(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    for name in (*own_names(), "notes.txt", "mine.db", "mine.log"):
        (tmp_path / name).write_text("x")
    prepare_folder(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [MARKER, "mine.db", "mine.log", "notes.txt"]


def test_a_folder_of_somebody_else_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("evidence")
    with pytest.raises(EnvironmentFailure, match="is not empty, and no earlier demo made it") as caught:
        prepare_folder(tmp_path)
    assert caught.value.remedy == "Name another folder with --out."
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailure, match=r"cannot be used \(File exists\)"):
        prepare_folder(tmp_path / "file")


@pytest.mark.parametrize(
    "name",
    ["ledger.db", "ledger.db-wal", "ledger.db.key", "ledger.db.lanes", "old.db-shm", "traffic.log",
     "traffic-answers.log", "primary.log", "report.html", "result.json", "gate.json"],
)  # fmt: skip
def test_these_are_the_runs_own(name: str) -> None:
    assert name in own_names()


def test_the_counters_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    (tmp_path / "ledger.db.lanes.0a1b2c3d").touch()
    prepare_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [MARKER]
