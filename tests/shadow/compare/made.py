"""Makers of exchanges for the tests of the comparison."""

from __future__ import annotations

import json
from typing import Any

from shadow.records import Exchange, Headers, Leg, LegAnswer, LegResult, LegState, RequestCopy, ResponseCopy

JSON = ((b"Content-Type", b"application/json"),)


def answer(leg: str, status: int = 200, body: object = b"", headers: Headers | None = None, **more: Any) -> LegAnswer:
    """Return an answered leg; anything but bytes is written as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    size = more.pop("body_bytes", len(raw))
    result = LegResult(leg=Leg(leg), state=LegState.answered, status=status, duration_s=0.01, body_bytes=size)
    response = ResponseCopy(status=status, headers=JSON if headers is None else headers, body=raw, **more)
    return LegAnswer(result=result, response=response)


def failed(leg: str, failure: str = "timeout", state: LegState = LegState.failed) -> LegAnswer:
    """Return a leg without an answer."""
    return LegAnswer(result=LegResult(leg=Leg(leg), state=state, failure=failure))


def exchange(
    primary: LegAnswer, candidate: LegAnswer, secondary: LegAnswer | None = None, method: str = "GET", **request: Any
) -> Exchange:
    """Return an exchange."""
    target = request.pop("target", b"/orders/7")
    return Exchange(
        lane="lane-1",
        seq=3,
        started_at=1772366400.0,
        client="c",
        request=RequestCopy(method=method, target=target, **request),
        primary=primary,
        candidate=candidate,
        secondary=secondary,
    )


def pair(old: object, new: object, secondary: object = None, status: int = 200) -> Exchange:
    """Return an exchange of JSON answers with equal statuses."""
    third = None if secondary is None else answer("secondary", status, secondary)
    return exchange(answer("primary", status, old), answer("candidate", status, new), third)
