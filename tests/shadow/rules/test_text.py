"""Rules files are changed in place: comments stay, and what is written says what was meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.config.model import Rule
from shadow.errors import ConfigError
from shadow.rules.text import rule_text, with_expiry, with_rule
from shadow.validation.load import parse_rules

RuleOf = Callable[..., Rule]
TODAY = date(2026, 3, 5)
FILE = """\
# Agreed differences. Ask ann before adding one.
rules:
  # prices, see FIN-7
  - id: price   # cents
    endpoint: GET /orders/{id}
    path: $.price
    owner: ann
    reason: rounding
    created: 2026-01-01
    expires: 2026-12-31   # end of the year
"""


def test_a_rule_is_added_at_the_end(rule: RuleOf) -> None:
    new = rule("n1", "$.note", what="tolerate", absolute=0.5, ticket="FIN-8", kinds=("value",))
    text = with_rule(FILE, new, "rules.yaml", {})
    assert text.startswith(FILE)
    assert parse_rules(text, "rules.yaml", {})[1] == new
    again = with_rule(text, rule("n2", '$["a: b"]', what="map", values={"1": "true", "x": '"1"'}), "rules.yaml", {})
    assert len(parse_rules(again, "rules.yaml", {})) == 3


@pytest.mark.parametrize(
    "text", ["", "\n", "rules: []\n", "rules:\n", "rules: [] # none yet\n", "# to come\nrules: []"]
)
def test_an_empty_file(rule: RuleOf, text: str) -> None:
    new = rule()
    changed = with_rule(text, new, "rules.yaml", {})
    assert parse_rules(changed, "rules.yaml", {}) == (new,)
    assert "# none yet" in changed or "none yet" not in text
    assert changed.startswith("# to come") or "to come" not in text


@pytest.mark.parametrize("text", ["rules: [{}]\n", "rules:\n- {id: a}\n"])
def test_a_file_that_is_wrong_is_named(rule: RuleOf, text: str) -> None:
    with pytest.raises(ConfigError, match=r"rules\.yaml:\d"):
        with_rule(text, rule(), "rules.yaml", {})


def test_a_file_in_a_style_that_cannot_be_added_to(rule: RuleOf) -> None:
    one = "{id: a, endpoint: '*', path: $.a, owner: o, reason: r, created: 2026-01-01, expires: 2026-12-31}"
    with pytest.raises(ConfigError, match="cannot be changed by a program") as raised:
        with_rule(f"rules: [{one}]\n", rule(), "rules.yaml", {})
    assert "- id: r1" in raised.value.remedy


def test_a_rule_that_is_wrong_is_no_matter_of_the_file(rule: RuleOf) -> None:
    with pytest.raises(ConfigError, match="covers everything"):
        with_rule(FILE, rule(path="$.**"), "rules.yaml", {})
    with pytest.raises(ConfigError, match="is also the id of"):
        with_rule(FILE, rule("price"), "rules.yaml", {})


def test_a_rule_is_ended() -> None:
    changed = with_expiry(FILE, "price", "rules.yaml", {}, TODAY)
    assert changed == FILE.replace("expires: 2026-12-31", "expires: 2026-03-04")
    with pytest.raises(ConfigError, match="expired on 2026-03-04 already"):
        with_expiry(changed, "price", "rules.yaml", {}, TODAY)
    with pytest.raises(ConfigError, match="no rule 'other'"):
        with_expiry(FILE, "other", "rules.yaml", {}, TODAY)
    with pytest.raises(ConfigError, match="was created today"):
        with_expiry(FILE, "price", "rules.yaml", {}, date(2026, 1, 1))


def test_only_the_rule_that_is_meant() -> None:
    second = FILE.split("rules:\n")[1].replace("price", "other")
    both = FILE + second
    changed = with_expiry(both, "other", "rules.yaml", {}, TODAY)
    assert changed.startswith(FILE) and "expires: 2026-03-04" in changed.removeprefix(FILE)
    quoted = FILE.replace("expires: 2026-12-31", 'expires: "2026-12-31"')
    assert 'expires: "2026-03-04"' in with_expiry(quoted, "price", "rules.yaml", {}, TODAY)


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), min_size=1, max_size=20
)


@pytest.mark.parametrize("ticket", ["0E0", "12", "1.5", "null", "~", "true", ".inf", "0x1F", "a: b", "#1", "- x", "no"])
def test_words_that_look_like_something_else(rule: RuleOf, ticket: str) -> None:
    new = rule(ticket=ticket)
    assert parse_rules("rules:\n" + rule_text(new), "rules.yaml", {}) == (new,)


@settings(max_examples=150, deadline=None)
@given(reason=WORDS, owner=WORDS, ticket=WORDS, values=st.dictionaries(WORDS, WORDS, max_size=3))
def test_any_words_survive(reason: str, owner: str, ticket: str, values: dict[str, str]) -> None:
    given_: dict[str, Any] = {"what": "map", "values": values} if values else {}
    rule = Rule(
        id="r", endpoint="*", path="$.a", owner=owner, reason=reason, created="2026-01-01", expires="2026-12-31",
        ticket=ticket, **given_,
    )  # fmt: skip
    if not owner.strip() or not reason.strip() or "${" in repr(rule):
        return
    assert parse_rules("rules:\n" + rule_text(rule), "rules.yaml", {}) == (rule,)
