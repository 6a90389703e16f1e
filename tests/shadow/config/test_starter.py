from __future__ import annotations

import re

import pytest

from shadow.config.starter import starter
from shadow.validation import parse_config


@pytest.mark.parametrize("secondary", ["", "http://old2:9003"])
def test_the_starter_is_valid_and_holds_what_was_given(secondary: str) -> None:
    text = starter("http://old:9001", "http://new:9002", secondary, "0.0.0.0:80")
    config = parse_config(text, "shadow.yaml", {})
    assert (config.listen, config.primary.url, config.candidate.url) == (
        "0.0.0.0:80",
        "http://old:9001",
        "http://new:9002",
    )
    assert (config.secondary.url if config.secondary else "") == secondary


def test_what_it_suggests_is_valid_too() -> None:
    text = starter("http://old:9001", "http://new:9002", listen="127.0.0.1:8080")
    suggested = re.sub(r"(?m)^(\s*)# (?=[ a-z_-]+[:-])(?!Every|Check)", r"\1", text)
    suggested = "\n".join(line for line in suggested.splitlines() if not re.match(r"# ", line))
    config = parse_config(suggested, "shadow.yaml", {"SHADOW_REDACTION_KEY": "k" * 32})
    assert config.secondary is not None
    assert config.candidate.store == "own"
    assert config.redact.key == "k" * 32
    assert config.routes[0].mirror == "read_only"
    assert config.verify is not None


def test_variables_in_urls_work() -> None:
    text = starter("${OLD}", 'http://new:1/"quoted"')
    config = parse_config(text, "shadow.yaml", {"OLD": "http://old:1"})
    assert config.primary.url == "http://old:1"
    assert config.candidate.url == 'http://new:1/"quoted"'
