"""Bodies are decoded once."""

from __future__ import annotations

import gzip

import pytest

from shadow.bodies.decode import TooLargeError, decode
from shadow.compare import opened
from shadow.compare.opened import Opener
from shadow.records import ResponseCopy


def test_once_for_each_answer(monkeypatch) -> None:
    """The same answer again costs nothing; an equal one is another."""
    asked: list[bytes] = []
    monkeypatch.setattr(opened, "decode", lambda *given: asked.append(given[1]) or decode(*given))
    answers = [
        ResponseCopy(status=200, headers=((b"content-encoding", b"gzip"),), body=gzip.compress(b"[1]")) for _ in "ab"
    ]
    opener = Opener(1000)
    assert opener.open(answers[0]) is opener.open(answers[0])
    assert opener.open(answers[0]).document.value() == [1]
    assert opener.open(answers[1]).body.data == b"[1]"
    assert len(asked) == 2


def test_the_limit_holds() -> None:
    """What is too large is refused each time."""
    opener, answer = Opener(2), ResponseCopy(status=200, body=b"abc")
    for _ in range(2):
        with pytest.raises(TooLargeError):
            opener.open(answer)
