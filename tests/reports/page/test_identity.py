from __future__ import annotations

import pytest
from page_sample_parts import identity

from reports.page.identity import identity_of


def test_identity() -> None:
    block = identity_of(identity(), 1)
    assert (block.primary_build, block.candidate_build, block.is_whole) == (
        "orders-flask 3.8.2", "orders-fastapi 1.0.0-rc4", True,
    )  # fmt: skip
    assert block.window == "2025-11-21 13:00:00 – 13:30:34 UTC"
    assert block.evidence_digest.short == "sha256:3fa9c27710be…"
    assert block.evidence_digest.whole == identity().evidence_digest


@pytest.mark.parametrize("name", ["primary_build", "candidate_build"])
def test_an_unknown_build_is_said(name: str) -> None:
    block = identity_of(identity(**{name: ""}), 1)
    assert (getattr(block, name), block.is_whole) == ("unknown", False)


@pytest.mark.parametrize(
    ("digest", "short"),
    [
        ("", "unknown"),
        ("abc", "abc"),
        ("sha256:0123456789abcdef", "sha256:0123456789abcdef"),
        ("0" * 17, "0" * 12 + "…"),
    ],
)
def test_digests(digest: str, short: str) -> None:
    assert identity_of(identity(config_digest=digest), 1).config_digest.short == short
