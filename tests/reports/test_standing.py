from __future__ import annotations

from typing import Any

import msgspec
import pytest

from reports.document import Better, Criterion, Identity
from reports.standing import Standing, is_beyond, judge_approval, standing, waived
from reports.status import exit_code
from shadow.config.model import Approval
from shadow.ledger.signoff import GENESIS, Signed, SignOff, chained
from shadow.records import CheckStatus

AT = 1_000_000.0
E, F, I, W, P = CheckStatus  # noqa: E741

IDENTITY = Identity(
    primary_build="p", candidate_build="c", since=0.0, until=AT, at=AT, tool_version="", ledger_id="l",
    config_digest="d", evidence_digest="e",
)  # fmt: skip


def entry(name: str = "a", **fields: Any) -> SignOff:
    given: dict[str, Any] = {
        "id": name, "what": "approval", "who": "ada", "why": "seen", "at": AT - 60.0, "until": AT + 3600.0,
        "ledger_id": "l", "primary_build": "p", "candidate_build": "c", "config_digest": "d", "evidence_digest": "e",
        "accepted": 100,
    }  # fmt: skip
    return SignOff(**(given | fields))


def chain(*entries: SignOff) -> tuple[Signed, ...]:
    found: list[Signed] = []
    for number, one in enumerate(entries, 1):
        content = msgspec.json.encode(one).decode()
        found.append(
            Signed(seq=number, content=content, hash=chained(found[-1].hash if found else GENESIS, content))
        )
    return tuple(found)


def stands(*entries: SignOff, asked: Approval | None = None, accepted: int = 100) -> Standing:
    return standing(chain(*entries), IDENTITY, accepted, asked or Approval())


@pytest.mark.parametrize(
    ("fields", "void"),
    [
        ({}, ""),
        ({"until": AT}, "it has expired"),
        ({"until": AT + 0.001}, ""),
        ({"at": AT + 61.0}, "it is dated in the future"),
        ({"candidate_build": "c2"}, "it was given on other builds"),
        ({"primary_build": "p2"}, "it was given on other builds"),
        ({"candidate_build": "", "primary_build": "p"}, "it was given on other builds"),
        ({"config_digest": "x"}, "the configuration (criteria, rules) has changed since"),
        ({"ledger_id": "x"}, "it was given on another ledger"),
        ({"accepted": 101}, "evidence that it was given on is gone"),
        ({"until": AT + 25 * 3600.0}, "it was given for longer than 24 h"),
        ({"evidence_digest": "old"}, ""),
    ],
)
def test_what_voids_an_approval(fields: dict[str, Any], void: str) -> None:
    (line,) = stands(entry(**fields)).lines
    assert (line.is_valid, line.void_because) == (not void, void)


def test_bound_to_the_evidence_itself_anything_further_voids_it() -> None:
    asked = Approval(bind="evidence")
    assert stands(entry(), asked=asked).lines[0].is_valid
    (line,) = stands(entry(evidence_digest="old"), asked=asked).lines
    assert line.void_because == "there is further evidence since"


def test_what_was_revoked_is_void() -> None:
    revoked = stands(entry(), entry("r", what="revocation", revokes="a", who="eve", why="new fault"))
    assert [(line.is_valid, line.void_because) for line in revoked.lines] == [(False, "revoked by eve: new fault")]
    assert revoked.approvers == ()


@pytest.mark.parametrize("spoil", ["content", "hash", "missing", "nonsense"])
def test_with_a_broken_chain_nothing_holds(spoil: str) -> None:
    signed = list(chain(entry("a"), entry("b", who="bob")))
    if spoil == "missing":
        signed = signed[1:]
    elif spoil == "nonsense":
        signed[1] = Signed(seq=2, content="{}", hash=chained(signed[0].hash, "{}"))
    else:
        signed[0] = msgspec.structs.replace(signed[0], **{spoil: signed[0].hash[::-1]})
    found = standing(tuple(signed), IDENTITY, 100, Approval())
    assert found.broken is not None
    assert not any(line.is_valid for line in found.lines)
    row = judge_approval(Approval(), found, P, frozenset())
    assert row.status is E


@pytest.mark.parametrize(
    ("entries", "required", "status", "observed"),
    [
        ((), 1, I, 0),
        ((entry(),), 1, P, 1),
        ((entry(),), 2, I, 1),
        ((entry(), entry("b")), 2, I, 1),
        ((entry(), entry("b", who=" ADA ")), 2, I, 1),
        ((entry(), entry("b", who="bob")), 2, P, 2),
        ((entry(until=AT - 1.0), entry("b", who="bob")), 2, I, 1),
    ],
)
def test_so_many_people(entries: tuple[SignOff, ...], required: int, status: CheckStatus, observed: int) -> None:
    asked = Approval(required=required)
    row = judge_approval(asked, stands(*entries, asked=asked), P, frozenset())
    assert (row.status, row.observed, row.required) == (status, observed, required)


def test_nobody_approves_a_waiver_of_their_own() -> None:
    row = judge_approval(Approval(), stands(entry()), W, frozenset({"ada"}))
    assert row.status is I
    assert "Nobody approves a waiver of their own" in row.reason


FAILED = Criterion(
    name="parity", better=Better.higher, scope="GET /x", status=F, required=0.999, observed=0.98, reason="Bad."
)
WAIVER: dict[str, Any] = {"what": "waiver", "criterion": "parity", "scope": "GET /x", "limit": 0.98}


def test_a_waived_row_keeps_what_it_was_and_is_no_pass() -> None:
    row = waived(FAILED, stands(entry(**WAIVER)))
    assert (row.status, row.was, row.waiver) == (W, F, "a")
    assert row.reason == "Waived by ada (seen). Bad."


@pytest.mark.parametrize(
    ("row", "waiver"),
    [
        ({"status": E}, {}),
        ({"status": P}, {}),
        ({"dry_run": True}, {}),
        ({"name": "data"}, {"criterion": "data"}),
        ({"name": "completeness", "scope": "builds"}, {"criterion": "completeness", "scope": "builds"}),
        ({"name": "approval"}, {"criterion": "approval"}),
        ({"scope": "GET /y"}, {}),
        ({"name": "latency"}, {}),
        ({}, {"until": AT - 1.0}),
        ({}, {"candidate_build": "c2"}),
        ({}, {"config_digest": "other"}),
        ({}, {"until": AT + 15 * 86400.0}),
        ({}, {"limit": 0.981}),
        ({"observed": 0.979}, {}),
        ({"observed": None}, {}),
        ({}, {"what": "approval"}),
    ],
)
def test_what_a_waiver_does_not_cover(row: dict[str, Any], waiver: dict[str, Any]) -> None:
    held = msgspec.structs.replace(FAILED, **row)
    assert waived(held, stands(entry(**(WAIVER | waiver)))) == held


@pytest.mark.parametrize(
    ("better", "observed", "limit", "beyond"),
    [
        (Better.higher, 0.98, 0.98, False),
        (Better.higher, 0.97, 0.98, True),
        (Better.higher, 0.99, 0.98, False),
        (Better.lower, 1.5, 1.5, False),
        (Better.lower, 1.6, 1.5, True),
        (Better.lower, 1.4, 1.5, False),
        (Better.lower, None, 1.5, True),
    ],
)
def test_limits(better: Better, observed: float | None, limit: float, beyond: bool) -> None:
    assert is_beyond(msgspec.structs.replace(FAILED, better=better, observed=observed), limit) is beyond


def row(name: str, status: CheckStatus, dry_run: bool = False) -> Criterion:
    return Criterion(name=name, scope="all", status=status, dry_run=dry_run)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((), 12),
        ((row("parity", P),), 0),
        ((row("parity", F),), 10),
        ((row("parity", I),), 11),
        ((row("parity", E),), 12),
        ((row("parity", W),), 13),
        ((row("parity", P), row("approval", I)), 13),
        ((row("parity", P), row("approval", P)), 0),
        ((row("parity", W), row("approval", I)), 13),
        ((row("parity", W), row("approval", P)), 0),
        ((row("parity", I), row("approval", P)), 11),
        ((row("parity", I), row("approval", I)), 11),
        ((row("parity", F), row("approval", P)), 10),
        ((row("parity", P), row("approval", E)), 12),
        ((row("parity", I), row("approval", E)), 12),
        ((row("approval", P),), 12),
        ((row("parity", F, dry_run=True),), 12),
        ((row("parity", P), row("load", F, dry_run=True)), 0),
        ((row("parity", W), row("approval", I, dry_run=True)), 13),
        ((row("parity", P), row("approval", I, dry_run=True)), 0),
    ],
)
def test_exit_codes(rows: tuple[Criterion, ...], code: int) -> None:
    assert exit_code(rows) == code
