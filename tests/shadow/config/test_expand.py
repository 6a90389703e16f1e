from __future__ import annotations

import pytest

from shadow.config.expand import expand, size_of
from shadow.errors import ConfigError

ENVIRON = {"HOST": "old", "PORT": "9001", "TRICKY": "${HOST} $${", "EMPTY": "", "_x1": "y"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${HOST}", "old"),
        ("http://${HOST}:${PORT}/x", "http://old:9001/x"),
        ("$${HOST}", "${HOST}"),
        ("$$${HOST}", "$${HOST}"),
        ("${TRICKY}", "${HOST} $${"),
        ("${_x1}", "y"),
        ("$HOST and $", "$HOST and $"),
        ("plain", "plain"),
    ],
)
def test_expand(text: str, value: str) -> None:
    assert expand(text, ENVIRON) == value


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("${HOTS}", "'HOTS' is not set; did you mean 'HOST'?"),
        ("${ZZZZZZ}", "'ZZZZZZ' is not set. Set it"),
        ("${EMPTY}", "'EMPTY' is empty"),
        ("${HOST:-x}", "defaults such as"),
        ("${}", "is not a reference"),
        ("${HOST", "is not a reference"),
        ("${1A}", "is not a reference"),
    ],
)
def test_refused_references(text: str, part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        expand(f"secret {text}", ENVIRON)
    assert part in str(caught.value)
    assert "old" not in str(caught.value).replace("'HOST'", "")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0B", 0),
        ("512B", 512),
        ("64MiB", 64 * 2**20),
        ("64 MiB", 64 * 2**20),
        ("1kB", 1000),
        ("1KiB", 1024),
        ("1.5GB", 1_500_000_000),
        ("0.5KiB", 512),
        ("2GiB", 2**31),
        ("3MB", 3_000_000),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize(
    "text", ["", "64", "64M", "64mib", "-1MiB", "MiB", "1e3B", "1.5B", "0.1KiB", "1 2MiB", "٣MiB"]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError):
        size_of(text)
