"""From method and request target to endpoint and route; the listener asks this for every request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from shadow.config.model import ListKey, Route
from shadow.endpoints.segments import is_value, resolve_segments, split_target
from shadow.endpoints.template import Template, TemplateIndex

VERSION = 1
OTHER = "_other"
METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "QUERY"))
MAX_ENDPOINT_CHARS = 200
_CACHE_ENTRIES = 4096
_CACHE_KEY_BYTES = 256


class EndpointMap:
    """A pure, versioned function of method and path; only its speed depends on what was asked before.

    Cannot see: words used as keys (`/users/bob`) unless a route or an OpenAPI document names the path.
    """

    version = VERSION

    def __init__(
        self,
        routes: Sequence[tuple[Template, Route]] = (),
        documented: Sequence[Template] = (),
        max_segments: int = 8,
    ) -> None:
        self._routes = dict(routes)
        self._routed = TemplateIndex(self._routes)
        self._documented = TemplateIndex(documented)
        self._max_segments = max_segments
        # The members by which lists in the answers of an endpoint are paired, as the OpenAPI document says.
        self.list_keys: Mapping[str, tuple[ListKey, ...]] = {}
        self._cache: dict[tuple[str, bytes], tuple[str, Route | None]] = {}

    def __repr__(self) -> str:
        documented = len(self._documented.templates)
        return f"EndpointMap(version={VERSION}, routes={len(self._routes)}, documented={documented})"

    def endpoint(self, method: str, target: bytes) -> str:
        """Return `GET /orders/{id}`; bounded in length, free of the query, never raises."""
        return self._look_up(method, target)[0]

    def route(self, method: str, target: bytes) -> Route | None:
        """Return the configured route that matches, most specific first, or None."""
        return self._look_up(method, target)[1]

    def expected(self) -> tuple[str, ...]:
        """Return the endpoints that routes and the OpenAPI document name, sorted.

        Left out: routes for any method (`*` names no endpoint), and what a route keeps from every shadow leg.
        """
        named = {
            f"{template.method} {template.path}"
            for template, route in self._routes.items()
            if template.method != "*" and route.mirror != "never"
        }
        for template in self._documented.templates:
            instance = tuple("0" if not isinstance(s, str) else s for s in template.segments)
            if self._match_route(template.method, instance) is None:
                named.add(f"{template.method} {template.path}")
        return tuple(sorted(named))

    def _look_up(self, method: str, target: bytes) -> tuple[str, Route | None]:
        key = (method, target.partition(b"?")[0])
        found = self._cache.get(key)
        if found is None:
            found = self._resolve(method, key[1])
            if len(key[1]) <= _CACHE_KEY_BYTES:
                if len(self._cache) >= _CACHE_ENTRIES:
                    self._cache.clear()
                self._cache[key] = found
        return found

    def _resolve(self, method: str, target: bytes) -> tuple[str, Route | None]:
        known = method if method in METHODS else "_OTHER"
        segments = split_target(target)
        if segments is None:
            return f"{known} {OTHER}", self._forbidding_route(method, target)
        plain = segments
        if b"%" in target:
            plain = tuple(unquote(segment, errors="surrogateescape") for segment in segments)
        pair = self._match_route(method, plain)
        if pair is not None:
            return self._named(known, pair[0].path), pair[1]
        for template in self._documented.candidates(plain):
            if template.matches(plain):
                return self._named(known, template.path), None
        if len(segments) > self._max_segments:
            return f"{known} {OTHER}", None
        return self._named(known, "/" + "/".join("{id}" if is_value(s) else s for s in segments)), None

    def _match_route(self, method: str, segments: tuple[str, ...]) -> tuple[Template, Route] | None:
        for template in self._routed.candidates(segments):
            if template.method in (method, "*") and template.matches(segments):
                return template, self._routes[template]
        return None

    def _forbidding_route(self, method: str, target: bytes) -> Route | None:
        # The path may become another one at the backend: only a route that forbids may be concluded from it.
        pair = self._match_route(method, resolve_segments(target))
        return pair[1] if pair is not None and pair[1].mirror == "never" else None

    @staticmethod
    def _named(method: str, path: str) -> str:
        name = f"{method} {path}"
        return name if len(name) <= MAX_ENDPOINT_CHARS else f"{method} {OTHER}"
