from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page.jsonlines import is_json, lines_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            '{"a":1.10,"b":[1,2],"c":{}}',
            ["{", '  "a": 1.10,', '  "b": [', "    1,", "    2", "  ],", '  "c": {}', "}"],
        ),
        ("[]", ["[]"]),
        ('{"t":"a{b,c:[d"}', ["{", '  "t": "a{b,c:[d"', "}"]),
        (r'{"q":"say \"no\","}', ["{", r'  "q": "say \"no\","', "}"]),
        ('{"a": [{"b": "cut he', ["{", '  "a": [', "    {", '      "b": "cut he']),
        ("{oops here}", ["{", "  oops here", "}"]),
        ("}}]", ["}}]"]),
        ('{}}}{"a":1}', ["{}", "}", "}{", '  "a": 1', "}"]),
        ("plain\ntext\n", ["plain", "text", ""]),
        ("line\r\nend", ["line\r", "end"]),
        ("", []),
        ("  \n", ["  ", ""]),
    ],
)
def test_lines(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


@given(st.lists(VALUES, max_size=4) | st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_layout_changes_nothing_but_white_space(value: object) -> None:
    lines = lines_of(json.dumps(value, ensure_ascii=False).replace("\n", ""))
    assert json.loads("\n".join(lines)) == value
    assert lines == json.dumps(value, ensure_ascii=False, indent=2).split("\n")


@given(st.text(alphabet='{}[],:"\\ a1\n', max_size=60))
def test_anything_gets_lines(text: str) -> None:
    kept = "".join("".join(lines_of(text)).split())
    assert kept == "".join(text.split())


@pytest.mark.parametrize(("text", "told"), [(' {"a"', True), ("[", True), ("", False), ("a{", False)])
def test_is_json(text: str, told: bool) -> None:
    assert is_json(text) is told
