"""A minimal configuration to vary, and the refusal that a variation gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from shadow.config import Config
from shadow.errors import ConfigError
from shadow.validation import parse_config

MINIMAL = """\
primary:
  url: http://old:9001
candidate:
  url: http://new:9002
"""


@pytest.fixture
def minimal() -> str:
    return MINIMAL


@pytest.fixture
def accepted() -> Callable[..., Config]:
    """Parse the minimal configuration with `extra` lines appended."""

    def accept(extra: str = "", environ: Mapping[str, str] | None = None, text: str = MINIMAL) -> Config:
        return parse_config(text + extra, "shadow.yaml", environ or {})

    return accept


@pytest.fixture
def refusal() -> Callable[..., str]:
    """Return the one line with which a text is refused; fails if it is accepted."""

    def refuse(extra: str = "", environ: Mapping[str, str] | None = None, text: str = MINIMAL) -> str:
        with pytest.raises(ConfigError) as caught:
            parse_config(text + extra, "shadow.yaml", environ or {})
        said = str(caught.value)
        assert "\n" not in said
        assert caught.value.remedy, f"no remedy: {said}"
        assert caught.value.exit_code == 2
        return said

    return refuse
