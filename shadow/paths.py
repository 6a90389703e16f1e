"""The path dialect of differences, rules and redaction: one way to write a place in an answer, and to match it.

`status`, `compare`, `body` and `header:etag` name places by themselves, `$.items[3].price` a place in a JSON body
(`body:` in front is optional in rules). Odd keys are quoted: `$["a.b"]`. In patterns `*` stands for one segment,
`[*]` for one index, `**` for any number of segments. Matching is by whole segments, never by part of a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

import msgspec

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_TOKEN = re.compile(
    r"""\.?(?P<many>\*\*) | \.(?P<one>\*) | (?P<any>\[\*\]) | \[(?P<index>\d+)\]
      | \.(?P<name>[A-Za-z_][A-Za-z0-9_-]*) | \.?\[?(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?P<close>\]?)""",
    re.VERBOSE,
)
_ID_KEY = re.compile(r"-?\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{16,}|\d{4}-\d\d-\d\d.*|.*@.*|.{65,}", re.S)
_AREAS = ("status", "body", "compare")

Segments = tuple[str | int, ...]


class Wild(Enum):
    """The wildcards of a pattern."""

    one = "*"
    index = "[*]"
    many = "**"


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """A compiled pattern: the area, and its segments (None: the area itself, not a place in a JSON body)."""

    area: str
    segments: tuple[str | int | Wild, ...] | None

    @property
    def is_over_broad(self) -> bool:
        """True where nothing but wildcards is named, so that everything would be covered."""
        if not self.segments:
            return False
        if self.area == "header":
            return all(isinstance(s, Wild) for s in self.segments)
        return Wild.many in self.segments and all(isinstance(s, Wild) for s in self.segments)

    def matches(self, area: str, segments: Segments | None) -> bool:
        """Tell whether a concrete place is covered."""
        if self.area != area:
            return False
        if self.segments is None or segments is None:
            return self.segments is None and segments is None
        if self.segments == segments:
            return True
        return match_segments(self.segments, segments)


def match_segments(pattern: Sequence[str | int | Wild], segments: Segments) -> bool:
    """Match whole segments; `**` takes any number of them, none included."""
    reachable = {0}
    for want in pattern:
        if want is Wild.many:
            reachable = set(range(min(reachable), len(segments) + 1))
        else:
            reachable = {at + 1 for at in reachable if at < len(segments) and _fits(want, segments[at])}
        if not reachable:
            return False
    return len(segments) in reachable


def parse_pattern(text: str) -> Pattern:
    """Compile a pattern. Raises ValueError with the reason where it is not in the dialect."""
    text = text.strip()
    if text in _AREAS:
        return Pattern(area=text, segments=None)
    area, rest = "body", text.removeprefix("body:")
    if text.startswith("header:"):
        area, rest = "header", "." + text.removeprefix("header:")
    elif rest.startswith("$"):
        rest = rest[1:]
    else:
        raise ValueError(f"{text!r} begins with none of $, body, header:, status")
    segments: list[str | int | Wild] = []
    at = 0
    while at < len(rest):
        token = _TOKEN.match(rest, at)
        if token is None or (token["quoted"] and ("[" in token[0].split(token["quoted"])[0]) != bool(token["close"])):
            raise ValueError(f"{text!r} cannot be read from {rest[at:]!r} on")
        segments.append(_segment(token))
        at = token.end()
    if area == "header":
        if not segments:
            raise ValueError("header: needs a name")
        if isinstance(segments[0], str):
            segments[0] = segments[0].lower()
    return Pattern(area=area, segments=tuple(segments))


def render(area: str, segments: Segments | None) -> str:
    """Write a concrete place: `status`, `body`, `header:etag`, `body:$.items[3].price`."""
    if segments is None:
        return area
    if area == "header":
        text = "".join(f"[{s}]" if isinstance(s, int) else _member(s) for s in segments)
        return "header:" + text.removeprefix(".")
    return f"{area}:$" + "".join(f"[{s}]" if isinstance(s, int) else _member(s) for s in segments)


@lru_cache(maxsize=8192)
def render_group(area: str, segments: Segments | None) -> str:
    """Write the place without indexes, and without keys that are values themselves (ids, dates, e-mails)."""
    if segments is None or area == "header":
        return render(area, segments)
    return f"{area}:$" + "".join(["[*]" if isinstance(s, int) else _group_member(s) for s in segments])


@lru_cache(maxsize=8192)
def _group_member(key: str) -> str:
    return ".*" if is_id_key(key) else _member(key)


def is_id_key(key: str) -> bool:
    """Tell whether the name of a member is a value itself (an id, a date, an e-mail address), so that groups do not
    keep it."""
    return _ID_KEY.fullmatch(key) is not None


def _member(key: str) -> str:
    return f".{key}" if _NAME.match(key) else f"[{json.dumps(key)}]"


def _fits(want: str | int | Wild, have: str | int) -> bool:
    if want is Wild.one:
        return True
    if want is Wild.index:
        return isinstance(have, int)
    return want == have


def _segment(token: re.Match[str]) -> str | int | Wild:
    if token["many"]:
        return Wild.many
    if token["one"]:
        return Wild.one
    if token["any"]:
        return Wild.index
    if token["index"]:
        return int(token["index"])
    if token["name"]:
        return token["name"]
    quoted = token["quoted"]
    if quoted[0] == "'":
        return str(quoted[1:-1].replace("\\'", "'"))
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError as error:
        raise ValueError(f"{quoted} is not a quoted name") from error
