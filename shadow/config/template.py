"""The grammar of an endpoint as it is written in a configuration: `GET /users/{id}`, `* /static/*`."""

from __future__ import annotations

import re
from difflib import get_close_matches

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_PARAMETER = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}")
_REMEDY = "Write method and template: `GET /users/{id}`, `POST /search`, `* /static/*`."


def fault_in(endpoint: str) -> tuple[str, str] | None:
    """Return what is wrong with an endpoint and the remedy, or None."""
    method, _, path = endpoint.partition(" ")
    if not path:
        return "is not a method and a path.", _REMEDY
    if method != "*" and method not in METHODS:
        near = get_close_matches(method.upper(), METHODS, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        return f"{method!r} is not a method.", f"{hint}Valid: {', '.join(METHODS)} or *."
    if not path.startswith("/"):
        return "its path does not begin with `/`.", _REMEDY
    if "?" in path or "#" in path:
        return "a template has no query and no fragment.", "Endpoints are told apart by method and path alone."
    if any(character.isspace() or not character.isprintable() for character in path):
        return "its path contains white space.", _REMEDY
    for segment in path.split("/"):
        if not _PARAMETER.fullmatch(segment) and re.search(r"[{}]", segment):
            return f"the segment {segment!r} is malformed.", "A parameter fills a whole segment: /users/{id}."
        if "*" in segment and segment != "*":
            return f"the segment {segment!r} is malformed.", "`*` fills a whole segment: /static/*."
    names = _PARAMETER.findall(path)
    if len(set(names)) != len(names):
        return "a parameter occurs twice.", "Give every parameter a name of its own."
    return None


def same_requests(endpoint: str) -> str:
    """Return the endpoint without parameter names: two with equal results match the same requests."""
    return _PARAMETER.sub("{}", endpoint)
