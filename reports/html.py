"""The report as one self-contained HTML file: a pure function of the result document."""

from __future__ import annotations

from reports.document import Result
from reports.earlier.changes import Changes
from reports.page.limits import FULL, halved
from reports.page.view import Page, page_of
from reports.template import render

MOST_BYTES = 1_900_000


def render_html(result: Result, changes: Changes | None = None, bulk: str = "") -> str:
    """The page of a result document: UTF-8 text below 2 MB, without network access. Same document, same bytes.

    `bulk` is the name of the file beside it that holds all examples, empty where there is none. Lists are cut and say
    so; where long texts would still make the page too large, they are cut further.
    """
    limits = FULL
    while True:
        text = render_page(page_of(result, limits, changes, bulk))
        if len(text.encode()) < MOST_BYTES or limits == halved(limits):
            return text
        limits = halved(limits)


def render_page(page: Page) -> str:
    """Print a view."""
    return render("page.html", page=page)
