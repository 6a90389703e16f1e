from __future__ import annotations

import sys
from pathlib import Path

import pytest

from shadow.errors import StoreError
from verify.stores import open_store
from verify.stores.memory import MemoryStore


@pytest.mark.parametrize(
    ("url", "message", "remedy"),
    [
        ("postgresql:u:secret@h/db", "needs a host", "postgresql://user@host:5432/database"),
        ("mongodb:u:secret@h/db", "needs a host", "mongodb://user@host:27017/database"),
        ("mysql://u:secret@h/db", "'mysql' is not a kind of store", "sqlite:///path, duckdb:///path"),
        ("", "an empty text", "Use one of"),
        ("just-a-path.db", "is not a kind of store", "Use one of"),
        ("sqlite://data.db", "names a host", "sqlite:///data.db"),
        ("sqlite:", "needs a path", "sqlite:///data/file"),
        ("sqlite:///", "needs a path", "sqlite:///data/file"),
        ("sqlite:///no/such/file", "does not exist", "Check the path"),
        ("duckdb:///no/such/file", "does not exist", "Check the path"),
        ("parquet:no/such/file", "does not exist", "Check the path"),
        ("csv:no/such/file", "does not exist", "Check the path"),
    ],
)
def test_urls_that_cannot_be_opened(url: str, message: str, remedy: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert message in caught.value.message
    assert remedy in caught.value.remedy
    assert "secret" not in str(caught.value)


def test_absolute_and_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.db").touch()
    monkeypatch.chdir(tmp_path)
    assert open_store("sqlite:///a.db").label == "sqlite:///a.db"
    assert open_store("SQLite:///a.db").label == "sqlite:///a.db"
    assert open_store(f"sqlite:///{tmp_path}/a.db").label == f"sqlite:///{tmp_path}/a.db"


def test_memory() -> None:
    assert isinstance(open_store("memory:"), MemoryStore)


@pytest.mark.parametrize("scheme", ["duckdb", "parquet", "csv"])
def test_without_the_driver_the_extra_is_named(scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"a.{scheme}"
    path.touch()
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(StoreError) as caught:
        open_store(f"{scheme}:///{path}")
    assert "pip install 'shadow-parity[duckdb]'" in caught.value.remedy
