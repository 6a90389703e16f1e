"""The sections about asking the old build twice: how long what is learnt from it lasts, and what asking may cost."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from shadow.config.section import Bytes, Count, NotNegative, Positive, Ratio, Section


class Noise(Section, frozen=True, kw_only=True):
    """How long what was learnt of noise lasts, per endpoint."""

    half_life_pairs: Count = 2000
    half_life_s: Positive = 86400.0


class Reask(Section, frozen=True, kw_only=True):
    """Asking backends again: to learn noise where there is no secondary, and for a second look at a mismatch."""

    noise_ratio: Ratio = 0.0
    triage: Literal["auto", "primary", "off"] = "auto"
    soon_s: NotNegative = 0.2
    later_s: NotNegative = 2.0
    most_ratio: Ratio = 0.05
    rate_per_s: Positive = 10.0
    latency_factor: Annotated[float, Meta(gt=1)] = 2.0
    stop_s: Positive = 60.0
    waiting_bytes: Bytes = 16 * 1024 * 1024
