"""Who is told of what changes: the section `notify`."""

from __future__ import annotations

from typing import Literal

from shadow.config.section import Count, Positive, Section

EventName = Literal["verdict", "divergence", "gap", "breaker", "budget"]
EVENTS: tuple[EventName, ...] = ("verdict", "divergence", "gap", "breaker", "budget")


class NotifyChannel(Section, frozen=True, kw_only=True):
    """One place that notices go to. `https://` is a webhook; other URLs are those of Apprise (`mailto://`, …)."""

    name: str
    url: str
    format: Literal["json", "slack"] = "json"
    events: tuple[EventName, ...] = EVENTS


class Notify(Section, frozen=True, kw_only=True):
    """Notices of what changed; without a channel nobody is told."""

    channels: tuple[NotifyChannel, ...] = ()
    every_s: Positive = 60.0
    most_per_hour: Count = 12
