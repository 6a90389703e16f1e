from __future__ import annotations

import pytest

from reports.evidence.second_looks import about_itself, about_second_looks
from reports.evidence.tally import EndpointTally
from shadow.ledger.certificate import Alarm, Certificate
from shadow.ledger.evidence import Evidence, SetRow
from shadow.records import Outcome, Triage


def evidence(*sets: SetRow, certificate: Certificate | None = None) -> Evidence:
    return Evidence(
        ledger_id="l", path="p", read_at=0.0, since=0.0, until=0.0, epoch=None, sets=sets, block_s=300.0,
        certificate=certificate,
    )  # fmt: skip


def row(n: int, decided_at: float, width_s: float = 0.0) -> SetRow:
    return SetRow(
        block_at=0.0, endpoint="GET /a", outcome=Outcome.mismatch, members=(), n=n, triage=Triage.transient,
        decided_at=decided_at, width_s=width_s,
    )  # fmt: skip


def tally(**triages: int) -> EndpointTally:
    counts = {Triage(name): n for name, n in triages.items()}
    by_reason = {(Outcome.match, ""): 990, (Outcome.mismatch, ""): sum(counts.values())}
    return EndpointTally(endpoint="all", by_reason=by_reason, triages=counts)


def test_what_was_not_confirmed_is_told_with_its_rate() -> None:
    (said,) = about_second_looks(evidence(), tally(confirmed=5, transient=3, unstable=2))
    assert said == (
        "5 mismatches of 1,000 compared (0.5 %) were not confirmed by a second look and count neither way: 3 transient "
        "(the data had changed), 2 unstable (a backend contradicted itself)."
    )


def test_nothing_is_told_where_nothing_was_excused() -> None:
    assert about_second_looks(evidence(), tally(confirmed=5, pending=3)) == []


@pytest.mark.parametrize(
    ("decided_at", "width_s", "told"), [(299.0, 0.0, False), (301.0, 0.0, True), (301.0, 3600.0, False)]
)
def test_decisions_that_changed_the_past_are_told(decided_at: float, width_s: float, told: bool) -> None:
    said = about_second_looks(evidence(row(7, decided_at, width_s), row(1, 0.0)), tally())
    assert bool(said) is told
    if told:
        assert said == [
            "7 mismatches were decided by second looks when their block was over, the last at 1970-01-01 00:05 UTC: "
            "earlier reports counted them as pending."
        ]


def test_false_alarms_of_the_comparison_are_told_by_name() -> None:
    alarm = Alarm(endpoint="GET /a", difference="value body:$.x", n=2, first_at=0.0, last_at=9.0)
    held = Certificate(build="p", first_at=0.0, last_at=9.0, n=1000, alarms=2, found=(alarm,))
    assert about_itself(evidence(certificate=held)) == [
        "That every difference is the candidate's: 2 false alarms in 1,000 comparisons of the old build with itself, "
        "up to 0.63 % plausible: value body:$.x at GET /a (2)."
    ]
    quiet = Certificate(build="p", first_at=0.0, last_at=9.0, n=1000, alarms=0)
    assert about_itself(evidence(certificate=quiet)) == about_itself(evidence()) == []
