"""Logs: one line for one event, whatever is in it, and never a flood."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.logs import BURST, Limiter, set_up


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, as it was afterwards."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_json(root: logging.Logger) -> None:
    out = io.StringIO()
    assert set_up(None, "keeper 0", out) == "json"  # no terminal
    logging.getLogger("shadow.keeper").warning("cannot write %s\nat %d", "a\u00e9", 7)
    (line,) = out.getvalue().splitlines()
    told = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told.pop("at"))
    assert told == {
        "level": "warning", "process": "keeper 0", "logger": "shadow.keeper", "message": "cannot write a\u00e9\nat 7",
    }


def test_console_lines_cannot_be_forged(root: logging.Logger) -> None:
    out = io.StringIO()
    assert set_up("console", "keeper 0", out) == "console"
    logging.getLogger("shadow.mirror").info("to %s", "x\n12:00:00 shadow.mirror: all is well\x1b[2J")
    (line,) = out.getvalue().splitlines()
    assert line[8:] == r" shadow.mirror: to x\n12:00:00 shadow.mirror: all is well\x1b[2J"
    logging.getLogger("shadow.mirror").error("no")
    assert out.getvalue().splitlines()[1][8:] == " shadow.mirror: error: no"


def test_a_traceback_is_kept(root: logging.Logger) -> None:
    out = io.StringIO()
    set_up("json", "keeper 0", out)
    try:
        raise ValueError("boom")
    except ValueError:
        logging.getLogger("shadow.control").exception("failed")
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["traceback"].endswith("ValueError: boom")


def test_a_flood_is_held_back_and_told_of(root: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("shadow.logs.time.monotonic", lambda: now[0])
    out = io.StringIO()
    set_up("json", "sender 0", out)
    log = logging.getLogger("shadow.sender")
    for n in range(1000):
        log.warning("lost %d", n)
    log.warning("something else")
    now[0] += 11
    log.warning("lost %d", 1000)
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(t["message"], t.get("held_back", 0)) for t in told] == [
        *((f"lost {n}", 0) for n in range(BURST)), ("something else", 0), ("lost 1000", 1000 - BURST),
    ]


def test_the_other_library_s_words_are_not_ours(root: logging.Logger) -> None:
    out = io.StringIO()
    set_up("json", "keeper 0", out)
    logging.getLogger("aiohttp.server").error("Error handling request from a stranger")
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    ("events", "admitted"),
    [
        ([0, 0], [0, 0]),
        ([0, 0, 0], [0, 0, None]),
        ([0, 0, 0, 9.9, 10], [0, 0, None, None, 2]),
        ([0, 0, 0, 10, 10, 10], [0, 0, None, 1, 0, None]),
        ([0, 5, 9, 11], [0, 0, None, 1]),
    ],
)
def test_limiter(events: list[float], admitted: list[int | None]) -> None:
    limiter = Limiter(burst=2, window_s=10)
    assert [limiter.admit("k", at) for at in events] == admitted


def test_keys_do_not_disturb_each_other_and_do_not_pile_up() -> None:
    limiter = Limiter(burst=1, window_s=10, most_keys=2)
    assert [limiter.admit(k, 0) for k in ("a", "b", "a", "b")] == [0, 0, None, None]
    assert limiter.admit("c", 0) == 0  # `a` is forgotten
    assert limiter.admit("b", 0) is None
    assert limiter.admit("a", 0) == 0


@given(st.lists(st.floats(0, 100), max_size=60).map(sorted))
def test_nothing_is_lost_from_the_count(times: list[float]) -> None:
    limiter = Limiter(burst=3, window_s=10)
    answers = [limiter.admit("k", at) for at in times]
    tail = next((i for i, a in enumerate(reversed(answers)) if a is not None), len(answers))
    assert sum(1 + a for a in answers if a is not None) + tail == len(times)


def test_the_command_chooses(tmp_path) -> None:
    for chosen, is_json in (("json", True), ("console", False)):
        done = subprocess.run(
            [sys.executable, "-c", f"from shadow.logs import set_up; import logging; set_up({chosen!r}, 'p');"
             "logging.getLogger('x').info('hi')"], capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr.startswith("{") is is_json
        assert done.stdout == ""
