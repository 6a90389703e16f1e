from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from reports.document import Result
from shadow.config.model import Config, Gate, Verify
from shadow.ledger.evidence import Epoch
from shadow.records import CheckStatus, DataCheck, Gap, GapKind, Outcome

GOOD: dict[str, dict[Any, int]] = {"GET /a": {Outcome.match: 4000}}
ALWAYS = (
    "Requests are counted as independent of each other, and the gate as asked once: failures in bursts, or asking "
    "again until it passes, make every bound look better than it is."
)
NO_DATA = "Anything about the data: no `verify:` is configured."
NONE_DECLARED = (
    "That every endpoint was called: none are declared. Name them in gate.coverage.expected, in routes or in an "
    "OpenAPI document."
)


def check(at: float, **fields: Any) -> DataCheck:
    given: dict[str, Any] = {
        "pair": "orders",
        "check": "rows",
        "status": CheckStatus.passed,
        "rows_old": 1,
        "rows_new": 1,
    }
    return DataCheck(run_id="r", started_at=at, finished_at=at, **(given | fields))


def test_with_everything_in_place_little_remains(judged: Callable[..., Result], at: float) -> None:
    assert judged(GOOD, expected=("GET /a",), checks=(check(at),)).not_proved == (ALWAYS,)


def test_asked_every_night_it_says_what_is_not_allowed_for(
    judged: Callable[..., Result], config_of: Callable[..., Config]
) -> None:
    (said,) = (
        text for text in judged(GOOD, config_of(gate=Gate(looks="nightly", longest_burst=7))).not_proved
        if "however often" in text
    )  # fmt: skip
    assert said.endswith("failures more than 7 in a row, or in longer bursts than those that were seen.")


def test_with_little_configured_much_remains(judged: Callable[..., Result]) -> None:
    assert judged(GOOD).not_proved == (NONE_DECLARED, NO_DATA, ALWAYS)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (
            {(Outcome.not_comparable, "too_large"): 12},
            "12 requests of 4,012 (0.3 %): impossible to compare (too_large); raise mirror.max_body_bytes.",
        ),
        (
            {(Outcome.shed, "sender_lost"): 1},
            "1 request of 4,001 (0.03 %): given up before they were compared (sender_lost).",
        ),
        (
            {(Outcome.skipped, "sampled_out"): 4000},
            "4,000 requests of 8,000 (50 %): not sent to the candidate (sampled_out); raise mirror.sample_ratio.",
        ),
        (
            {Outcome.primary_failed: 40},
            "40 requests of 4,040 (1 %): failed on the primary, so there was nothing to compare with.",
        ),
        (
            {Outcome.noise_only: 6, Outcome.expected: 4},
            "10 answers of 4,010 compared agree only because noise or a rule covers their differences.",
        ),
    ],
)
def test_traffic_without_evidence(judged: Callable[..., Result], counts: dict[Any, int], sentence: str) -> None:
    result = judged({"GET /a": {Outcome.match: 4000} | counts}, expected=("GET /a",))
    assert sentence in result.not_proved


@pytest.mark.parametrize(
    ("seen", "expected", "sentence"),
    [
        (GOOD, ("GET /a", "GET /gone"), "Anything about GET /gone: expected, but never compared."),
        (
            GOOD | {"GET /b": {Outcome.match: 2}},
            ("GET /a",),
            "Parity of GET /b one by one: not expected, they count within the whole only.",
        ),
        (
            GOOD | {"POST /b": {(Outcome.skipped, "policy"): 2}},
            ("GET /a",),
            "Anything about POST /b (2 requests): seen, and never sent to the candidate.",
        ),
        (
            GOOD,
            ("GET /a", "POST /b"),
            "Anything about POST /b: the configuration keeps these from the candidate.",
        ),
    ],
)
def test_endpoints(
    judged: Callable[..., Result], seen: dict[str, dict[Any, int]], expected: tuple[str, ...], sentence: str
) -> None:
    assert sentence in judged(seen, expected=expected).not_proved


def test_what_is_switched_off_is_named(judged: Callable[..., Result], config_of: Callable[..., Config]) -> None:
    gate = msgspec.structs.replace(Gate(), latency=None, data=None)
    sentences = judged(GOOD, config_of(gate=gate)).not_proved
    assert "The configuration switches off latency, so how fast the candidate answers was not judged." in sentences
    assert "The configuration switches off data, so the new store was not judged." in sentences


def test_no_secondary(judged: Callable[..., Result], config_of: Callable[..., Config]) -> None:
    assert any(
        text.startswith("Latency: without a secondary") for text in judged(GOOD, config_of(secondary=None)).not_proved
    )


def test_builds_and_epochs(judged: Callable[..., Result]) -> None:
    epoch = Epoch(id=2, primary_build="a", candidate_build="", first_at=0, last_at=1)
    result = judged(GOOD, epoch=epoch, epochs=(epoch, msgspec.structs.replace(epoch, id=1)))
    assert "Which build was judged: that of candidate is unknown." in result.not_proved
    assert "1 other pair of builds has evidence in this ledger; it did not count." in result.not_proved


def test_gaps_and_what_is_in_flight(judged: Callable[..., Result]) -> None:
    gaps = (
        Gap(kind=GapKind.sender_lost, started_at=0, ended_at=3.0, lost=7),
        Gap(kind=GapKind.paused, started_at=5, ended_at=15.0),
    )
    result = judged(GOOD, gaps=gaps, accepted_total=4002, in_flight_total=2)
    assert "What happened in 2 gaps of 13 s in all, with 7 requests known to be lost." in result.not_proved
    assert "2 requests had no outcome yet when the ledger was read." in result.not_proved
    assert result.gaps == gaps


def test_data(judged: Callable[..., Result], config_of: Callable[..., Config], at: float) -> None:
    plan = config_of(verify=Verify(old="sqlite:a", new="sqlite:b"))
    assert (
        "Anything about the data: `verify:` is configured, but no check is recorded." in judged(GOOD, plan).not_proved
    )
    checks = (
        check(at, cannot_see="writes after it."),
        check(at, pair="items", rows_old=0, rows_new=0),
        check(at, pair="all", check="tables", rows_old=0, rows_new=0),
        check(at, pair="lost", status=CheckStatus.error),
    )
    found = judged(GOOD, plan, checks=checks).not_proved
    assert found[1:-1] == (
        "Anything about the values in items: no rows on either side.",
        "Data, rows: cannot see writes after it.",
        "Data of lost (rows): the check itself failed.",
    )
