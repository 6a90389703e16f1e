"""The report as a reviewer uses it: on a screen, on paper, with the keyboard, without JavaScript."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import page_samples
import pytest

from reports.document import Result

SAMPLES = tuple(page_samples.ALL.values())
FIRST_SCREEN = (".verdict", ".about", "#criteria > .scroll", "#evidence", "#worst", "#in-force", "#approval")
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</title></style></script><svg onload=alert(1)>",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.__name__))
def test_the_first_screen_holds_all_seven_blocks(sample: Callable[[], Result], open_report: Any) -> None:
    opened = open_report(sample())
    for block in FIRST_SCREEN:
        if opened.page.locator(block).count() or sample is not page_samples.empty:
            assert opened.bottom(block) <= 800, f"{block} ends below the first screen"
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize("sample", SAMPLES[:4], ids=lambda sample: str(sample.__name__))
def test_the_first_screen_is_the_first_sheet_of_paper(
    sample: Callable[[], Result], open_report: Any, tmp_path: Path
) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here (Debian: apt-get install poppler-utils)")
    opened = open_report(sample())
    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(opened.page.pdf(format="A4", print_background=True, prefer_css_page_size=True))
    first = subprocess.run(
        ["pdftotext", "-f", "1", "-l", "1", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    for heading in ("Criteria", "Evidence", "Worst divergences", "Hidden by", "Approval"):
        assert heading in first
    assert opened.page.locator(".verdict .word").inner_text() in first


def test_on_a_phone_the_reasons_are_read_without_moving_the_table(open_report: Any) -> None:
    page = open_report(page_samples.no_go()).page
    page.set_viewport_size({"width": 420, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    for reason in page.locator("#criteria > .scroll .reason").all():
        box = reason.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 420
        assert reason.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_the_filter_of_a_link_is_applied_and_typing_changes_the_link(open_report: Any) -> None:
    page = open_report(page_samples.no_go(), "#endpoints?q=orders&status=fail").page
    rows = page.locator("#endpoints tbody tr")
    shown = [row.inner_text() for row in rows.all() if row.is_visible()]
    assert shown and all("orders" in text and "Fail" in text for text in shown)
    assert len(shown) < rows.count()
    whole = len(page_samples.no_go().endpoints)
    assert page.locator("#endpoints .filter output").inner_text() == f"{len(shown)} of {whole} shown"
    page.locator("#endpoints input").fill("no endpoint is called so")
    assert not any(row.is_visible() for row in page.locator("#endpoints .endpoints tbody tr").all())
    assert "q=no+endpoint" in page.url
    page.locator("#endpoints input").press("Escape")
    assert all(row.is_visible() for row in page.locator("#endpoints .endpoints tbody tr").all())
    assert page.url.endswith("#endpoints")


def test_every_link_leads_somewhere_and_unfolds_it(open_report: Any) -> None:
    page = open_report(page_samples.no_go()).page
    targets = page.evaluate("[...document.links].map(link => link.getAttribute('href'))")
    assert targets
    for target in dict.fromkeys(targets):
        assert target.startswith("#")
        found = page.locator(f'[id="{target[1:]}"]')
        assert found.count() == 1, f"{target} leads nowhere"
    endpoint = next(target for target in targets if target.startswith("#endpoint-"))
    detail = page.locator(f'[id="{endpoint[1:]}"]')
    assert not detail.is_visible()
    page.evaluate("target => { location.hash = target }", endpoint)
    detail.wait_for(state="visible")


def test_keyboard(open_report: Any) -> None:
    page = open_report(page_samples.no_go()).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.closest('section').id") in ("divergences", "endpoints")
    page.keyboard.type("/x")
    assert page.evaluate("document.activeElement.value") == "/x"
    focusable = page.evaluate(
        "[...document.querySelectorAll('a, button, input, select, summary, [tabindex]')]"
        ".filter(each => each.checkVisibility() && each.tabIndex < 0).length"
    )
    assert focusable == 0


def test_copying_a_command(open_report: Any) -> None:
    opened = open_report(page_samples.no_go(), permissions=["clipboard-read", "clipboard-write"])
    block = opened.page.locator(".example[open] .curl").first
    if not block.is_visible():
        opened.page.locator(".example[open] summary").nth(1).click()
    block.locator("button").click()
    block.get_by_text("Copied").wait_for()
    copied = opened.page.evaluate("navigator.clipboard.readText()")
    assert copied == block.locator("code").text_content()
    assert copied.startswith("curl ")


def test_without_javascript_everything_is_there(open_report: Any) -> None:
    page = open_report(page_samples.no_go(), java_script_enabled=False).page
    assert page.locator(".verdict .word").inner_text() == "NO-GO"
    page.locator("#all-criteria").locator("xpath=ancestor::details").locator("summary").click()
    assert page.locator("#all-criteria tbody tr").count() == len(page_samples.no_go().criteria)
    assert page.locator(".filter, .curl button").count() == 0
    assert all(row.is_visible() for row in page.locator("#endpoints .endpoints tbody tr").all())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.__name__))
def test_contrast(sample: Callable[[], Result], scheme: str, open_report: Any) -> None:
    """WCAG 2.2, 1.4.3: 4.5 for text, 3 for large text; measured on what the browser computed."""
    page = open_report(sample(), color_scheme=scheme).page
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    thin = page.evaluate(CONTRAST)
    assert thin == []


def _with(value: Any, text: str) -> Any:
    """The same record with a payload in every free text."""
    if isinstance(value, msgspec.Struct):
        return type(value)(**{name: _with(getattr(value, name), text) for name in value.__struct_fields__})
    if isinstance(value, tuple):
        return tuple(_with(each, text) for each in value)
    return text if type(value) is str else value


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_was_recorded_is_text_and_nothing_else(payload: str, open_report: Any) -> None:
    plain = page_samples.no_go()
    page = open_report(_with(plain, payload)).page
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.locator("img, iframe, object, embed, form:not(.filter)").count() == 0
    assert page.locator("script").count() == 1
    assert page.locator("[onload], [onerror], [onfocus]").count() == 0
    assert payload in page.locator("main").inner_text().replace("\\u2009", " ")
