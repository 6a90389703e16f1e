from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from shadow.config.model import Verify
from shadow.errors import ConfigError
from verify.cli import verify

OLD = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, firstName TEXT, born DATE, gone TEXT);
CREATE TABLE OrderItems (id INTEGER PRIMARY KEY, price DECIMAL(8,2));
CREATE TABLE nokey (a TEXT); CREATE TABLE lost (id INTEGER PRIMARY KEY); CREATE TABLE alembic_version (v TEXT);
"""
NEW = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, first_name TEXT, born BLOB, added TEXT);
CREATE TABLE order_item (id INTEGER PRIMARY KEY, price DECIMAL(8,2));
CREATE TABLE nokey (a TEXT); CREATE TABLE found (id INTEGER PRIMARY KEY);
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, schema in (("old.db", OLD), ("new.db", NEW)):
        db = sqlite3.connect(name)
        db.executescript(schema)
        db.close()
    return tmp_path


def planned(*more: str) -> str:
    answer = CliRunner().invoke(
        verify, ["plan", "--old", "sqlite:///old.db", "--new", "sqlite:///new.db", *more], catch_exceptions=False
    )
    assert answer.exit_code == 0
    return answer.stdout


def test_the_draft_is_a_valid_section_that_runs(folder: Path) -> None:
    text = planned()
    section = msgspec.convert(yaml.safe_load(text)["verify"], Verify)
    assert [(pair.old, pair.new, pair.rename) for pair in section.tables] == [
        ("OrderItems", "order_item", {}),
        ("customers", "", {"firstName": "first_name"}),
        ("nokey", "", {}),
    ]
    from verify.running.job import run_verification

    statuses = {f"{one.pair}/{one.check}": str(one.status) for one in run_verification(section)}
    assert statuses["OrderItems -> order_item/rows"] == "pass"


def test_every_assumption_is_said(folder: Path) -> None:
    text = planned()
    for note in (
        "new: order_item  # assumed: the names sound alike",
        "# key: the primary key of both, id",
        "# key: none is declared",
        "# born: DATE became BLOB",
        "# gone: only the old side has it; it is NOT verified",
        "# added: only the new side has it; it is NOT verified",
        "# lost: only the old side has it",
        "# found: only the new side has it",
    ):
        assert note in text
    assert "alembic" not in text


def test_a_file_that_exists_is_kept(folder: Path) -> None:
    planned("--out", "plan.yaml")
    before = Path("plan.yaml").read_text()
    assert before.startswith("# A draft")
    with pytest.raises(ConfigError, match=r"plan\.yaml exists already"):
        planned("--out", "plan.yaml")
    assert Path("plan.yaml").read_text() == before


def test_what_was_matched_as_json(folder: Path) -> None:
    found = json.loads(planned("--json"))
    assert (found["only_old"], found["only_new"]) == (["lost"], ["found"])
    assert [match["guessed"] for match in found["tables"]] == [True, False, False]


def test_a_password_is_left_out() -> None:
    from verify.classes import POSTGRES
    from verify.planning.draft import draft
    from verify.planning.plan import Sides

    sides = Sides(old=(), new=(), old_dialect=POSTGRES, new_dialect=POSTGRES)
    text = draft("postgresql://app:geheim@old/shop", "postgresql://app@new/shop", sides)
    assert "geheim" not in text
    assert "the password was left out" in text
    assert yaml.safe_load(text)["verify"]["new"] == "postgresql://app@new/shop"
