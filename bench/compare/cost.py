"""The time of one comparison. Each subject works in a process of its own, which is killed at the limit."""

from __future__ import annotations

import gc
import json
import multiprocessing
import multiprocessing.connection
import statistics
import time
from collections.abc import Callable

from deepdiff import DeepDiff

from bench.live.host import cpu_s
from shadow.compare.answers import compare_answers
from shadow.compare.headers import HeaderRules
from shadow.config.model import Compare
from shadow.records import ResponseCopy

LIMIT_S = 10.0
_LEAST_S = 0.5
_ROUNDS = 5

_LIMITS, _RULES = Compare(), HeaderRules()
_HEADERS = (
    (b"content-type", b"application/json"), (b"date", b"Sun, 01 Mar 2026 10:00:00 GMT"), (b"server", b"x"),
    (b"cache-control", b"no-store"), (b"vary", b"Accept-Encoding"), (b"x-request-id", b"1"),
)  # fmt: skip


def shadow(old: bytes, new: bytes) -> object:
    """Compare two whole answers, headers included, from bytes."""
    answers = [ResponseCopy(status=200, headers=_HEADERS, body=body) for body in (old, new)]
    return compare_answers("GET", answers[0], answers[1], _LIMITS, _RULES)


def deepdiff(old: bytes, new: bytes) -> object:
    """Compare two documents with DeepDiff, from bytes."""
    return DeepDiff(json.loads(old), json.loads(new), ignore_private_variables=False)


def deepdiff_unordered(old: bytes, new: bytes) -> object:
    """The same with `ignore_order`."""
    return DeepDiff(json.loads(old), json.loads(new), ignore_private_variables=False, ignore_order=True)


SUBJECTS: dict[str, Callable[[bytes, bytes], object]] = {
    "shadow": shadow, "deepdiff": deepdiff, "ignore_order": deepdiff_unordered,
}  # fmt: skip


def cost_s(subject: str, old: bytes, new: bytes, limit_s: float = LIMIT_S) -> float | None:
    """Return CPU seconds of one comparison, the median of several rounds; None where it took longer than the limit."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_measure, args=(there, subject, old, new))
    process.start()
    there.close()
    try:
        # The first comparison is held to the limit, in CPU time; the rounds are of the same kind.
        while not here.poll(0.1):
            if cpu_s([process.pid or 0]) > limit_s:
                return None
        here.recv()
        return float(here.recv())
    finally:
        process.kill()
        process.join()


def _measure(pipe: multiprocessing.connection.Connection, subject: str, old: bytes, new: bytes) -> None:
    work = SUBJECTS[subject]
    # As in a comparer: what is loaded stays out of the collector's way.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    began, started = time.perf_counter(), time.process_time()
    work(old, new)
    first, took = time.process_time() - started, time.perf_counter() - began
    pipe.send("first")
    if first > 1.0:
        pipe.send(first)
        return
    number = max(1, round(_LEAST_S / _ROUNDS / took))
    rounds = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        for _ in range(number):
            work(old, new)
        rounds.append((time.process_time() - started) / number)
    pipe.send(statistics.median(rounds))
