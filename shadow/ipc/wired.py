"""Requests, answers and exchanges as they travel between the processes: headers as the lines that were on the wire, and
fields by their place.

The sender asks the legs with the very lines that the primary got, and passes its answer on as it came. Only who
compares, or learns from values, takes the headers apart.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from shadow.records import Exchange, Headers, Leg, LegAnswer, LegResult, LegState, RequestCopy, ResponseCopy
from shadow.translation import Translation

_STATES = tuple(LegState)
ANSWERED = _STATES.index(LegState.answered)
_FAILED = _STATES.index(LegState.failed)
_NOT_CALLED = _STATES.index(LegState.not_called)


def lines_of(headers: Headers) -> bytes:
    """Put headers together, each `name: value` with its line end."""
    return b"".join([b"%b: %b\r\n" % pair for pair in headers])


def _cut(lines: bytes) -> Headers:
    pairs = [line.partition(b": ") for line in lines.split(b"\r\n")[:-1]]
    return tuple([(name, value) for name, _, value in pairs])


# Clients and servers repeat themselves; what they can make this remember is bounded, in number and in size.
_known = lru_cache(maxsize=256)(_cut)
_MOST_KNOWN_BYTES = 2048
_HEADS_BYTES = 4096


def headers_of(lines: bytes) -> Headers:
    """Take header lines apart, each `name: value` with its line end; no name has a colon (RFC 9110 5.1)."""
    return _known(lines) if len(lines) <= _MOST_KNOWN_BYTES else _cut(lines)


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """A request. `lines` are its headers as one piece, each with its line end."""

    method: str
    target: bytes
    lines: bytes
    body: bytes = b""
    complete: bool = True

    @classmethod
    def of(cls, request: RequestCopy) -> Asked:
        """Put a request together."""
        return cls(request.method, request.target, lines_of(request.headers), request.body, request.complete)

    def copy(self) -> RequestCopy:
        """Take it apart."""
        return RequestCopy(
            method=self.method, target=self.target, headers=headers_of(self.lines), body=self.body,
            complete=self.complete,
        )  # fmt: skip


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """What a leg did, and its answer where there is one. `state` is a place in `LegState`; `lines` and `body` as in
    `Asked`, `status` is the answer's."""

    state: int
    status: int = 0
    duration_s: float = 0.0
    body_bytes: int = 0
    failure: str = ""
    build: str = ""
    has_response: bool = False
    lines: bytes = b""
    body: bytes = b""
    complete: bool = True

    @classmethod
    def of(cls, answer: LegAnswer) -> Answered:
        """Put an answer together."""
        did, response = answer.result, answer.response
        facts = (_STATES.index(did.state), did.status, did.duration_s, did.body_bytes, did.failure, did.build)
        if response is None:
            return cls(*facts)
        return cls(*facts, True, lines_of(response.headers), response.body, response.complete)

    @classmethod
    def failed(cls, failure: str, duration_s: float = 0.0) -> Answered:
        """The answer of a leg that gave none; `failure` is one word."""
        return cls(_FAILED, 0, duration_s, 0, failure)

    @classmethod
    def not_called(cls, reason: str) -> Answered:
        """The answer of a leg that was not asked; `reason` is one word."""
        return cls(_NOT_CALLED, failure=reason)

    def answer(self, leg: Leg) -> LegAnswer:
        """Take it apart, as the answer of a leg."""
        response = None
        if self.has_response:
            response = ResponseCopy(
                status=self.status, headers=headers_of(self.lines), body=self.body, complete=self.complete
            )
        result = LegResult(
            leg=leg, state=_STATES[self.state], status=self.status, duration_s=self.duration_s,
            body_bytes=self.body_bytes, failure=self.failure, build=self.build,
        )  # fmt: skip
        return LegAnswer(result=result, response=response)


class Carried(msgspec.Struct, frozen=True, array_like=True):
    """An exchange on its way to a comparer (`shadow.records.Exchange`)."""

    lane: str
    seq: int
    started_at: float
    client: str
    request: Asked
    primary: Answered
    candidate: Answered
    secondary: Answered | None = None
    translations: dict[Leg, Translation] = {}
    asked: dict[Leg, Asked] = {}
    look: int = 0

    @classmethod
    def of(cls, exchange: Exchange) -> Carried:
        """Put an exchange together."""
        secondary = exchange.secondary
        return cls(
            exchange.lane, exchange.seq, exchange.started_at, exchange.client, Asked.of(exchange.request),
            Answered.of(exchange.primary), Answered.of(exchange.candidate),
            Answered.of(secondary) if secondary is not None else None, exchange.translations,
            {leg: Asked.of(request) for leg, request in exchange.asked.items()}, exchange.look,
        )  # fmt: skip

    @property
    def about_bytes(self) -> int:
        """About how many bytes it is encoded in."""
        second = len(self.secondary.body) if self.secondary is not None else 0
        return _HEADS_BYTES + len(self.request.body) + len(self.primary.body) + len(self.candidate.body) + second

    def exchange(self) -> Exchange:
        """Take it apart."""
        return Exchange(
            lane=self.lane,
            seq=self.seq,
            started_at=self.started_at,
            client=self.client,
            request=self.request.copy(),
            primary=self.primary.answer(Leg.primary),
            candidate=self.candidate.answer(Leg.candidate),
            secondary=self.secondary.answer(Leg.secondary) if self.secondary is not None else None,
            translations=self.translations,
            asked={leg: asked.copy() for leg, asked in self.asked.items()},
            look=self.look,
        )


_carried_decoder: msgspec.msgpack.Decoder[Carried] = msgspec.msgpack.Decoder(Carried)


class ExchangeDecoder:
    """Decodes what a comparer gets."""

    def decode(self, frame: bytes) -> Exchange:
        """Return the exchange in a frame. Raises msgspec.DecodeError."""
        return _carried_decoder.decode(frame).exchange()


exchange_decoder = ExchangeDecoder()
