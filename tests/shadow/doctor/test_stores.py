from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from shadow.config.model import Config, Primary, ShadowLeg, Verify
from shadow.doctor import stores
from shadow.doctor.stores import store_checks


def config(old: str, new: str) -> Config:
    return Config(
        primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"), verify=Verify(old=old, new=new)
    )


@pytest.fixture
def database(tmp_path: Path) -> str:
    with closing(sqlite3.connect(tmp_path / "old.db")) as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        db.commit()
    return f"sqlite:///{tmp_path}/old.db"


def test_stores(database: str, tmp_path: Path) -> None:
    old, new = store_checks(config(database, f"sqlite:///{tmp_path}/new.db"))
    assert (old.name, old.level, old.message) == ("old store", "ok", f"{database} can be read, 1 tables.")
    assert (new.name, new.level) == ("new store", "fail")
    assert new.remedy
    assert not (tmp_path / "new.db").exists()


def test_a_store_without_tables(tmp_path: Path, database: str) -> None:
    with closing(sqlite3.connect(tmp_path / "new.db")) as db:
        db.execute("VACUUM")
    _, new = store_checks(config(database, f"sqlite:///{tmp_path}/new.db"))
    assert new.level == "fail"


def test_an_unknown_kind_of_store_shows_no_password(database: str) -> None:
    _, new = store_checks(config(database, "oracle://app:geheim@db/x"))
    assert new.level == "fail"
    assert "geheim" not in str(new)


def test_nothing_to_verify() -> None:
    plain = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"))
    assert list(store_checks(plain)) == []


@pytest.mark.parametrize("opener", ["verify.no_such_module:open_store", "verify.store:no_such_name"])
def test_without_the_room(monkeypatch, opener: str) -> None:
    monkeypatch.setattr(stores, "OPENER", opener)
    (check,) = store_checks(config("a", "b"))
    assert (check.name, check.level) == ("stores", "warn")
