"""The old build against itself: what a secondary's answer teaches of noise, and what was a false alarm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from shadow.bodies.decode import TooLargeError, UndecodableError
from shadow.compare.found import Found, LimitError
from shadow.compare.noise import Here, NoiseMemory
from shadow.compare.outcome import cut_reason, has_body
from shadow.compare.stored import store_difference
from shadow.records import Disposition, Exchange, LegState, ResponseCopy
from shadow.redact import Redactor

LEARNING_PAIRS = 20.0
"""Pairs of an endpoint that only teach; from then on the secondary is judged as if it were the candidate."""
MAX_ALARMS = 10

Find = Callable[[ResponseCopy, ResponseCopy], tuple[Sequence[Found], bool]]
"""Compare two answers: what differs and no rule covers, and whether there was more than can be kept."""


class Itself(NamedTuple):
    """`differs`: whether the secondary's answer differs once rules are applied. `alarms`: what of that the noise learnt
    before does not cover. Both None where it cannot be told."""

    differs: bool | None
    here: Here
    alarms: tuple[Found, ...] | None = None


def against_itself(
    exchange: Exchange, endpoint: str, noise: NoiseMemory, find: Find, *, builds: tuple[str, str], max_body_bytes: int
) -> Itself:
    """Compare primary and secondary, judge by what was learnt before, then learn from the pair.

    `builds` are those of primary and secondary: where they are known and differ, it is no pair of one build, and
    nothing is learnt. Cannot see: what both have in common, however wrong.
    """
    at = exchange.started_at
    nothing = Itself(None, Here(build=builds[0], at=at))
    old, answer = exchange.primary.response, exchange.secondary
    response = answer.response if answer is not None else None
    if old is None or answer is None or response is None or answer.result.state is not LegState.answered:
        return nothing
    if builds[0] and builds[1] and builds[0] != builds[1]:
        return nothing
    if response.status == old.status and has_body(exchange.request.method, old):
        for each in (exchange.primary, answer):
            if cut_reason(each, max_body_bytes):
                return nothing
    try:
        found, full = find(old, response)
    except (UndecodableError, TooLargeError, LimitError, RecursionError):
        return nothing
    alarms: tuple[Found, ...] | None = None
    if noise.is_known(endpoint, builds[0], pairs=LEARNING_PAIRS) and not full:
        alarms = tuple(_open(noise, endpoint, found, nothing.here))
    return Itself(bool(found) or full, noise.learn(endpoint, found, build=builds[0], at=at), alarms)


def alarm_names(itself: Itself | None, *, redactor: Redactor) -> tuple[str, ...] | None:
    """Return alarms as they may be stored: `kind group`. None where nothing was judged."""
    if itself is None or itself.alarms is None:
        return None
    stored = (store_difference(redactor, one, Disposition.open) for one in itself.alarms)
    return tuple(f"{one.kind} {one.group}" for one in stored)


def _open(noise: NoiseMemory, endpoint: str, found: Iterable[Found], here: Here) -> Iterable[Found]:
    return [each for each in found if not noise.judge(endpoint, each, here).by][:MAX_ALARMS]
