from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.config.document import Expanded, parse_document, render_path, scalar_of, shown
from shadow.errors import ConfigError


def parsed(text: str):
    return parse_document(text, "f.yaml", lambda written: written.replace("${X}", "7"))


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("010", 10),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2026-01-31", "2026-01-31"),
        ("1_000", "1_000"),
        ("5s", "5s"),
    ],
)
def test_plain_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    assert scalar_of(text) == value
    assert type(scalar_of(text)) is type(value)
    assert parsed(f"a: {text}").value == {"a": value}


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e999", "9" * 5000])
def test_numbers_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        scalar_of(text)
    assert refused(f"x: 1\na: {text}").startswith("f.yaml:2: a: ")


def test_every_value_has_its_line_and_its_text() -> None:
    document = parsed("# comment\na:\n  b: [1,\n    two]\nc: |\n  text\n  more\n")
    assert document.value == {"a": {"b": [1, "two"]}, "c": "text\nmore\n"}
    lines = {render_path(path): line for path, line in document.lines.items()}
    assert lines == {"": 2, "a": 2, "a.b": 3, "a.b[0]": 3, "a.b[1]": 4, "c": 5}
    assert document.written[("a", "b", 0)] == "1"
    assert document.line_of(("a", "zzz", 4)) == 2


def test_quoted_scalars_are_text_and_variables_stay_open() -> None:
    value = parsed("a: '5'\nb: ${X}\nc: \"${X}\"").value
    assert value == {"a": "5", "b": "7", "c": "7"}
    assert [type(one) for one in value.values()] == [str, Expanded, Expanded]


@pytest.mark.parametrize(
    ("text", "start", "part"),
    [
        ("", "f.yaml: is empty.", "shadow config init"),
        ("# only a comment\n", "f.yaml: is empty.", ""),
        ("null\n", "f.yaml: is empty.", ""),
        ("\n- a\n", "f.yaml:2: the top level is not a mapping", ""),
        ("text", "f.yaml:1: the top level is not a mapping", ""),
        ("a:\n\tb: 1\n", "f.yaml:2: a tab is used for indentation.", "spaces"),
        ("a: 1\nb: [1\n", "f.yaml:", "is not valid YAML"),
        ("a: 1\n b: 2\n", "f.yaml:2: is not valid YAML", ""),
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3: 'a' is given twice, first on line 1.", "Keep one"),
        ("a: {x: 1, x: 2}", "f.yaml:1: a: 'x' is given twice", ""),
        ("a: 1\n? [b]\n: 2\n", "f.yaml:2: a key has to be a plain word.", ""),
        ("a: !!python/name:os.system x", "f.yaml:1: a: the tag 'tag:yaml.org,2002:python/name:os.system'", "Remove"),
        ("a: !secret x", "f.yaml:1: a: the tag '!secret' is not allowed.", ""),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: is not valid YAML", ""),
        ("a: 1\nb: \x00", "f.yaml:2: contains a character that YAML does not allow.", "Remove"),
        ("a: &x [*x]", "f.yaml:1: is nested or repeated", "aliases"),
        ("a: * /static/*", "f.yaml:1: is not valid YAML", "Quote a value that begins with `*`"),
        ("b: 1\na: [${X}]", "f.yaml:2: is not valid YAML", "quote a variable"),
        ('"\x85', "f.yaml:2: is not valid YAML", ""),
        ("a: *missing", "f.yaml:1: is not valid YAML", ""),
        ("[" * 3000, "f.yaml", ""),
        ("a: " + "[" * 60 + "]" * 60, "f.yaml:1: is nested", ""),
    ],
)
def test_refusals(text: str, start: str, part: str) -> None:
    said = refused(text)
    assert said.startswith(start)
    assert part in said


def test_aliases_cannot_explode() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "is nested or repeated" in refused("\n".join(lines))


def test_one_alias_is_fine() -> None:
    assert parsed("a: &x {u: 1}\nb: *x\n").value == {"a": {"u": 1}, "b": {"u": 1}}


@given(st.text(max_size=80))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        assert isinstance(parsed(text).value, dict)
    except ConfigError as error:
        assert str(error).startswith("f.yaml")


@pytest.mark.parametrize(("limit", "text"), [(5, "'abcde'"), (4, "'abc…'")])
def test_shown_is_bounded(limit: int, text: str) -> None:
    assert shown("abcde", limit) == text


def test_a_message_never_spans_lines() -> None:
    assert shown("a\nb") == "'a\\nb'"
