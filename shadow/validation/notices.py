"""Contradictions in who is told of what changes."""

from __future__ import annotations

from collections.abc import Iterator

from shadow.config.notices import EVENTS, Notify
from shadow.validation.problem import Problem, repeated


def notify_problems(notify: Notify) -> Iterator[Problem]:
    """Yield channels without a name of their own, without a URL, and such that ask for nothing."""
    for index, first in repeated(channel.name for channel in notify.channels):
        yield Problem(
            path=("notify", "channels", index, "name"),
            message=f"is also the name of notify.channels[{first}].",
            remedy="Give every channel a name of its own: what is unsent is kept by it.",
        )
    for index, channel in enumerate(notify.channels):
        if not channel.name.strip():
            yield Problem(
                path=("notify", "channels", index, "name"), message="is empty.", remedy="Name it, for example `ops`."
            )
        if "://" not in channel.url:
            yield Problem(
                path=("notify", "channels", index, "url"),
                message="is not a URL.",
                remedy="Write https://… for a webhook, or a URL of Apprise such as mailto://host?to=ops@example.org.",
            )
        if not channel.events:
            yield Problem(
                path=("notify", "channels", index, "events"),
                message="is empty, so nothing would ever be sent.",
                remedy=f"Name some of {', '.join(EVENTS)}, or remove the channel.",
            )
