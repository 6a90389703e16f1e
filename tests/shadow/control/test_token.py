"""The token: made once, kept to its owner, never replaced behind anyone's back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shadow.config.model import Config, Control, Ledger, Primary, ShadowLeg
from shadow.control.token import load_token, read_token, token_path
from shadow.errors import EnvironmentFailure


def config(tmp_path: Path, token: str = "") -> Config:
    return Config(
        primary=Primary(url="http://127.0.0.1:9001"), candidate=ShadowLeg(url="http://127.0.0.1:9002"),
        ledger=Ledger(path=str(tmp_path / "deep" / "ledger.db")), control=Control(token=token),
    )  # fmt: skip


def test_the_configured_one_needs_no_file(tmp_path: Path) -> None:
    settings = config(tmp_path, "0123456789abcdef")
    assert load_token(settings) == read_token(settings) == "0123456789abcdef"
    assert list(tmp_path.iterdir()) == []


def test_made_once_for_its_owner(tmp_path: Path) -> None:
    settings = config(tmp_path)
    before = os.umask(0)
    try:
        token = load_token(settings)
    finally:
        os.umask(before)
    path = token_path(settings)
    assert path == tmp_path / "deep" / "ledger.db.token"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (len(token), load_token(settings), read_token(settings)) == (64, token, token)
    assert [each.name for each in path.parent.iterdir()] == ["ledger.db.token"]
    assert load_token(config(tmp_path / "other")) != token


def test_asking_makes_none(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure, match=r"there is no token at .*ledger\.db\.token"):
        read_token(config(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("text", "mode", "words"), [("t", 0o640, "read by others"), ("t", 0o604, "read by others"),
                                                     (" \n", 0o600, "is empty")])  # fmt: skip
def test_one_that_is_no_secret(tmp_path: Path, text: str, mode: int, words: str) -> None:
    settings = config(tmp_path)
    token_path(settings).parent.mkdir()
    token_path(settings).write_text(text)
    token_path(settings).chmod(mode)
    for ask in (load_token, read_token):
        with pytest.raises(EnvironmentFailure, match=words):
            ask(settings)
    assert token_path(settings).read_text() == text


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "deep").write_text("")
    with pytest.raises(EnvironmentFailure, match="cannot be used"):
        load_token(config(tmp_path))
