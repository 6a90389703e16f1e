from __future__ import annotations

from xml.etree.ElementTree import fromstring

from reports.document import Result
from reports.formats.junit import render_junit


def test_statuses_as_ci_systems_must_read_them(document: Result) -> None:
    root = fromstring(render_junit(document).encode())
    kinds = {}
    for case in root.iter("testcase"):
        kinds[case.get("classname")] = [child.tag for child in case if child.tag != "properties"]
    assert kinds == {
        "shadow.gate.data": ["error"],
        "shadow.gate.parity": ["failure"],
        "shadow.gate.error_rate": ["error"],
        "shadow.gate.latency": ["skipped"],
        "shadow.gate.load": ["system-out"],
        "shadow.gate.coverage": ["system-out"],
    }
    assert root.attrib == {"name": "shadow gate", "tests": "6", "failures": "1", "errors": "2", "skipped": "1"}


def test_suites_add_up(document: Result) -> None:
    root = fromstring(render_junit(document).encode())
    for name in ("tests", "failures", "errors", "skipped"):
        assert sum(int(suite.get(name, "")) for suite in root.iter("testsuite")) == int(root.get(name, ""))
    for suite in root.iter("testsuite"):
        assert len(suite.findall("testcase")) == int(suite.get("tests", ""))
        assert next(child.tag for child in suite) == "properties"


def test_what_xml_cannot_hold_is_replaced_and_the_rest_escaped(document: Result, nasty: str) -> None:
    text = render_junit(document)
    assert "\x00" not in text and "<script>" not in text
    names = [case.get("name") for case in fromstring(text.encode()).iter("testcase")]
    # A line end in an attribute may become a space.
    assert nasty.replace("\x00", "\ufffd") in [(name or "") for name in names]


def test_a_dry_run_and_a_waiver_say_so(document: Result) -> None:
    text = render_junit(document)
    assert "dry run, inconclusive: No replay." in text
    assert 'message="waiver w-1: Waived by ada' in text


def test_nothing_asked_is_an_error_not_an_empty_green_file(empty: Result) -> None:
    root = fromstring(render_junit(empty).encode())
    assert (root.get("tests"), root.get("errors")) == ("1", "1")
    assert [case.find("error") is not None for case in root.iter("testcase")] == [True]
