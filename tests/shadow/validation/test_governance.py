from __future__ import annotations

import msgspec
import pytest

from shadow.compare.rules import compile_rules
from shadow.config.model import Redact, Rule
from shadow.records import Kind
from shadow.validation.governance import redact_problems, rule_problems, unordered_problems

RULE = Rule(
    id="r1",
    endpoint="GET /x",
    path="body:$.a",
    owner="ann",
    reason="agreed",
    created="2026-01-01",
    expires="2026-06-01",
)


def faults(*rules: Rule) -> list[str]:
    return [f"{'.'.join(map(str, one.path))}: {one.message} {one.remedy}" for one in rule_problems(rules)]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"endpoint": "*"},
        {"path": "header:etag"},
        {"path": "status", "what": "expect", "values": {"200": "201"}},
        {"what": "expect", "happens": "sometimes"},
        {"what": "rename", "to": "b"},
        {"what": "map", "values": {"1": "2"}, "ticket": "A-1"},
        {"path": "$.**.price"},
        {"kinds": tuple(str(kind) for kind in Kind if kind not in ("compare_error", "timing"))},
        {"what": "tolerate", "absolute": 0.1},
        {"what": "tolerate", "relative": 0.1},
        {"what": "tolerate", "seconds": 1.0},
        {"expires": "2026-01-01"},
        {"endpoint": "GET _other"},
        {"endpoint": "* /a/*"},
    ],
)
def test_sound_rules(change: dict[str, object]) -> None:
    assert faults(msgspec.structs.replace(RULE, **change)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"id": " "}, "compare.rules.0.id: is empty."),
        ({"owner": ""}, "compare.rules.0.owner: is empty."),
        ({"reason": ""}, "compare.rules.0.reason: is empty."),
        ({"path": ""}, "compare.rules.0.path: is not a path: '' begins with none of"),
        ({"path": "body:$.a["}, "compare.rules.0.path: is not a path: "),
        ({"path": "body:$.**"}, "compare.rules.0.path: covers everything. Name at least one key in it"),
        ({"endpoint": "GET x"}, "compare.rules.0.endpoint: cannot be read: a path template starts with /."),
        (
            {"kinds": ("value", "valeu")},
            "compare.rules.0.kinds.1: is not a kind of difference. Did you mean 'value'?",
        ),
        ({"what": "tolerate"}, "compare.rules.0: tolerates nothing"),
        ({"absolute": 1.0}, "compare.rules.0: ignores the difference whole"),
        ({"created": "1.1.2026"}, "compare.rules.0.created: is not a date."),
        ({"created": "20260101"}, "compare.rules.0.created: is not a date."),
        ({"expires": "2026-02-30"}, "compare.rules.0.expires: is not a date."),
        ({"expires": "2025-12-31"}, "compare.rules.0.expires: is before `created` (2026-01-01)"),
        ({"expires": "9999-12-31"}, "compare.rules.0.expires: is not a date."),
        ({"kinds": ("timing",)}, "compare.rules.0.kinds.0: is not a kind of difference."),
        ({"endpoint": "GETT _other"}, "compare.rules.0.endpoint: 'GETT' is not a method."),
    ],
)
def test_rules_that_contradict_themselves(change: dict[str, object], fault: str) -> None:
    found = faults(msgspec.structs.replace(RULE, **change))
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_ids_are_unique() -> None:
    other = msgspec.structs.replace(RULE, id="r2")
    assert faults(RULE, other) == []
    assert faults(RULE, other, RULE)[0].startswith("compare.rules.2.id: is also the id of compare.rules[0].")


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("[", "is not a regular expression: unterminated character set"),
        ("a{99999999999}", "is not a regular expression"),
        (".*", "matches the empty text"),
        ("", "matches the empty text"),
        ("a|", "matches the empty text"),
        ("a+", None),
        (r"\d{3}-\d{4}", None),
    ],
)
def test_patterns(pattern: str, fault: str | None) -> None:
    found = list(redact_problems(Redact(patterns=("x", pattern))))
    if fault is None:
        assert found == []
    else:
        assert found[0].path == ("redact", "patterns", 1)
        assert found[0].message.startswith(fault)


@pytest.mark.parametrize(("text", "sound"), [("$.items", True), ("$.**", True), ("items", False), ("$.a b", False)])
def test_paths_of_lists_and_of_secrets(text: str, sound: bool) -> None:
    unordered = [one.path for one in unordered_problems(("$.a", text))]
    redacted = [one.path for one in redact_problems(Redact(paths=("$.a", text)))]
    assert unordered == ([] if sound else [("compare", "unordered", 1)])
    assert redacted == ([] if sound else [("redact", "paths", 1)])


@pytest.mark.parametrize(
    "change", [{}, {"endpoint": "GET _other"}, {"expires": "2026-01-01"}, {"path": "$.**.price"}]
)
def test_what_is_sound_here_can_be_compiled(change: dict[str, object]) -> None:
    assert len(compile_rules([msgspec.structs.replace(RULE, **change)])) == 1
