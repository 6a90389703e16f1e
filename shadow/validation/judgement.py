"""Contradictions in what is verified and in what the gate asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shadow.config.criteria import CRITERIA, Gate, Sensitivity
from shadow.config.document import Path
from shadow.config.model import TablePair, Verify
from shadow.validation.problem import Problem, repeated
from shadow.validation.template import fault_in

_CASE = re.compile(r"[A-Z*]+ /\S* (?:status [1-5]xx|parameter \S+)")


def verify_problems(verify: Verify) -> Iterator[Problem]:
    """Yield stores that are the same, empty names, and pairs or columns that contradict each other."""
    for name in ("old", "new"):
        if not getattr(verify, name).strip():
            yield Problem(path=("verify", name), message="is empty.", remedy="Give the URL of a store.")
    if verify.old and verify.old == verify.new:
        yield Problem(
            path=("verify", "new"),
            message="is the store `old` names too: it would be compared with itself and always agree.",
            remedy="Name the new store.",
        )
    names = [(pair.old, pair.new or pair.old) for pair in verify.tables]
    for index, first in repeated(names):
        yield Problem(
            path=("verify", "tables", index),
            message=f"is the same pair as verify.tables[{first}].",
            remedy="Remove one of the two.",
        )
    for index, _ in repeated([invariant.name for invariant in verify.invariants]):
        yield Problem(path=("verify", "invariants", index, "name"), message="occurs twice.", remedy="Rename one.")
    for index, invariant in enumerate(verify.invariants):
        if not (invariant.sql or (invariant.old_sql and invariant.new_sql)) or not invariant.name.strip():
            yield Problem(
                path=("verify", "invariants", index),
                message="lacks a name or a query for both sides.",
                remedy="Give `name`, and `sql` or both `old_sql` and `new_sql`.",
            )
    for index, pair in enumerate(verify.tables):
        yield from _pair(pair, ("verify", "tables", index))


def _pair(pair: TablePair, path: Path) -> Iterator[Problem]:
    if not pair.old.strip():
        yield Problem(path=(*path, "old"), message="is empty.", remedy="Name the table in the old store.")
    for name, others in (("key", pair.key), ("columns", pair.columns)):
        both = sorted(set(others) & set(pair.ignore))
        if both:
            yield Problem(
                path=(*path, "ignore"),
                message=f"names {both[0]!r}, which is also in `{name}`.",
                remedy="A column is either compared or ignored.",
            )
    for name in ("key", "columns", "ignore"):
        for index, _ in repeated(getattr(pair, name)):
            yield Problem(path=(*path, name, index), message="occurs twice.", remedy="Keep one of them.")
    for new in sorted({new for new in pair.rename.values() if list(pair.rename.values()).count(new) > 1}):
        yield Problem(
            path=(*path, "rename"), message=f"gives two columns the name {new!r}.", remedy="Keep one of them."
        )


def gate_problems(gate: Gate) -> Iterator[Problem]:
    """Yield a gate that asks nothing, and thresholds that no evidence could ever decide."""
    criteria = {name: getattr(gate, name) for name in CRITERIA}
    if not any(criteria.values()):
        yield Problem(
            path=("gate",),
            message="asks nothing: every criterion is null.",
            remedy=f"Keep at least one of {', '.join(CRITERIA)}.",
        )
    for name, criterion in criteria.items():
        for path, section in _sections(name, criterion):
            yield from _confidence(path, section)
            yield from _impossible(path, section)
    if gate.latency is not None:
        yield from _quantiles(gate.latency.quantiles)
    if gate.coverage is not None:
        yield from _endpoints(("gate", "coverage", "expected"), gate.coverage.expected)
        for index, case in enumerate(gate.coverage.cases):
            if not _CASE.fullmatch(case):
                yield Problem(
                    path=("gate", "coverage", "cases", index),
                    message="is not a case.",
                    remedy="Write it as `GET /users status 4xx` or `GET /users parameter page`.",
                )
    if gate.parity is not None:
        yield from _endpoints(("gate", "parity", "tier_1"), gate.parity.tier_1)
    yield from _counters(gate)
    yield from _groups(gate)


def _sections(name: str, criterion: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(criterion, tuple):
        for index, one in enumerate(criterion):
            yield ("gate", name, index), one
    elif criterion is not None:
        yield ("gate", name), criterion


def _confidence(path: Path, section: Any) -> Iterator[Problem]:
    confidence = getattr(section, "confidence", None)
    if confidence is not None and not 0.5 <= confidence < 1:
        yield Problem(
            path=(*path, "confidence"),
            message="cannot be used.",
            remedy="It has to be at least 0.5 and below 1: certainty would need endless evidence.",
        )


def _impossible(path: Path, section: Any) -> Iterator[Problem]:
    """A bound never reaches certainty, so that a share of one, or a margin of nothing, can never be shown."""
    for key in ("min_ratio", "day_ratio", "min_success_ratio"):
        if not isinstance(section, Sensitivity) and getattr(section, key, None) == 1.0:
            yield Problem(
                path=(*path, key),
                message="could fail and never pass: no number of requests shows that nothing ever fails.",
                remedy="Ask for a share below 1, such as 0.9999.",
            )
    if getattr(section, "margin_ratio", None) == 0.0:
        yield Problem(
            path=(*path, "margin_ratio"),
            message="could fail and never pass: no number of requests shows two rates to be equal.",
            remedy="Allow a difference above 0, such as 0.001.",
        )
    quantile = getattr(section, "quantile", None)
    if quantile is not None and not 0 < quantile < 1:
        yield Problem(
            path=(*path, "quantile"), message="is not a quantile.", remedy="It has to be above 0 and below 1: 0.95."
        )


def _endpoints(path: Path, endpoints: tuple[str, ...]) -> Iterator[Problem]:
    for index, endpoint in enumerate(endpoints):
        if fault := fault_in(endpoint):
            yield Problem(path=(*path, index), message=fault[0], remedy=fault[1])
    for index, _ in repeated(endpoints):
        yield Problem(path=(*path, index), message="occurs twice.", remedy="Keep one of them.")


def _counters(gate: Gate) -> Iterator[Problem]:
    if gate.counters and gate.metrics is None:
        yield Problem(
            path=("gate", "counters"),
            message="are asked for, and gate.metrics does not say where to read them.",
            remedy="Give gate.metrics.url, such as http://127.0.0.1:9002/metrics.",
        )
    for index, counter in enumerate(gate.counters):
        path: Path = ("gate", "counters", index)
        if counter.most is None and counter.least is None:
            yield Problem(path=path, message="asks nothing.", remedy="Give `most` or `least`.")
        if counter.what != "up" and not counter.metric.strip():
            yield Problem(path=path, message="names no metric.", remedy="Give `metric`, the name it is read under.")
        if counter.what == "up" and counter.least is not None and counter.least > 1:
            yield Problem(path=(*path, "least"), message="is more than all.", remedy="Write a share: 0.999.")
    for index, _ in repeated(counter.name for counter in gate.counters):
        yield Problem(path=("gate", "counters", index, "name"), message="occurs twice.", remedy="Give it another.")
    if gate.metrics is not None and not gate.metrics.url.startswith(("http://", "https://")):
        yield Problem(
            path=("gate", "metrics", "url"), message="is not a URL.", remedy="Write it as http://host:port/metrics."
        )


def _groups(gate: Gate) -> Iterator[Problem]:
    for index, group in enumerate(gate.groups):
        path: Path = ("gate", "groups", index)
        if not group.endpoints:
            yield Problem(path=path, message="has no endpoints.", remedy="Name some: `POST /auth/*`.")
        yield from _endpoints((*path, "endpoints"), group.endpoints)
        if group.min_success_ratio is None and group.max_s is None:
            yield Problem(path=path, message="asks nothing.", remedy="Give min_success_ratio or max_s.")
    for index, _ in repeated(group.name for group in gate.groups):
        yield Problem(path=("gate", "groups", index, "name"), message="occurs twice.", remedy="Give it another.")


def _quantiles(quantiles: tuple[float, ...]) -> Iterator[Problem]:
    path: Path = ("gate", "latency", "quantiles")
    if not quantiles:
        yield Problem(path=path, message="is empty.", remedy="Write at least one, or `latency: null`.")
    for index, quantile in enumerate(quantiles):
        if not 0 < quantile < 1:
            yield Problem(
                path=(*path, index), message="is not a quantile.", remedy="It has to be above 0 and below 1: 0.95."
            )
    for index, _ in repeated(quantiles):
        yield Problem(path=(*path, index), message="occurs twice.", remedy="Keep one of them.")
