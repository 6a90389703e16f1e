"""What an answer teaches: the values in it that its side has made, each at its place, so that the other side's value at
the same place is its partner."""

from __future__ import annotations

from urllib.parse import unquote

import msgspec

from shadow.bodies.decode import Decoded
from shadow.bodies.parse import NotJsonError, parse
from shadow.endpoints.segments import split_target
from shadow.identity.bodies import hidden_fields, leaves
from shadow.identity.headers import COOKIE, ETAG
from shadow.identity.kinds import Names, is_id, is_secret, is_soft_id, looks_random, words_of
from shadow.identity.places import Places, path_of
from shadow.identity.targets import kinds_of_segments
from shadow.paths import render
from shadow.records import RequestCopy, ResponseCopy

_MOST_LESSONS = 1000
_MOST_CHARS = 4096
_SECRETS = (b"token", b"csrf", b"xsrf", b"nonce", b"jwt", b"cursor", b"session", b"sid", b"etag")
_SAFE = ("GET", "HEAD", "OPTIONS")


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """A value at a place. `volatile`: its partner may change at any time (cookies, tokens, tags). `soft`: it is one
    of ours only if the other side has another one. `own`: it is the id of what the endpoint is about."""

    kind: str
    value: str | int
    volatile: bool = False
    soft: bool = False
    own: bool = False

    def __repr__(self) -> str:
        return f"<Lesson {self.kind}>"


def lessons_of(places: Places, request: RequestCopy, response: ResponseCopy, *, known: bool) -> dict[str, Lesson]:
    """Return what an answer teaches by place. `known`: the request asked for something that was paired before, so that
    ids below it were made by each side, too.

    Cannot see: ids that are first told by a list, ids of other things than what the endpoint is about or lists below
    it, and secrets that look chosen; unless the place is declared.
    """
    names = places.names
    creates = request.method not in _SAFE and 200 <= response.status < 400
    found: dict[str, Lesson] = {}
    if names.inferred:
        _from_headers(places, request, response, found, creates=creates)
    ids = (creates or known) and 200 <= response.status < 300
    body = places.decoded(response)
    # Most answers are to be read only if they may carry a secret: looking is cheaper than parsing.
    worth = body is not None and (ids or names.sources or _may_tell(body.data))
    document = _json(body) if worth else None
    if names.inferred and document is not None:
        _from_json(places, request, document, found, ids=ids)
    elif names.inferred and body is not None and body.media in ("text/html", "application/xhtml+xml"):
        hidden = hidden_fields(body.data.decode("utf-8", "replace"))
        for name, value in ((name, value) for name, value in hidden.items() if looks_random(value)):
            found[f"markup:{name}"] = Lesson(kind=name, value=value, volatile=True)
    if 200 <= response.status < 400:
        _declared(names, request, response, document, found)
    short = {place: one for place, one in found.items() if 0 < len(str(one.value)) <= _MOST_CHARS}
    return dict(list(short.items())[:_MOST_LESSONS])


def _from_headers(
    places: Places, request: RequestCopy, response: ResponseCopy, found: dict[str, Lesson], *, creates: bool
) -> None:
    for name, value in response.headers:
        low, text = name.lower().decode("latin-1"), value.decode("latin-1").strip()
        if low == "set-cookie":
            cookie, equals, content = text.partition(";")[0].partition("=")
            if equals and content.strip(' "'):
                kind = COOKIE + cookie.strip()
                found[f"header:{kind}"] = Lesson(kind=kind, value=content.strip(), volatile=True)
        elif low == "etag":
            found["header:etag"] = Lesson(kind=ETAG + _tagged(request, response), value=text, volatile=True)
        elif low == "location" and creates:
            _from_location(places, text, found)
        elif is_secret(low) and looks_random(text):
            found[f"header:{low}"] = Lesson(kind=low, value=text, volatile=True)


def _tagged(request: RequestCopy, response: ResponseCopy) -> str:
    """Return the path that an entity tag is about: that of what was created, else the one that was asked for."""
    if response.status == 201:
        for name, value in response.headers:
            if name.lower() == b"location":
                return _path_in(value.decode("latin-1"))
    return path_of(request)


def _path_in(text: str) -> str:
    path = text.partition("?")[0].partition("#")[0]
    return "/" + path.partition("://")[2].partition("/")[2] if "://" in path else path


def _from_location(places: Places, text: str, found: dict[str, Lesson]) -> None:
    path = _path_in(text)
    segments = split_target(path.encode("latin-1", "replace"))
    if not segments or not path.startswith("/"):
        return
    endpoint = places.endpoint(RequestCopy(method="GET", target=path.encode("latin-1", "replace")))
    for at, kind in enumerate(kinds_of_segments(segments, endpoint, places.names)):
        if kind:
            own = at == len(segments) - 1
            found[f"header:location[{at}]"] = Lesson(kind=kind, value=unquote(segments[at]), own=own)


def _from_json(
    places: Places, request: RequestCopy, document: object, found: dict[str, Lesson], *, ids: bool
) -> None:
    names = places.names
    owner = names.of_endpoint(places.endpoint(request))
    for place, name, kind, _, value in leaves(document, owner, names):
        if is_secret(name):
            if isinstance(value, str) and looks_random(value):
                found[render("body", place)] = Lesson(kind=name, value=value, volatile=True)
        elif ids and isinstance(value, str | int):
            own = kind == owner and bool(kind)
            # Of what an answer refers to (`customer_id`), nobody can tell whether it was made or is wrong.
            listed = is_id(name) and len(words_of(name)) == 1 and any(isinstance(each, int) for each in place)
            if is_id(name) and kind and (own or listed):
                found[render("body", place)] = Lesson(kind=kind, value=value, own=own)
            elif is_soft_id(name) and owner and kind == f"{owner}#":
                found[render("body", place)] = Lesson(kind=kind, value=value, soft=True)
        if len(found) >= _MOST_LESSONS:
            return


def _declared(
    names: Names, request: RequestCopy, response: ResponseCopy, document: object, found: dict[str, Lesson]
) -> None:
    segments = split_target(request.target)
    if segments is None:
        return
    plain = tuple(map(unquote, segments))
    for kind, source in names.sources:
        if source.template.method not in (request.method, "*") or not source.template.matches(plain):
            continue
        if source.place.area == "header":
            _declared_header(kind, source.place.segments or (), request, response, found)
        elif document is not None:
            for place, name, _, _, value in leaves(document, "", names, everything=True):
                if source.place.matches("body", place) and isinstance(value, str | int):
                    secret = is_secret(name)
                    found[render("body", place)] = Lesson(kind=kind, value=value, volatile=secret, own=not secret)


def _declared_header(
    kind: str, wanted: tuple[object, ...], request: RequestCopy, response: ResponseCopy, found: dict[str, Lesson]
) -> None:
    for name, value in response.headers:
        low, text = name.lower().decode("latin-1"), value.decode("latin-1").strip()
        if low != wanted[0]:
            continue
        if low == "set-cookie":
            cookie, _, content = text.partition(";")[0].partition("=")
            if len(wanted) > 1 and cookie.strip() == wanted[1] and content.strip(' "'):
                made = COOKIE + cookie.strip()
                found[f"header:{made}"] = Lesson(kind=made, value=content.strip(), volatile=True)
        elif low == "location":
            last = text.partition("?")[0].rstrip("/").rpartition("/")[2]
            found["header:location"] = Lesson(kind=kind, value=unquote(last), own=True)
        elif low == "etag":
            found["header:etag"] = Lesson(kind=ETAG + _tagged(request, response), value=text, volatile=True)
        else:
            secret = is_secret(low)
            found[f"header:{low}"] = Lesson(kind=kind, value=text, volatile=secret, own=not secret)


def _may_tell(data: bytes) -> bool:
    low = data.lower()
    return any(word in low for word in _SECRETS)


def _json(body: Decoded | None) -> object | None:
    if body is None or not (body.media.endswith("json") or body.media == ""):
        return None
    try:
        return parse(body.data, body.charset)
    except (NotJsonError, RecursionError):
        return None
