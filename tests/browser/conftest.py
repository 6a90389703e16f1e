"""A real headless Chromium, driven by Playwright, for the pages that people read."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from reports.document import Result
from reports.html import render_html

sys.path.insert(0, str(Path(__file__).parents[1] / "reports" / "page"))

FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser. Not for the session: while Playwright is there an event loop runs in this thread, and no other
    test could start one."""
    program = _chromium()
    if program is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()


class Opened:
    """A page opened from disk, with what its console said and what it asked of the network."""

    def __init__(self, browser: Browser, path: Path, fragment: str = "", **settings: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, **settings)
        self.context.set_offline(True)
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"pageerror: {error}"))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.url = path.as_uri()
        self.page.goto(self.url + fragment)

    def bottom(self, selector: str) -> float:
        """How far down, in pixels from the top of the document, the lowest of the matching elements ends."""
        return float(
            self.page.evaluate(
                "selector => Math.max(...[...document.querySelectorAll(selector)]"
                ".map(each => each.getBoundingClientRect().bottom + scrollY))",
                selector,
            )
        )


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Write the page of a document and open it; whatever it says on the console or fetches fails the test."""
    opened: list[Opened] = []

    def start(result: Result, fragment: str = "", **settings: Any) -> Opened:
        path = tmp_path / f"report-{len(opened)}.html"
        path.write_text(render_html(result), encoding="utf-8")
        opened.append(Opened(browser, path, fragment, **settings))
        return opened[-1]

    yield start
    for each in opened:
        said, asked, own = each.said, [url for url in each.asked if not url.startswith(each.url)], each.url
        each.context.close()
        assert said == [], f"{own} said something on the console"
        assert asked == [], f"{own} asked the network"
