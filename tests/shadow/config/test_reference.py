from __future__ import annotations

import pytest

from shadow.config.meanings import MEANINGS
from shadow.config.reference import reference


@pytest.mark.parametrize(
    "line",
    [
        "| `url` | text | required | "
        "`http://host:port` or `https://host:port`, with a path prefix if need be; `unix:/path` or "
        "`unix:/path:/prefix`; no user, query or fragment. |",
        "| `tee_bytes` | bytes or size, ≥ 0 | `64MiB` | "
        "Bytes waiting for the sender at most, per listener; beyond them exchanges are shed. |",
        "| `sample_ratio` | number, ≥ 0, ≤ 1 or null | null | "
        "Share of this route's requests that are mirrored; null: `mirror.sample_ratio`. |",
        "| `quantiles` | list of number, ≥ 0, ≤ 1 | `[0.5, 0.95]` | "
        "Quantiles that are judged, above 0 and below 1. |",
        "| `rename` | text to text | empty | Old column name to new column name. |",
        "| `latency` | section or null | on | Latency of the candidate against the old build; null: not asked. |",
        "| `block_s` | number, > 0 | `300.0` | Seconds per block, the unit in which evidence is counted. |",
        "### `verify.tables[]`",
        "### `gate.latency`",
        "### `compare.rules[]`",
    ],
)
def test_lines(line: str) -> None:
    assert reference().splitlines().count(line) >= 1


def test_every_meaning_occurs() -> None:
    text = reference()
    assert [key for key, meaning in MEANINGS.items() if f"| {meaning} |" not in text] == []
