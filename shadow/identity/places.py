"""Requests and answers, with every value that stands at a known place replaced by what `swap` says of it.

`swap(kind, value)` returns the replacement, or None to leave it. With one that only writes down, nothing changes:
that is how values are found, too.
"""

from __future__ import annotations

from typing import Any

import msgspec

from shadow.bodies.decode import Decoded, TooLargeError, UndecodableError, decode
from shadow.config.model import Config
from shadow.endpoints import EndpointMap
from shadow.identity.bodies import swap_json, swap_text
from shadow.identity.headers import swap_answer_headers, swap_request_headers
from shadow.identity.kinds import Names
from shadow.identity.targets import Swap, swap_fields, swap_link, swap_target
from shadow.mapping.body import FORM, change_body
from shadow.records import RequestCopy, ResponseCopy


class Places:
    """Knows the places of one configuration.

    Cannot see: values inside of running text, of media other than JSON, forms and markup, and of parts of multipart.
    """

    def __init__(self, config: Config, endpoints: EndpointMap) -> None:
        self.names = Names(config.identity)
        self._endpoints = endpoints
        self._limit_bytes = config.compare.max_decoded_bytes

    def endpoint(self, request: RequestCopy) -> str:
        """Return the endpoint of a request."""
        return self._endpoints.endpoint(request.method, request.target)

    def request(self, request: RequestCopy, swap: Swap) -> RequestCopy:
        """Return a request with its values replaced; types become those of the new values."""
        endpoint, names = self.endpoint(request), self.names
        owner = names.of_endpoint(endpoint)
        headers, body = change_body(
            request.headers, request.body, self._limit_bytes,
            json=lambda document: swap_json(document, owner, names, swap, self._linking(swap), keep_types=False),
            form=lambda form: swap_fields(form, names, swap),
        )
        return msgspec.structs.replace(
            request,
            target=swap_target(request.target, endpoint, names, swap),
            headers=swap_request_headers(headers, path_of(request), names, swap),
            body=body,
        )

    def answer(self, request: RequestCopy, response: ResponseCopy, swap: Swap) -> ResponseCopy:
        """Return an answer with its values replaced; types stay, so that a changed type is still seen."""
        names = self.names
        owner = names.of_endpoint(self.endpoint(request))
        headers = swap_answer_headers(response.headers, path_of(request), names, swap, self._linking(swap))
        body = response.body
        if body and response.complete:
            headers, body = change_body(
                headers, body, self._limit_bytes,
                json=lambda document: swap_json(document, owner, names, swap, self._linking(swap), keep_types=True),
                form=lambda form: swap_fields(form, names, swap),
            )
            if body is response.body:
                headers, body = self._markup(headers, body, swap)
        return msgspec.structs.replace(response, headers=headers, body=body)

    def decoded(self, response: ResponseCopy) -> Decoded | None:
        """Return the body of an answer decoded, None where it cannot be or is not whole."""
        if not response.body or not response.complete:
            return None
        try:
            return decode(response.headers, response.body, self._limit_bytes)
        except (UndecodableError, TooLargeError):
            return None

    def link(self, text: str, swap: Swap) -> str:
        """Return a link with the values in it replaced."""
        return swap_link(text, lambda target: self._endpoints.endpoint("GET", target), self.names, swap)

    def _linking(self, swap: Swap) -> Swap:
        def link(_: str, text: str) -> str | None:
            changed = self.link(text, swap)
            return None if changed == text else changed

        return link

    def _markup(self, headers: Any, body: bytes, swap: Swap) -> tuple[Any, bytes]:
        try:
            decoded = decode(headers, body, self._limit_bytes)
            if decoded.media not in ("text/html", "application/xhtml+xml") or decoded.media == FORM:
                return headers, body
            text = decoded.data.decode("utf-8")
        except (UndecodableError, TooLargeError, UnicodeDecodeError):
            return headers, body
        changed = swap_text(text, swap, lambda link: self.link(link, swap))
        if changed == text:
            return headers, body
        return tuple(pair for pair in headers if pair[0].lower() != b"content-encoding"), changed.encode("utf-8")


def path_of(request: RequestCopy) -> str:
    """Return the path of a request as it came, without its query."""
    return request.target.partition(b"?")[0].decode("latin-1")
