"""Ask a backend, and hold its answer against what the old one said. Written into every exported test as it stands."""



from __future__ import annotations

import http.client
import json
import os
import re
from typing import Any
from urllib.parse import quote, urlsplit

BASE_URL = "SHADOW_BASE_URL"
TIMEOUT_S = 30
MISSING = object()
# What redaction left of a secret: its label and a keyed hash of it.
MARK = re.compile(r"‹([a-z0-9_-]+):([0-9a-f]+)›")


def variable_of(label: str, digest: str) -> str:
    """Return the environment variable that a placeholder is read from."""
    return f"SHADOW_{re.sub(r'[^A-Z0-9]', '_', label.upper())}_{digest.upper()}"


def filled(text: str, form: str = "") -> str:
    """Return a text with its secrets, from the environment; `form` says how they are written: url, json or as is."""

    def secret(found: re.Match[str]) -> str:
        name = variable_of(found[1], found[2])
        value = os.environ.get(name)
        assert value is not None, f"this request carries a secret: set {name}"
        return quote(value, safe="") if form == "url" else json.dumps(value)[1:-1] if form == "json" else value

    return MARK.sub(secret, text)


def ask(
    method: str, target: str, headers: list[tuple[str, str]], body: str
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Send a request to the backend under test; return status, headers and body of its answer."""
    base = os.environ.get(BASE_URL)
    assert base, f"set {BASE_URL} to the backend under test, such as http://127.0.0.1:9002"
    where = urlsplit(base)
    maker = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connection = maker(where.hostname or "", where.port, timeout=TIMEOUT_S)
    kinds = " ".join(value.lower() for name, value in headers if name.lower() == "content-type")
    form = "url" if "form-urlencoded" in kinds else "json" if "json" in kinds else ""
    try:
        path = quote(filled(where.path.rstrip("/") + target, "url"), safe="/?#[]@!$&'()*+,;=:%~")
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, filled(value).encode("latin-1", "replace"))
        data = filled(body, form).encode("utf-8")
        if data or method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data or None)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def parsed(text: str | bytes) -> Any:
    """Return a JSON document in which 1, 1.0 and 1.00 are three things."""
    return json.loads(text, parse_float=lambda number: ("number", number))


def value_at(document: Any, place: list[str | int]) -> Any:
    """Return what stands at a place of a document, MISSING where nothing does."""
    for key in place:
        if isinstance(key, str):
            document = document.get(key, MISSING) if isinstance(document, dict) else MISSING
        else:
            document = document[key] if isinstance(document, list) and key < len(document) else MISSING
    return document


def same(expected: Any, found: Any) -> bool:
    """Compare strictly by type; a placeholder stands for any text."""
    if isinstance(expected, str) and MARK.search(expected):
        pattern = "(?:.|\n)*".join(re.escape(part) for part in MARK.split(expected)[::3])
        return isinstance(found, str | int | tuple) and re.fullmatch(pattern, str(found)) is not None
    if type(expected) is not type(found):
        return False
    if isinstance(expected, dict):
        return expected.keys() == found.keys() and all(same(expected[key], found[key]) for key in expected)
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    return bool(expected == found)


def cookie_part(headers: list[tuple[str, str]], name: str, attribute: str) -> str | None:
    """Return an attribute of a cookie that is set (its name, where none is asked for), None where there is none."""
    for header, value in headers:
        first, *rest = [part.strip() for part in value.split(";")]
        if header.lower() == "set-cookie" and first.partition("=")[0] == name:
            given = {part.partition("=")[0].lower(): part.partition("=")[2] for part in rest}
            return given.get(attribute) if attribute else name
    return None


def check_status(answer: tuple[int, Any, Any], expected: int) -> None:
    """The status is what the old backend answered."""
    assert answer[0] == expected, f"status {answer[0]}, expected {expected}"


def check_header(answer: tuple[int, list[tuple[str, str]], Any], place: list[str], expected: str | None) -> None:
    """A header, or a part of a cookie, is what the old backend sent; None: it is not there."""
    if place[0] == "set-cookie" and len(place) > 1:
        found = cookie_part(answer[1], place[1], place[2] if len(place) > 2 else "")
    else:
        values = [value for name, value in answer[1] if name.lower() == place[0]]
        found = ", ".join(values) if values else None
    good = same(expected, found) if expected is not None and found is not None else expected is found
    assert good, f"header {'.'.join(place)} is {found!r}, expected {expected!r}"


def check_json(answer: tuple[int, Any, bytes], place: list[str | int], expected: str | None, key: str = "") -> None:
    """What stands at a place of the body is this JSON; None: nothing stands there. `key`: of a list, only the order of
    its items by this member."""
    found = value_at(parsed(answer[2]), place)
    if expected is None:
        assert found is MISSING, f"{place} is {found!r}, expected nothing there"
        return
    assert found is not MISSING, f"nothing is at {place}, expected {expected}"
    wanted = parsed(expected)
    if key:
        found = [item.get(key) if isinstance(item, dict) else item for item in found]
    assert same(wanted, found), f"{place} is {found!r}, expected {wanted!r}"


def check_text(answer: tuple[int, Any, bytes], expected: str) -> None:
    """The body is this text."""
    found = answer[2].decode("utf-8", "replace")
    assert same(expected, found), f"the body is {found[:200]!r}, expected {expected[:200]!r}"
