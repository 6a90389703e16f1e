"""Contradictions in what is verified and in what the gate asks."""

from __future__ import annotations

from collections.abc import Iterator

from shadow.config.document import Path
from shadow.config.model import Gate, TablePair, Verify
from shadow.config.problem import Problem, repeated
from shadow.config.template import fault_in


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
    criteria = {name: getattr(gate, name) for name in gate.__struct_fields__}
    if all(criterion is None for criterion in criteria.values()):
        yield Problem(
            path=("gate",),
            message="asks nothing: every criterion is null.",
            remedy=f"Keep at least one of {', '.join(criteria)}.",
        )
    for name, criterion in criteria.items():
        confidence = getattr(criterion, "confidence", None)
        if confidence is not None and not 0.5 <= confidence < 1:
            yield Problem(
                path=("gate", name, "confidence"),
                message="cannot be used.",
                remedy="It has to be at least 0.5 and below 1: certainty would need endless evidence.",
            )
    if gate.latency is not None:
        yield from _quantiles(gate.latency.quantiles)
    if gate.coverage is not None:
        for index, endpoint in enumerate(gate.coverage.expected):
            if fault := fault_in(endpoint):
                yield Problem(path=("gate", "coverage", "expected", index), message=fault[0], remedy=fault[1])


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
