from __future__ import annotations

import pytest

from shadow.config.model import Coverage, ErrorRate, Gate, Invariant, Latency, Parity, TablePair, Verify
from shadow.validation.judgement import gate_problems, verify_problems


def said(problems) -> list[str]:
    return [f"{'.'.join(map(str, one.path))}: {one.message}" for one in problems]


@pytest.mark.parametrize(
    "gate",
    [
        Gate(),
        Gate(parity=None, error_rate=None, latency=None, coverage=None, completeness=None),
        Gate(parity=Parity(confidence=0.5)),
        Gate(latency=Latency(quantiles=(0.001, 0.999))),
        Gate(coverage=Coverage(expected=("GET /x/{id}",))),
    ],
)
def test_gates_that_can_decide(gate: Gate) -> None:
    assert said(gate_problems(gate)) == []


@pytest.mark.parametrize(
    ("gate", "fault"),
    [
        (
            Gate(parity=None, error_rate=None, latency=None, coverage=None, completeness=None, data=None),
            "gate: asks nothing: every criterion is null.",
        ),
        (Gate(parity=Parity(confidence=1)), "gate.parity.confidence: cannot be used."),
        (Gate(error_rate=ErrorRate(confidence=0.49)), "gate.error_rate.confidence: cannot be used."),
        (Gate(latency=Latency(confidence=0)), "gate.latency.confidence: cannot be used."),
        (Gate(latency=Latency(quantiles=())), "gate.latency.quantiles: is empty."),
        (Gate(latency=Latency(quantiles=(0.5, 0.0))), "gate.latency.quantiles.1: is not a quantile."),
        (Gate(latency=Latency(quantiles=(1.0,))), "gate.latency.quantiles.0: is not a quantile."),
        (Gate(latency=Latency(quantiles=(0.5, 0.9, 0.5))), "gate.latency.quantiles.2: occurs twice."),
        (Gate(coverage=Coverage(expected=("GET /", "x"))), "gate.coverage.expected.1: is not a method and a path."),
    ],
)
def test_gates_that_cannot(gate: Gate, fault: str) -> None:
    assert said(gate_problems(gate)) == [fault]


@pytest.mark.parametrize(
    ("verify", "faults"),
    [
        (Verify(old="a", new="b"), []),
        (Verify(old="a", new="b", tables=(TablePair(old="t"), TablePair(old="t", new="u"))), []),
        (Verify(old="a", new="a"), ["verify.new: is the store `old` names too"]),
        (
            Verify(old="a", new="b", invariants=(Invariant(name="x", old_sql="SELECT 1"),)),
            ["verify.invariants.0: lacks a name or a query for both sides."],
        ),
        (
            Verify(old="a", new="b", invariants=(Invariant(name="x", sql="s"), Invariant(name="x", sql="s"))),
            ["verify.invariants.1.name: occurs twice."],
        ),
        (Verify(old="", new="b"), ["verify.old: is empty."]),
        (Verify(old="a", new=" "), ["verify.new: is empty."]),
        (
            Verify(old="a", new="b", tables=(TablePair(old="t"), TablePair(old="t", new="t"))),
            ["verify.tables.1: is the same pair as verify.tables[0]."],
        ),
        (Verify(old="a", new="b", tables=(TablePair(old=""),)), ["verify.tables.0.old: is empty."]),
        (
            Verify(old="a", new="b", tables=(TablePair(old="t", key=("id",), ignore=("id",)),)),
            ["verify.tables.0.ignore: names 'id', which is also in `key`."],
        ),
        (
            Verify(old="a", new="b", tables=(TablePair(old="t", columns=("x",), ignore=("x", "y")),)),
            ["verify.tables.0.ignore: names 'x', which is also in `columns`."],
        ),
        (
            Verify(old="a", new="b", tables=(TablePair(old="t", key=("id", "id")),)),
            ["verify.tables.0.key.1: occurs twice."],
        ),
        (
            Verify(old="a", new="b", tables=(TablePair(old="t", rename={"a": "c", "b": "c"}),)),
            ["verify.tables.0.rename: gives two columns the name 'c'."],
        ),
    ],
)
def test_what_is_verified(verify: Verify, faults: list[str]) -> None:
    found = said(verify_problems(verify))
    assert len(found) == len(faults)
    assert all(one.startswith(fault) for one, fault in zip(found, faults, strict=True))
