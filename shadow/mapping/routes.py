"""Paths from old to new and back: the new path is written with the parameters of the old one.

Segments are carried over as they were sent: percent-encoding is kept, never undone and done again.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from shadow.endpoints.segments import split_target
from shadow.endpoints.template import Template, compile_template

REST = "*"
_PARAMETER = re.compile(r"\{([^{}/]*)\}")
# RFC 3986 3.3: what a path may contain as it stands, percent-encoded octets and our braces besides.
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/{}-]|%[0-9A-Fa-f]{2})*")


class RouteMap:
    """One path template, and the one that it becomes."""

    __slots__ = ("_new", "_old", "template")

    def __init__(self, method: str, old: str, new: str) -> None:
        """Compile both. Raises ValueError with the reason: `new` may only use what `old` names."""
        self.template: Template = compile_template(method, old)
        self._old = _parts(old)
        if not new.startswith("/"):
            raise ValueError("a path begins with /")
        if not _PATH.fullmatch(new):
            raise ValueError("a path has no query, space or other mark that would have to be encoded")
        self._new = _parts(new)
        if any(part in (".", "..") for part in self._new):
            raise ValueError("a path has no dot segments")
        compile_template(method, new)
        known = set(_names(self._old))
        for name in _names(self._new):
            if name not in known:
                raise ValueError(f"{_shown(name)} does not occur in {old}")
        if len(set(_names(self._new))) != len(_names(self._new)):
            raise ValueError("a parameter occurs twice")
        if new.endswith("/"):
            self._new.append("")

    @property
    def keeps_everything(self) -> bool:
        """Whether the way back is known: every parameter of the old path is in the new one."""
        return set(_names(self._old)) <= set(_names(self._new))

    def path(self, target: bytes) -> bytes | None:
        """Return the new path of a target (its query is not looked at), None where the template does not match or
        the path cannot be told safely (dot segments, encoded separators)."""
        segments = split_target(target)
        if segments is None or not self.template.matches(tuple(unquote(s, errors="surrogateescape") for s in segments)):
            return None
        return self.path_of(segments, slash=target.partition(b"?")[0].endswith(b"/"))

    def path_of(self, segments: tuple[str, ...], *, slash: bool = False) -> bytes:
        """Return the new path of raw segments that match. `slash`: the old path ended in one."""
        values = self._captured(segments)
        built = "/".join(
            values[REST] if part == REST else _PARAMETER.sub(lambda found: values[found[1]], part)
            for part in self._new
        )
        text = "/" + built + ("/" if slash and built and not built.endswith("/") else "")
        return text.encode("latin-1")

    def _captured(self, segments: tuple[str, ...]) -> dict[str, str]:
        values: dict[str, str] = {}
        for at, part in enumerate(self._old):
            names = _PARAMETER.findall(part)
            if part == REST:
                values[REST] = "/".join(segments[at:])
            elif _PARAMETER.fullmatch(part):
                values[names[0]] = segments[at]
            elif names:
                pattern = ("(.+)").join(map(re.escape, _PARAMETER.split(part)[::2]))
                found = re.fullmatch(pattern, unquote(segments[at], errors="surrogateescape"))
                assert found is not None, "the template matched"
                given = zip(names, found.groups(), strict=True)
                values |= {name: quote(value, safe="", errors="surrogateescape") for name, value in given}
        return values


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _names(parts: list[str]) -> list[str]:
    names = [name for part in parts for name in _PARAMETER.findall(part)]
    return names + ([REST] if parts and parts[-1] == REST else [])


def _shown(name: str) -> str:
    return "`*`" if name == REST else f"{{{name}}}"
