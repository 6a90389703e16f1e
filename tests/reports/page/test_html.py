from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections import Counter
from enum import Enum
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import page_samples
import pytest

import reports
from reports import template
from reports.document import Criterion, Result
from reports.html import render_html, render_page
from reports.page.view import page_of
from shadow.records import CheckStatus

TEMPLATES = Path(reports.__file__).parent / "templates"
VOID = {"meta", "link", "br", "img", "input", "hr"}
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</title></style></script><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}{# gone #}",
    "javascript:alert(1)//-->]]>",
    "\x00\x1b[31m\u202e<b>\ud800",
    "&lt;script&gt;&#60;b&#62;&amp;",
)


class Seen(HTMLParser):
    """Elements with their attributes in document order, the text, and whether everything was closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), f"attribute twice in {tag}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(sorted(attrs))) for tag, attrs in self.elements]


def with_text(value: Any, text: str, anchor: str) -> Any:
    """The same record with every free text replaced; `anchor` goes into the fields that become ids and links."""
    if isinstance(value, msgspec.Struct):
        names = value.__struct_fields__
        return msgspec.structs.replace(
            value,
            **{
                name: anchor if name in ("anchor", "link") else with_text(getattr(value, name), text, anchor)
                for name in names
            },
        )
    if isinstance(value, tuple):
        return tuple(with_text(item, text, anchor) for item in value)
    return text if isinstance(value, str) and not isinstance(value, Enum) else value


@pytest.fixture(params=list(page_samples.ALL))
def document(request: pytest.FixtureRequest) -> Result:
    return page_samples.ALL[request.param]()


def test_same_document_gives_the_same_bytes(document: Result) -> None:
    again = msgspec.json.decode(msgspec.json.encode(document), type=Result)
    assert render_html(document) == render_html(again)


@pytest.mark.parametrize(
    ("name", "title", "word"),
    [
        ("go", "GO · orders-fastapi 1.0.0-rc7 · Shadow report", "GO"),
        ("no-go", "NO-GO · orders-fastapi 1.0.0-rc4 · Shadow report", "NO-GO"),
        ("not-yet", "NOT YET · orders-fastapi 1.0.0-rc4 · Shadow report", "NOT YET"),
        ("error", "ERROR · orders-fastapi 1.0.0-rc4 · Shadow report", "ERROR"),
        ("empty", "ERROR · unknown · Shadow report", "ERROR"),
    ],
)
def test_verdict_is_in_title_and_heading(name: str, title: str, word: str) -> None:
    text = render_html(page_samples.ALL[name]())
    assert f"<title>{title}</title>" in text
    assert f'<h1 id="verdict"><span class="word">{word}</span>' in text


def test_first_screen_holds_what_a_reviewer_asks() -> None:
    first = render_html(page_samples.no_go()).split('<section id="divergences"', 1)[0]
    text = " ".join(re.sub(r"<[^>]+>", " ", first).split())
    for said in (
        "5,002 accepted = 5,000 outcomes + 2 in flight ✓ the sum holds",
        "Primary orders-flask 3.8.2 Candidate orders-fastapi 1.0.0-rc4 Window 2025-11-21 13:00:00 – 13:30:34 UTC",
        "No approval is required; none recorded.",
        "Judged 2025-11-21 13:31:00 UTC Evidence sha256:3fa9c27710be… Settings sha256:8b21f0d9c447…",
    ):
        assert said in text, said
    assert "A build is unknown" in render_html(page_samples.not_yet())
    assert "A build is unknown" not in first


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_from_outside_is_inert(payload: str) -> None:
    base = page_samples.no_go()
    harmless = re.sub(r"[^\w\s(){}\[\]:,.]", "x", payload)
    hostile = Seen(render_html(with_text(base, payload, payload)))
    benign = Seen(render_html(with_text(base, harmless, payload)))
    assert hostile.shape == benign.shape
    assert Counter(tag for tag, _ in hostile.elements)["script"] == 1
    for tag, attrs in hostile.elements:
        assert not [name for name in attrs if name.startswith("on") or name in ("style", "src", "srcdoc", "action")]
        assert (attrs.get("href") or "#").startswith("#"), (tag, attrs)
    assert not hostile.open


def test_payload_is_shown_as_it_was() -> None:
    payload = PAYLOADS[0]
    text = "".join(Seen(render_html(with_text(page_samples.no_go(), payload, ""))).text)
    assert text.count(payload) > 100


def test_no_template_opens_a_door() -> None:
    assert template._TEMPLATES.autoescape is True
    assert template._TEMPLATES.undefined is jinja2.StrictUndefined
    for path in TEMPLATES.iterdir():
        source = path.read_text()
        for door in ("safe", "Markup", "autoescape", "xmlattr", "default("):
            assert not re.search(rf"\|\s*{re.escape(door)}|{{%\s*{re.escape(door)}", source), (path.name, door)


def test_page_needs_no_network_and_names_its_style_and_script(document: Result) -> None:
    text = render_html(document)
    policy = next(str(m["content"]) for m in Seen(text).all("meta") if "http-equiv" in m)
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        named = re.search(rf"{directive} 'sha256-([^']+)'", policy)
        assert inside and named
        assert hashlib.sha256(inside[1].encode()).digest() == b64decode(named[1])
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|url\((?!#)|@import""", text)


def test_document_is_well_formed_and_can_be_navigated(document: Result) -> None:
    seen = Seen(render_html(document))
    assert not seen.open
    ids = [attrs["id"] for _, attrs in seen.elements if "id" in attrs]
    assert [name for name, n in Counter(ids).items() if n > 1] == []
    for attrs in seen.all("a"):
        assert str(attrs["href"])[1:] in ids
    for _, attrs in seen.elements:
        if "aria-labelledby" in attrs:
            assert attrs["aria-labelledby"] in ids
    tags = Counter(tag for tag, _ in seen.elements)
    assert (tags["main"], tags["header"], tags["footer"], tags["nav"], tags["h1"]) == (1, 1, 1, 1, 1)
    assert tags["caption"] == tags["table"]
    levels = [int(tag[1]) for tag, _ in seen.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 2 for before, after in pairwise(levels)), levels
    assert seen.elements[0] == ("html", {"lang": "en"})
    for attrs in seen.all("svg"):
        assert attrs.get("aria-hidden") == "true" or (attrs["role"] == "img" and attrs["aria-label"])


def test_every_status_is_said_in_words() -> None:
    rows = tuple(Criterion(name="parity", scope=status.value, status=status) for status in CheckStatus)
    page = render_html(msgspec.structs.replace(page_samples.no_go(), criteria=rows))
    for word, symbol in (("Error", "!"), ("Fail", "✕"), ("Inconclusive", "?"), ("Waived", "~"), ("Pass", "✓")):
        assert f'<span class="sym" aria-hidden="true">{symbol}</span>{word}</span>' in page


class Spy:
    """A record that notes which of its fields a template asks for."""

    used: set[tuple[str, str]] = set()  # noqa: RUF012

    def __init__(self, record: msgspec.Struct) -> None:
        self._record = record

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._record, name)
        Spy.used.add((type(self._record).__name__, name))
        return spied(value)

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)


def spied(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return Spy(value)
    return tuple(spied(item) for item in value) if isinstance(value, tuple) else value


def records_in(value: Any) -> set[type[msgspec.Struct]]:
    if isinstance(value, msgspec.Struct):
        return {type(value)}.union(*(records_in(getattr(value, name)) for name in value.__struct_fields__))
    return set().union(*(records_in(item) for item in value)) if isinstance(value, tuple) else set()


def test_templates_use_every_field_of_the_view_and_no_other() -> None:
    Spy.used = set()
    found: set[type[msgspec.Struct]] = set()
    for make in page_samples.ALL.values():
        page = page_of(make())
        found |= records_in(page)
        assert render_page(spied(page)) == render_page(page)
    declared = {(kind.__name__, name) for kind in found for name in kind.__struct_fields__}
    # `weight` steers the budget of the page and is not printed.
    assert declared - Spy.used == {("ExampleView", "weight")}
    assert Spy.used <= declared
    assert len(found) > 20


def test_a_name_that_the_view_lacks_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="verdikt"):
        template._TEMPLATES.from_string("{{ page.verdikt }}").render(page=page_of(page_samples.empty()))
