"""The report as one self-contained HTML file: a pure function of the result document."""

from __future__ import annotations

import base64
import hashlib

import jinja2

from reports.document import Result
from reports.nightly.changes import Changes
from reports.page.limits import FULL, halved
from reports.page.view import Page, page_of

MOST_BYTES = 1_900_000

# Escaping is always on, whatever a template is called; a name that the view does not declare is an error.
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("reports", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


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


def render(name: str, **values: object) -> str:
    """Print a template. The content policy names style and script by digest, so that no other could ever run."""
    policy = (
        f"default-src 'none'; style-src '{_digest('page.css')}'; script-src '{_digest('page.js')}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return _TEMPLATES.get_template(name).render(**values, policy=policy)


def _digest(name: str) -> str:
    text = _TEMPLATES.get_template(name).render()
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
