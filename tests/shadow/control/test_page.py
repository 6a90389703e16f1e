"""The live report is rendered beside the keeper, never in it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from shadow.config.model import Config, Ledger, Primary, ShadowLeg
from shadow.control import render
from shadow.control.page import LivePage
from shadow.errors import EnvironmentFailure
from shadow.ledger.writer import LedgerWriter


def config(tmp_path: Path) -> Config:
    return Config(
        primary=Primary(url="http://127.0.0.1:9001"), candidate=ShadowLeg(url="http://127.0.0.1:9002"),
        ledger=Ledger(path=str(tmp_path / "ledger.db")),
    )  # fmt: skip


def with_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    (tmp_path / "stand_in.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    return "stand_in"


def test_the_page_of_a_ledger_that_is_being_written(tmp_path: Path) -> None:
    settings = config(tmp_path)
    with LedgerWriter.open(tmp_path / "ledger.db", settings.ledger, "key-1") as writer:
        writer.claim()
        page = asyncio.run(LivePage(lambda: settings).html())
    assert page.startswith(b"<!doctype html>")
    assert page.rstrip().endswith(b"</html>")


def test_without_a_ledger_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure) as told:
        asyncio.run(LivePage(lambda: config(tmp_path)).html())
    assert "ledger.db" in told.value.message
    assert "Traceback" not in told.value.message
    assert told.value.remedy == "Try `shadow report` with the same configuration."


def test_without_a_renderer_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = "no_such_room:render"
    monkeypatch.setattr(render, "RENDER", found)
    monkeypatch.setattr(os, "nice", lambda by: 0)

    class Input:
        class buffer:
            @staticmethod
            def read() -> bytes:
                return b'{"primary": {"url": "http://a"}, "candidate": {"url": "http://b"}}'

    monkeypatch.setattr(sys, "stdin", Input)
    assert render.main() == 1
    assert "the renderer is not installed (No module named 'no_such_room')" in capsys.readouterr().err


def test_one_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "pid"
    module = with_module(
        tmp_path, monkeypatch,
        f"import os, time, pathlib\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(100)",
    )  # fmt: skip

    async def scenario() -> None:
        with pytest.raises(EnvironmentFailure, match=r"not rendered within 0\.5 s"):
            await LivePage(lambda: config(tmp_path), deadline_s=0.5, module=module).html()

    began = time.monotonic()
    asyncio.run(scenario())
    assert time.monotonic() - began < 20
    if mark.exists():
        assert not Path(f"/proc/{mark.read_text()}").exists()


def test_who_asks_meanwhile_gets_the_same_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = tmp_path / "runs"
    module = with_module(
        tmp_path, monkeypatch, f"open({str(runs)!r}, 'a').write('x')\nimport sys; sys.stdin.read()\nprint('page')"
    )  # fmt: skip

    async def scenario() -> None:
        page = LivePage(lambda: config(tmp_path), module=module)
        first = asyncio.create_task(page.html())
        others = [asyncio.create_task(page.html()) for _ in range(5)]
        await asyncio.sleep(0)
        first.cancel()  # the client who began it leaves
        assert await asyncio.gather(*others) == [b"page\n"] * 5
        assert runs.read_text() == "x"
        assert await page.html() == b"page\n"
        assert runs.read_text() == "xx"

    asyncio.run(scenario())


def test_one_that_dies_tells_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = with_module(tmp_path, monkeypatch, "import sys; sys.exit('no\\nroom')")
    with pytest.raises(EnvironmentFailure, match="cannot be rendered: no room"):
        asyncio.run(LivePage(lambda: config(tmp_path), module=module).html())


def test_closing_ends_what_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = with_module(tmp_path, monkeypatch, "import time; time.sleep(100)")

    async def scenario() -> None:
        page = LivePage(lambda: config(tmp_path), module=module)
        asking = asyncio.create_task(page.html())
        await asyncio.sleep(0.05)
        await page.close()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(asyncio.wait_for(scenario(), 20))
