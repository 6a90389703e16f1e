"""Comparing 20 KB JSON, one changed field and one noisy timestamp, beside DeepDiff on the whole documents.

Run: python bench/compare.py. Prints ratios of one run; medians of several rounds, interleaved.
"""

from __future__ import annotations

import copy
import json
import statistics
import time
from collections.abc import Callable

from deepdiff import DeepDiff

from shadow.compare.answers import compare_answers
from shadow.compare.headers import HeaderRules
from shadow.compare.pipeline import Comparer
from shadow.config.model import Config, Primary, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.records import Exchange, Leg, LegAnswer, LegResult, LegState, RequestCopy, ResponseCopy
from shadow.redact import Redactor

ROUNDS = 7


def document(items: int) -> dict[str, object]:
    """Return a page of orders, about 170 bytes each."""
    return {
        "generated_at": "2026-03-01T10:00:00.123456Z",
        "items": [
            {
                "id": at,
                "name": f"item {at}",
                "price": at * 1.25 + 0.1,
                "active": at % 2 == 0,
                "tags": ["a", "b"],
                "created_at": f"2026-01-01T10:{at % 60:02d}:00Z",
                "customer": {"id": at * 7, "email": f"u{at}@example.com"},
            }
            for at in range(items)
        ],
    }


def changed(old: dict[str, object], fields: int) -> dict[str, object]:
    """Return a copy with another timestamp and `fields` other prices."""
    new = copy.deepcopy(old)
    new["generated_at"] = "2026-03-01T10:00:00.654321Z"
    items = new["items"]
    assert isinstance(items, list)
    for at in range(fields):
        items[at * len(items) // fields]["price"] += 1
    return new


def median_us(work: Callable[[], object], number: int) -> float:
    """Return the median over rounds of the time of one call, microseconds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(number):
            work()
        rounds.append((time.perf_counter() - started) / number * 1e6)
    return statistics.median(rounds)


def response(body: bytes) -> ResponseCopy:
    """Return an answer with the usual headers."""
    headers = (
        (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
        (b"date", b"Sun, 01 Mar 2026 10:00:00 GMT"), (b"server", b"x"), (b"cache-control", b"no-store"),
        (b"vary", b"Accept-Encoding"), (b"x-request-id", b"1"),
    )  # fmt: skip
    return ResponseCopy(status=200, headers=headers, body=body)


def exchange(old: bytes, new: bytes, secondary: bytes | None = None) -> Exchange:
    """Return an exchange of answered legs."""

    def answer(leg: Leg, body: bytes) -> LegAnswer:
        result = LegResult(leg=leg, state=LegState.answered, status=200, duration_s=0.01, body_bytes=len(body))
        return LegAnswer(result=result, response=response(body))

    return Exchange(
        lane="1", seq=1, started_at=1.77e9, client="c",
        request=RequestCopy(method="GET", target=b"/orders?page=1", headers=((b"host", b"shop"),)),
        primary=answer(Leg.primary, old), candidate=answer(Leg.candidate, new),
        secondary=answer(Leg.secondary, secondary) if secondary is not None else None,
    )  # fmt: skip


def main() -> None:
    """Measure and print."""
    config = Config(primary=Primary(url="http://old"), candidate=ShadowLeg(url="http://new"))
    comparer = Comparer(config, build_endpoint_map(config), Redactor(config.redact, b"bench"))
    for items, fields in ((6, 1), (117, 1), (117, 50)):
        old = document(items)
        a, b = (json.dumps(each).encode() for each in (old, changed(old, fields)))
        c = json.dumps(changed(old, 0)).encode()

        def deep(a: bytes = a, b: bytes = b) -> object:
            return DeepDiff(json.loads(a), json.loads(b), ignore_private_variables=False)

        def pure(a: bytes = a, b: bytes = b) -> object:
            return compare_answers("GET", response(a), response(b), config.compare, HeaderRules())

        full, equal, noisy = exchange(a, b), exchange(a, a), exchange(a, c, c)
        pure_us, deep_us = median_us(pure, 200), median_us(deep, 3)
        whole_us = median_us(lambda full=full: comparer.observe(full), 100)  # type: ignore[misc]
        noisy_us = median_us(lambda noisy=noisy: comparer.observe(noisy), 100)  # type: ignore[misc]
        equal_us = median_us(lambda equal=equal: comparer.observe(equal), 2000)  # type: ignore[misc]
        print(
            f"{len(a):6} bytes, {fields:2} fields + timestamp: DeepDiff on the whole {deep_us:9.0f} us, "
            f"comparison {pure_us:6.0f} us ({deep_us / pure_us:.0f} x), observation with example {whole_us:6.0f} us "
            f"({deep_us / whole_us:.0f} x), timestamp as noise with secondary {noisy_us:6.0f} us, "
            f"equal {equal_us:.1f} us"
        )


if __name__ == "__main__":
    main()
