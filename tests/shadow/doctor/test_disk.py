from __future__ import annotations

import os
import sqlite3
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from shadow.config.model import Config, Endpoints, Ledger, Primary, ShadowLeg
from shadow.doctor.disk import disk_checks, folder_check, ledger_check, nearest_existing, readable_check, space_check
from shadow.ledger.database import connect_writer
from shadow.ledger.schema import create


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    with closing(connect_writer(path)) as db:
        create(db, block_s=300.0, created_at=0.0)
    return path


def test_a_healthy_ledger(ledger: Path) -> None:
    assert ledger_check(ledger).message == f"{ledger} is healthy and writable."


def test_a_ledger_to_be_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "ledger.db"
    check = ledger_check(path)
    assert (check.level, check.message) == ("ok", f"{path} will be created.")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_ledger_s_place(tmp_path: Path) -> None:
    assert ledger_check(tmp_path).message == f"{tmp_path} is a directory."


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    check = ledger_check(tmp_path / "ledger.db")
    assert check.level == "fail"
    assert "is empty" in check.message


@pytest.mark.parametrize("damage", ["text", "head", "middle", "end", "another"])
def test_what_is_no_healthy_ledger(ledger: Path, damage: str) -> None:
    raw = bytearray(ledger.read_bytes())
    if damage == "text":
        ledger.write_text("hello, this is no database at all, only text\n" * 10)
    elif damage == "head":
        ledger.write_bytes(b"\0" * 100 + raw[100:])
    elif damage == "middle":
        raw[4096:8192] = b"\xff" * 4096
        ledger.write_bytes(raw)
    elif damage == "end":  # a page that opening the ledger does not touch
        raw[-4096:] = b"\xff" * 4096
        ledger.write_bytes(raw)
    else:
        ledger.unlink()
        with closing(sqlite3.connect(ledger)) as db:
            db.execute("CREATE TABLE other (x)")
            db.commit()
    check = ledger_check(ledger)
    assert check.level == "fail"
    assert check.remedy


def test_a_ledger_from_the_future(ledger: Path) -> None:
    later = ledger.stat().st_mtime + 3600
    os.utime(ledger, (later, later))
    check = ledger_check(ledger)
    assert check.level == "warn"
    assert "in the future" in check.message


def test_folders(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert folder_check("output", tmp_path).message == f"{tmp_path} is writable."
    assert folder_check("output", tmp_path / "x" / "y").message == f"{tmp_path}/x/y will be created."
    blocked = folder_check("output", tmp_path / "file" / "y")
    assert (blocked.level, blocked.message) == ("fail", f"{tmp_path}/file is not a folder.")
    assert folder_check("output", Path("/proc/nothing")).level == "fail"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file"]


def test_nearest_existing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert nearest_existing(Path("a/b")) == tmp_path
    assert nearest_existing(tmp_path) == tmp_path


@pytest.mark.parametrize(("blocks", "level"), [(1024**2, "ok"), (1024**2 - 1, "warn"), (0, "warn")])
def test_space(tmp_path: Path, monkeypatch, blocks: int, level: str) -> None:
    state = namedtuple("state", "f_bavail f_frsize")
    monkeypatch.setattr(os, "statvfs", lambda path: state(blocks, 1024))
    assert space_check(tmp_path).level == level


def test_readable(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text("{}")
    assert readable_check("openapi", tmp_path / "openapi.json").level == "ok"
    check = readable_check("openapi", tmp_path / "nothing.json")
    assert (check.level, check.message) == (
        "fail",
        f"{tmp_path}/nothing.json cannot be read: No such file or directory.",
    )


def test_all_of_them(tmp_path: Path) -> None:
    config = Config(
        primary=Primary(url="http://a"),
        candidate=ShadowLeg(url="http://b"),
        ledger=Ledger(path=str(tmp_path / "ledger.db")),
        out=str(tmp_path / "out"),
        endpoints=Endpoints(openapi=str(tmp_path / "openapi.json")),
    )
    assert [check.name for check in disk_checks(config)] == ["ledger", "output", "disk space", "openapi"]
