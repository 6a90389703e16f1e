"""Logs on standard error: a line of JSON for machines, plain text on a terminal, and never a flood.

What is logged are the process's own words, addresses and counts: never a body, a header's value, a raw path or a
secret. Control characters are escaped, so that nobody can forge a line.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Literal, TextIO

Format = Literal["json", "console"]

BURST = 5
WINDOW_S = 10.0
MOST_KEYS = 1000


class Limiter:
    """Lets `burst` events of a key through per window, and remembers how many it held back. Pure: time is an
    argument. Of more than `most_keys` keys the one unseen for longest is forgotten."""

    def __init__(self, *, burst: int = BURST, window_s: float = WINDOW_S, most_keys: int = MOST_KEYS) -> None:
        self._burst = burst
        self._window_s = window_s
        self._most_keys = most_keys
        self._seen: dict[Hashable, tuple[float, int, int]] = {}

    def admit(self, key: Hashable, now: float) -> int | None:
        """Return None to hold an event back, else how many were held back since the last one that passed."""
        began, n, held = self._seen.pop(key, (now, 0, 0))
        if now - began >= self._window_s:
            began, n = now, 0
        if n >= self._burst:
            self._seen[key] = (began, n, held + 1)
            return None
        self._seen[key] = (began, n + 1, 0)
        if len(self._seen) > self._most_keys:
            del self._seen[next(iter(self._seen))]
        return held


class _Flood(logging.Filter):
    """A record is known by its template: the same sentence about another address is the same sentence."""

    def __init__(self, limiter: Limiter) -> None:
        super().__init__()
        self._limiter = limiter

    def filter(self, record: logging.LogRecord) -> bool:
        held = self._limiter.admit((record.name, record.levelno, record.msg), time.monotonic())
        record.held_back = held
        return held is not None


class _Json(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if held := getattr(record, "held_back", 0):
            line["held_back"] = held
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _Console(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")  # noqa: DTZ006 - for the eyes of who is there
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        held = getattr(record, "held_back", 0)
        more = f" ({held} more like it were held back)" if held else ""
        line = f"{at} {record.name}: {level}{_printable(record.getMessage())}{more}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def set_up(wanted: Format | None, process: str, stream: TextIO | None = None) -> Format:
    """Send all logs of this process to standard error and return the format: the wanted one, else console on a
    terminal and JSON elsewhere."""
    out = sys.stderr if stream is None else stream
    chosen: Format = wanted or ("console" if out.isatty() else "json")
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Console() if chosen == "console" else _Json(process))
    handler.addFilter(_Flood(Limiter()))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Its error log repeats what the control API tells its client, with bytes that a stranger sent.
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    return chosen


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
