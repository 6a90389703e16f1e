"""All mappings of a configuration: the most specific one has the request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import msgspec

from shadow.bodies.parse import to_text
from shadow.config.contract import AnswerMapping, FieldMapping, Mapping
from shadow.config.model import Config
from shadow.endpoints.segments import split_target
from shadow.endpoints.template import Template, TemplateIndex
from shadow.mapping.body import change_body
from shadow.mapping.document import Step
from shadow.mapping.fields import map_fields
from shadow.mapping.headers import map_headers
from shadow.mapping.routes import RouteMap
from shadow.records import Headers, RequestCopy, ResponseCopy

_LINK_STARTS = ("/", "http://", "https://")
_LINKS = (b"location", b"content-location")


class Mapped:
    """One mapping, compiled."""

    def __init__(self, mapping: Mapping) -> None:
        """Compile it. Raises ValueError with the reason where it cannot be read."""
        self.mapping = mapping
        self.method, _, old = mapping.endpoint.partition(" ")
        self.route = RouteMap(self.method, old, mapping.path or old)
        self.back = RouteMap("*", mapping.path, old) if mapping.path and self.route.keeps_everything else None
        self.asked = tuple(map(Step, mapping.body))
        self.answered = tuple(map(Step, mapping.answer.body))

    def request(self, request: RequestCopy, limit_bytes: int) -> RequestCopy:
        """Return the request as the candidate is asked."""
        mapping = self.mapping
        path, mark, query = request.target.partition(b"?")
        if mapping.path:
            path = self.route.path(request.target) or path
        query, before = map_fields(query, mapping.query), query
        headers, body = change_body(
            map_headers(request.headers, mapping.headers), request.body, limit_bytes,
            json=lambda document: _changed(document, self.asked), form=lambda form: map_fields(form, mapping.form),
        )
        return msgspec.structs.replace(
            request, method=mapping.method or request.method,
            target=path + (b"?" + query if query or (mark and not before) else b""),
            headers=headers, body=body,
        )

    def answer(self, response: ResponseCopy, limit_bytes: int, link: Callable[[str], str] | None) -> ResponseCopy:
        """Return the candidate's answer as the old contract would have it; `link` leads links back, where any are."""
        said = self.mapping.answer
        headers, body = map_headers(response.headers, said.headers), response.body
        if response.complete and (self.answered or link is not None):
            headers, body = change_body(
                headers, body, limit_bytes,
                json=lambda document: _changed(document, self.answered, link), form=lambda form: form,
            )
        status = said.status.get(str(response.status), response.status)
        return msgspec.structs.replace(response, status=status, headers=headers, body=body)


class MappingBook:
    """Finds the mapping of a request and applies it. Falsy where nothing is mapped.

    Links in `Location`, `Content-Location` and JSON are led back to the old paths, where the new ones tell them.
    Cannot see: links within running text and markup.
    """

    def __init__(self, config: Config) -> None:
        """Compile all of them. Raises ValueError for what validation would have refused."""
        self._limit_bytes = config.compare.max_decoded_bytes
        self._mapped: dict[Template, Mapped] = {}
        for mapping in config.mapping:
            mapped = Mapped(mapping)
            self._mapped[mapped.route.template] = mapped
        self._index = TemplateIndex(self._mapped)
        back = {each.back.template: each for each in self._mapped.values() if each.back is not None}
        self._back = back
        self._back_index = TemplateIndex(back)

    def __bool__(self) -> bool:
        return bool(self._mapped)

    def find(self, method: str, target: bytes) -> Mapped | None:
        """Return the mapping of a request as it came, None where it has none."""
        segments = split_target(target) if self._mapped else None
        return None if segments is None else self._find(method, segments)

    def request(self, request: RequestCopy) -> RequestCopy:
        """Return the request as the candidate is asked: the same one where nothing maps it."""
        found = self.find(request.method, request.target)
        return request if found is None else found.request(request, self._limit_bytes)

    def answer(self, request: RequestCopy, response: ResponseCopy) -> ResponseCopy:
        """Return the candidate's answer to an old request as it is compared: the same one where nothing maps it."""
        found = self.find(request.method, request.target)
        if found is not None:
            link = self._link_text if self._back else None
            response = found.answer(response, self._limit_bytes, link)
        if self._back and any(name.lower() in _LINKS for name, _ in response.headers):
            return msgspec.structs.replace(response, headers=self._linked_headers(response.headers))
        return response

    def new_endpoint(self, endpoint: str) -> str:
        """Return what an old endpoint (`GET /users/{id}`) is at the candidate: itself where nothing maps it.

        Cannot see: a mapping that only some of the requests of an endpoint have."""
        method, _, path = endpoint.partition(" ")
        segments = tuple(part for part in path.split("/") if part)
        found = self._find(method, segments) if path.startswith("/") else None
        if found is None:
            return endpoint
        path = found.route.path_of(segments).decode("latin-1") if found.mapping.path else path
        return f"{found.mapping.method or method} {path.replace('%7B', '{').replace('%7D', '}')}"

    def reads_answers(self, method: str, path: str) -> bool:
        """Whether answers of an endpoint are changed before they are compared."""
        found = self._find(method, tuple(part for part in path.split("/") if part))
        return found is not None and found.mapping.answer != AnswerMapping()

    def old_target(self, target: bytes) -> bytes:
        """Return a path of the candidate (with its query) as the old one, where the way back is known."""
        segments = split_target(target)
        if segments is None or b"://" in target[:12]:
            return target
        plain = tuple(unquote(s, errors="surrogateescape") for s in segments)
        for template in self._back_index.candidates(plain):
            if template.matches(plain):
                mapped = self._back[template]
                assert mapped.back is not None
                path, mark, query = target.partition(b"?")
                back = {new: old for old, new in mapped.mapping.query.rename.items()}
                query = map_fields(query, FieldMapping(rename=back))
                return mapped.back.path_of(segments, slash=path.endswith(b"/")) + mark + query
        return target

    def _find(self, method: str, segments: tuple[str, ...]) -> Mapped | None:
        plain = tuple(unquote(segment, errors="surrogateescape") for segment in segments)
        for template in self._index.candidates(plain):
            if template.method in (method, "*") and template.matches(plain):
                return self._mapped[template]
        return None

    def _link_text(self, text: str) -> str:
        return self._link(text.encode("ascii")).decode("ascii") if text.isascii() else text

    def _linked_headers(self, headers: Headers) -> Headers:
        return tuple(
            (name, self._link(value) if name.lower() in _LINKS else value) for name, value in headers
        )

    def _link(self, value: bytes) -> bytes:
        link, fragment, anchor = value.partition(b"#")
        if not link.startswith(b"/"):
            scheme, mark, rest = link.partition(b"://")
            host, slash, path = rest.partition(b"/")
            origin, link = scheme + mark + host, slash + path
            if not mark or not slash:
                return value
        else:
            origin = b""
        return origin + self.old_target(link) + fragment + anchor


def _linked(document: Any, link: Callable[[str], str] | None) -> Any:
    """Lead the links in a document back, in place. What a step has made may be anything, if only bounded in depth."""
    pending = [document] if link is not None else []
    while pending:
        inside = pending.pop()
        members = inside.items() if isinstance(inside, dict) else enumerate(inside) if isinstance(inside, list) else ()
        for key, value in list(members):
            if isinstance(value, dict | list):
                pending.append(value)
            elif link is not None and isinstance(value, str) and value.startswith(_LINK_STARTS):
                inside[key] = link(value)
    return document


def _changed(document: Any, steps: tuple[Step, ...], link: Callable[[str], str] | None = None) -> Any:
    """Return the document after the steps, None where they change nothing."""
    if not steps and link is None:
        return None
    before = to_text(document)
    for step in steps:
        document = step.apply(document)
    document = _linked(document, link)
    return None if to_text(document) == before else document
