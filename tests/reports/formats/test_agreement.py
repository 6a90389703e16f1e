"""All renderings of one document say the same, number for number."""

from __future__ import annotations

import json
from xml.etree.ElementTree import fromstring

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reports.document import Result
from reports.formats.junit import render_junit
from reports.formats.markdown import render_markdown
from reports.formats.prometheus import render_prometheus
from reports.formats.sarif import render_sarif
from reports.headline import title_of
from reports.html import render_html
from reports.render import cells, render_json, render_plain, render_terminal

NUMBERS = ("required", "observed", "bound", "n", "needed", "e_value", "blocks")

Numbers = dict[tuple[str, str], float | None]


def of_json(document: Result) -> Numbers:
    rows = json.loads(render_json(document))["criteria"]
    return {(row["name"], name): row[name] for row in rows for name in NUMBERS}


def of_junit(document: Result) -> Numbers:
    found: Numbers = {}
    for case in fromstring(render_junit(document).encode()).iter("testcase"):
        held = {one.get("name"): one.get("value") for one in case.iter("property")}
        name = (case.get("classname") or "").removeprefix("shadow.gate.")
        for key in NUMBERS:
            value = held.get(key)
            found[name, key] = None if value is None else float(value)
    return found


def of_sarif(document: Result) -> Numbers:
    rows = json.loads(render_sarif(document))["runs"][0]["results"]
    return {(row["ruleId"], name): row["properties"].get(name) for row in rows for name in NUMBERS}


def of_prometheus(document: Result) -> Numbers:
    found: Numbers = {(row.name, name): None for row in document.criteria for name in NUMBERS}
    for family in text_string_to_metric_families(render_prometheus(document)):
        name = family.name.removeprefix("shadow_gate_criterion_")
        for sample in family.samples:
            if name in NUMBERS:
                found[sample.labels["criterion"], name] = sample.value
    return found


@pytest.mark.parametrize("render", [of_junit, of_sarif, of_prometheus])
def test_machine_formats_hold_every_number_of_the_document(document: Result, render) -> None:
    assert render(document) == of_json(document)


def test_statuses_agree(document: Result) -> None:
    told = {row.name: str(row.status) for row in document.criteria}
    sarif = json.loads(render_sarif(document))["runs"][0]["results"]
    assert {row["ruleId"]: row["properties"]["status"] for row in sarif} == told
    cases = fromstring(render_junit(document).encode()).iter("testcase")
    assert {
        (case.get("classname") or "").removeprefix("shadow.gate."): next(
            one.get("value") for one in case.iter("property") if one.get("name") == "status"
        )
        for case in cases
    } == told


@pytest.mark.parametrize("render", [render_plain, render_markdown, lambda document: render_terminal(document, 300)])
def test_people_read_the_same_figures_everywhere(document: Result, render) -> None:
    text = render(document)
    for row in document.criteria:
        if row.name == "parity":
            continue  # its scope is spoilt on purpose
        _, _, *figures = cells(row)
        for figure in figures:
            assert figure in text, (title_of(row), figure)


def test_the_page_shows_them_too(document: Result) -> None:
    page = render_html(document).replace("\u202f", " ")
    for figure in ("1.50×", "1.61×", "1.23 %", "348"):
        assert figure in page
