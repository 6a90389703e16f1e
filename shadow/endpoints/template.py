"""One path template, and how specific it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

import msgspec

_BRACES = re.compile(r"\{[^{}/]*\}")


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A compiled template. `segments` are literals (str), patterns (`{id}.json`) or None for a whole parameter.

    `wildcard` templates end in `/*`, which stands for one or more segments.
    """

    method: str
    path: str
    segments: tuple[str | re.Pattern[str] | None, ...]
    wildcard: bool

    @property
    def specificity(self) -> tuple[object, ...]:
        """Return a key that sorts the more specific template first: literals before patterns before parameters."""
        ranks = tuple(0 if isinstance(s, str) else 2 if s is None else 1 for s in self.segments)
        return (self.wildcard, -len(ranks) if self.wildcard else 0, ranks, self.method == "*", self.path, self.method)

    def matches(self, segments: tuple[str, ...]) -> bool:
        """Tell whether the decoded segments of a path are an instance of this template; the method is not asked."""
        if self.wildcard:
            if len(segments) <= len(self.segments):
                return False
        elif len(segments) != len(self.segments):
            return False
        for want, have in zip(self.segments, segments, strict=False):
            if want is None:
                continue
            if want != have if isinstance(want, str) else want.fullmatch(have) is None:
                return False
        return True


class TemplateIndex:
    """Templates in the order in which they are asked, found by number of segments and first segment."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self.templates = tuple(sorted(templates, key=lambda template: template.specificity))
        self._firsts = {t.segments[0] for t in self.templates if t.segments and isinstance(t.segments[0], str)}
        self._longest = max((len(t.segments) for t in self.templates), default=0) + 1
        self._found: dict[tuple[int, str | None], tuple[Template, ...]] = {}

    def candidates(self, segments: tuple[str, ...]) -> tuple[Template, ...]:
        """Return the few templates that may match, most specific first."""
        if not self.templates:
            return ()
        first = segments[0] if segments and segments[0] in self._firsts else None
        key = (min(len(segments), self._longest), first)
        found = self._found.get(key)
        if found is None:
            # The keys are bounded: lengths up to the longest template, and first segments that templates name.
            found = self._found[key] = tuple(t for t in self.templates if self._may_match(t, *key))
        return found

    @staticmethod
    def _may_match(template: Template, length: int, first: str | None) -> bool:
        own = len(template.segments)
        if length <= own if template.wildcard else length != own:
            return False
        return not template.segments or not isinstance(template.segments[0], str) or template.segments[0] == first


def compile_template(method: str, path: str) -> Template:
    """Compile `/orders/{id}` or `/files/*`. Raises ValueError with the reason where it cannot be read."""
    if not path.startswith("/"):
        raise ValueError("a path template starts with /")
    if any(mark in path for mark in "?# \t"):
        raise ValueError("a path template has no query, fragment or space")
    parts = [part for part in path.split("/") if part]
    wildcard = bool(parts) and parts[-1] == "*"
    if wildcard:
        parts = parts[:-1]
    if "*" in parts:
        raise ValueError("* may only stand at the end, as /*; use {name} for one segment")
    return Template(method=method, path=path, segments=tuple(map(_segment, parts)), wildcard=wildcard)


def _segment(part: str) -> str | re.Pattern[str] | None:
    if _BRACES.fullmatch(part):
        return None
    if "{" not in part and "}" not in part:
        return unquote(part)
    pieces = _BRACES.split(part)
    if any("{" in piece or "}" in piece for piece in pieces):
        raise ValueError(f"unbalanced braces in {part!r}")
    return re.compile(".+".join(map(re.escape, pieces)))
