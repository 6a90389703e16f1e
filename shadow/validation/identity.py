"""Contradictions in the identity map: it needs a candidate that makes its own values, and every request of a client."""

from __future__ import annotations

from collections.abc import Iterator

from shadow.config.document import Path
from shadow.config.model import Config
from shadow.identity.kinds import parse_source
from shadow.validation.problem import Problem, repeated
from shadow.validation.template import fault_in


def identity_problems(config: Config) -> Iterator[Problem]:
    """Yield what would keep the map from being learnt or from being right."""
    identity = config.identity
    if identity.learn == "off":
        if identity.values:
            yield Problem(
                path=("identity", "values"), message="are never learnt: identity.learn is off.",
                remedy="Say `learn: declared` or `learn: inferred`, or remove them.",
            )  # fmt: skip
        return
    if identity.learn == "declared" and not identity.values:
        yield Problem(
            path=("identity", "learn"), message="is `declared`, and nothing is declared.",
            remedy="Name kinds under identity.values, or say `learn: inferred`.",
        )  # fmt: skip
    yield from _legs(config)
    yield from _values(config)


def _legs(config: Config) -> Iterator[Problem]:
    path: Path = ("identity", "learn")
    if config.candidate.store != "own":
        yield Problem(
            path=path, message="maps what the candidate makes itself, but it has no database of its own.",
            remedy="Declare candidate.store: own if it has one, or say `learn: off`.",
        )  # fmt: skip
    writes = [(index, route) for index, route in enumerate(config.routes) if route.mirror == "writes"]
    if not writes:
        yield Problem(
            path=path, message="learns from writes, and no route lets them reach the candidate.",
            remedy="Allow them: routes with `mirror: writes`, such as `POST /orders`.",
        )  # fmt: skip
    for index, route in writes:
        ratio = config.mirror.sample_ratio if route.sample_ratio is None else route.sample_ratio
        if ratio < 1:
            yield Problem(
                path=("routes", index, "sample_ratio"), against=("mirror", "sample_ratio"),
                message="leaves out writes from which the identity map would learn.",
                remedy="Set sample_ratio: 1 for this route, or `identity.learn: off`.",
            )  # fmt: skip
    if config.mirror.senders > 1:
        yield Problem(
            path=("mirror", "senders"),
            message="is more than one, and ids that clients share are in one sender's memory.",
            remedy="Set mirror.senders to 1, or `identity.learn: off`.",
        )  # fmt: skip


def _values(config: Config) -> Iterator[Problem]:
    values = config.identity.values
    for index, first in repeated(value.kind for value in values):
        yield Problem(
            path=("identity", "values", index, "kind"), message=f"is also the kind of identity.values[{first}].",
            remedy="Merge the two.",
        )  # fmt: skip
    for index, value in enumerate(values):
        path: Path = ("identity", "values", index)
        if not value.kind.strip():
            yield Problem(path=(*path, "kind"), message="is empty.", remedy="Name it: `order`.")
        if not value.learn:
            yield Problem(
                path=(*path, "learn"), message="is empty: this kind is never learnt.",
                remedy="Say where answers tell it: `POST /orders $.id`.",
            )  # fmt: skip
        for number, text in enumerate(value.learn):
            endpoint = " ".join(text.split()[:2])
            if fault := fault_in(endpoint):
                yield Problem(path=(*path, "learn", number), message=fault[0], remedy=fault[1])
                continue
            try:
                parse_source(text)
            except ValueError as error:
                yield Problem(
                    path=(*path, "learn", number), message=f"cannot be read: {error}.",
                    remedy="Write endpoint and place: `POST /orders $.id`, `POST /login header:x-csrf-token`.",
                )  # fmt: skip
