from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from reports.document import Result
from reports.headline import title_of
from reports.render import render_json, render_plain, render_terminal
from shadow.records import Outcome

GOOD = {"GET /a": {Outcome.match: 4000}}
BAD = GOOD | {"GET /b": {Outcome.match: 1000, Outcome.mismatch: 1000}}


def test_json_is_the_document(judged: Callable[..., Result]) -> None:
    result = judged(BAD)
    text = render_json(result)
    assert msgspec.json.decode(text, type=Result) == result
    assert text.startswith('{\n  "schema_version": 3,\n  "identity": {\n    "primary_build": "old-1",\n')
    assert text.endswith("}\n")


def test_plain_lines(judged: Callable[..., Result]) -> None:
    lines = render_plain(judged(GOOD)).splitlines()
    assert lines[0].split() == ["status", "criterion", "required", "observed", "bound", "n", "needed"]
    assert lines[1:7] == [
        "pass    latency of GET /a     ≤ 1.20×    1.00×     1.05×    4,000  –",
        "pass    completeness          ≤ 1.00 %   0.00 %    –        4,000  –",
        "pass    coverage              ≥ 1        1         –        4,000  –",
        "pass    error rate            ≤ 0.50 %   0.00 %    0.08 %   4,000  –",
        "pass    error rate of GET /a  ≤ 0.50 %   0.00 %    0.08 %   4,000  –",
        "pass    parity                ≥ 99.90 %  100.00 %  99.92 %  4,000  –",
    ]
    assert lines[-1].startswith("GO: 7 criteria passed.")


def test_reasons_follow_the_headline_once(judged: Callable[..., Result]) -> None:
    result = judged(GOOD | {"GET /b": {Outcome.mismatch: 1}}, expected=("GET /a",), accepted_total=4002)
    text = render_plain(result)
    assert [reason.split(":")[0] for reason in result.reasons] == ["completeness", "parity of GET /b", "parity"]
    for reason in result.reasons:
        assert text.count(reason) == 1
    assert "\nERROR: completeness: The sum does not hold" in text
    assert text.endswith(f"  - {result.reasons[2]}\n")


def test_a_terminal_gets_the_same_words_in_colour(judged: Callable[..., Result]) -> None:
    result = judged(BAD)
    coloured = render_terminal(result, 200)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert coloured != plain
    for row in result.criteria:
        assert title_of(row) in plain and f"{row.n:,}" in plain
    assert " ".join(result.headline.split()) in " ".join(plain.split())


def test_many_rows_that_pass_are_summed_up_and_the_others_all_stand(judged: Callable[..., Result]) -> None:
    many = {f"GET /{number}": {Outcome.match: 4000} for number in range(30)} | {"GET /bad": {Outcome.mismatch: 9}}
    result = judged(many)
    for text in (render_plain(result), render_terminal(result, 200)):
        assert "parity of GET /bad" in text and "latency of GET /bad" in text
        assert "parity of GET /7" not in text and "completeness" in text
        assert "and 90 more that pass, one by one; --json lists them" in text


def test_markup_in_the_evidence_is_text(judged: Callable[..., Result]) -> None:
    hostile = judged({"GET /[bold]x[/bold]": {Outcome.match: 5}})
    assert "[bold]x[/bold]" in render_terminal(hostile, 200)
