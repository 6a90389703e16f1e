"""What is wrong with an endpoint as it is written in a configuration: `GET /users/{id}`, `* /static/*`."""

from __future__ import annotations

import re
from difflib import get_close_matches

from shadow.endpoints.map import METHODS
from shadow.endpoints.template import compile_template

_PARAMETER = re.compile(r"\{[^{}/]*\}")
_REMEDY = "Write method and template: `GET /users/{id}`, `POST /search`, `* /static/*`."


def fault_in(endpoint: str) -> tuple[str, str] | None:
    """Return what is wrong with an endpoint and the remedy, or None. What is accepted here can be compiled."""
    method, _, path = endpoint.partition(" ")
    if not path:
        return "is not a method and a path.", _REMEDY
    if method != "*" and method not in METHODS:
        near = get_close_matches(method.upper(), METHODS, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        return f"{method!r} is not a method.", f"{hint}Valid: {', '.join(sorted(METHODS))} or *."
    if any(character.isspace() or not character.isprintable() for character in path):
        return "its path contains white space.", _REMEDY
    try:
        compile_template(method, path)
    except ValueError as error:
        return f"cannot be read: {error}.", _REMEDY
    for segment in path.split("/"):
        if "*" in segment and segment != "*":
            return f"the segment {segment!r} is malformed.", "`*` stands alone at the end: /static/*."
    names = _PARAMETER.findall(path)
    if "{}" in names:
        return "a parameter has no name.", "Give it one: /users/{id}."
    if len(set(names)) != len(names):
        return "a parameter occurs twice.", "Give every parameter a name of its own."
    return None


def same_requests(endpoint: str) -> str:
    """Return the endpoint without parameter names: two with equal results match the same requests."""
    return _PARAMETER.sub("{}", endpoint)
