# ruff: noqa: E501 - a table of whole messages
from __future__ import annotations

import pytest

from shadow.config.model import TablePair


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (
            "candidte:\n  url: x\n",
            "shadow.yaml:5: 'candidte' is not a known key of shadow.yaml. Did you mean 'candidate'?",
        ),
        ("mirror:\n  listener: 2\n", "shadow.yaml:6: 'listener' is not a known key of mirror. Did you mean 'listeners'?"),
        ("out: 5\n", "shadow.yaml:5: out = '5': text was expected, not a whole number. Put it in quotes."),
        (
            "mirror:\n  listeners: '5'\n",
            "shadow.yaml:6: mirror.listeners = '5': a whole number was expected, not text. "
            "Write it without quotes and units.",
        ),
        ("mirror:\n  listeners: 2.0\n", "shadow.yaml:6: mirror.listeners = '2.0': a whole number was expected, not a number. Write a plain number."),
        ("mirror:\n  listeners: true\n", "shadow.yaml:6: mirror.listeners = 'true': a whole number was expected, not the word true. Write a plain number."),
        ("mirror:\n  listeners: 0\n", "shadow.yaml:6: mirror.listeners = '0': is out of range. It has to be at least 1."),
        ("mirror:\n  sample_ratio: 1.01\n", "shadow.yaml:6: mirror.sample_ratio = '1.01': is out of range. It has to be at least 0 and at most 1."),
        ("mirror:\n  idle_timeout_s: 0\n", "shadow.yaml:6: mirror.idle_timeout_s = '0': is out of range. It has to be greater than 0."),
        ("mirror:\n  drain_s: -1\n", "shadow.yaml:6: mirror.drain_s = '-1': is out of range. It has to be at least 0."),
        ("mirror:\n  drain_s: .nan\n", "shadow.yaml:6: mirror.drain_s: '.nan' is not a number that can be used. Write a finite number."),
        ("mirror:\n  drain_s: 1e300\n", "shadow.yaml:6: mirror.drain_s = '1e300': is out of range. It has to be below 2^53."),
        ("mirror:\n  tee_bytes: 64M\n", "shadow.yaml:6: mirror.tee_bytes = '64M': is not a size. Write bytes, or a size such as 64MiB or 1.5GB."),
        ("mirror:\n", "shadow.yaml:5: mirror: a mapping was expected, not nothing. Give it a value, or remove the key for its default."),
        ("mirror: [1]\n", "shadow.yaml:5: mirror: a mapping was expected, not a list. Write its keys on indented lines below it."),
        ("routes: {}\n", "shadow.yaml:5: routes: a list was expected, not a mapping. Begin every item with `- `, or write [a, b]."),
        ("routes:\n  - GET /x\n", "shadow.yaml:6: routes[0] = 'GET /x': a mapping was expected, not text. Write its keys on indented lines below it."),
        ("routes:\n  - mirror: safe\n", "shadow.yaml:6: routes[0]: the key 'endpoint' is missing. Add it."),
        (
            "routes:\n  - endpoint: GET /x\n    mirror: nevr\n",
            "shadow.yaml:7: routes[0].mirror = 'nevr': is not one of the words it can be. Did you mean 'never'? "
            "Valid: never, read_only, safe, writes.",
        ),
        ("secondary: {}\n", "shadow.yaml:5: secondary: the key 'url' is missing. Add it."),
    ],
)  # fmt: skip
def test_one_line_names_place_value_and_remedy(refusal, extra: str, said: str) -> None:
    assert refusal(extra) == said


def test_a_missing_leg_is_named(refusal) -> None:
    said = refusal(text="# none\nprimary:\n  url: http://old:1\n")
    assert said == "shadow.yaml:2: shadow.yaml lacks the key 'candidate'. Add it."


def test_an_unknown_key_without_a_near_one_lists_the_known(refusal) -> None:
    said = refusal("ledger:\n  qqqq: 1\n")
    assert (
        said
        == "shadow.yaml:6: 'qqqq' is not a known key of ledger. Known keys: path, block_s, examples, max_endpoints."
    )


def test_everything_is_read(accepted) -> None:
    config = accepted(
        "mirror: {tee_bytes: 2MiB, listeners: 3, sample_ratio: 1, max_body_bytes: 1048576}\n"
        "verify:\n  old: sqlite:///a.db\n  new: sqlite:///b.db\n"
        "  tables:\n    - {old: t, key: [id], rename: {1: one}}\n"
        "gate: {latency: null, parity: {min_ratio: 0.9}}\n"
    )
    assert (config.mirror.tee_bytes, config.mirror.listeners, config.mirror.sample_ratio) == (2**21, 3, 1.0)
    assert type(config.mirror.sample_ratio) is float
    assert config.verify.tables == (TablePair(old="t", key=("id",), rename={"1": "one"}),)
    assert config.gate.latency is None
    assert config.gate.parity.min_ratio == 0.9
    assert config.gate.coverage.min_compared == 30


def test_a_variable_becomes_what_its_key_asks_for(accepted) -> None:
    config = accepted(
        "mirror: {listeners: \"${N}\", tee_bytes: \"${SIZE}\", drain_s: \"${N}\"}\nout: ${N}\n",
        environ={"N": "4", "SIZE": "8MiB"},
    )  # fmt: skip
    assert (config.mirror.listeners, config.mirror.tee_bytes, config.mirror.drain_s) == (4, 2**23, 4.0)
    assert config.out == "4"


@pytest.mark.parametrize("value", ["x", "-1", ".nan", "1.5", "true", ""])
def test_a_variable_that_does_not_fit_is_not_shown(refusal, value: str) -> None:
    said = refusal('mirror:\n  listeners: "${N}"\n', environ={"N": value})
    assert said.startswith("shadow.yaml:6: mirror.listeners")
    assert "${N}" in said or "'N' is empty" in said
