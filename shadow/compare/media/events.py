"""Event streams (server-sent events): the transcript, event by event."""

from __future__ import annotations

import re

from shadow.bodies.decode import Decoded
from shadow.bodies.parse import NotJsonError, parse
from shadow.compare.media.charset import text_of

_LINE = re.compile(r"\r\n|\r|\n")


def read(body: Decoded) -> object:
    """Return the events: `type`, `id` and `retry` where they are given, `data` as JSON where it is, else as text.

    Cannot see: comments (heartbeats), when each event came, and an event that the stream ended in.
    """
    events: list[object] = []
    event: dict[str, object] = {}
    data: list[str] = []
    for line in _LINE.split(text_of(body)):
        if not line:
            if data or event:
                events.append({**event, "data": _data("\n".join(data))})
            event, data = {}, []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            event["type"] = value
        elif name in ("id", "retry"):
            event[name] = value
    return events


def _data(text: str) -> object:
    if text[:1] in ("{", "["):
        try:
            return parse(text.encode())
        except (NotJsonError, UnicodeEncodeError):
            pass  # it only looks like JSON
    return text
