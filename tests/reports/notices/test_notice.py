from __future__ import annotations

import msgspec
import page_samples
import pytest

from reports.document import Better, Criterion, Result
from reports.notices.notice import MOST_OF_A_KIND, Event, Known, known_of, notices_between
from shadow.errors import EXIT_PASS, EXIT_WAITING
from shadow.records import CheckStatus, Gap, GapKind


def changed(result: Result, **fields: object) -> Result:
    return msgspec.structs.replace(result, **fields)


def events(before: Result | None, result: Result) -> list[str]:
    known = known_of(before) if before is not None else Known()
    return [notice.event.value for notice in notices_between(known, result)]


def test_of_a_ledger_that_nobody_was_told_of_only_the_verdict_is_news() -> None:
    (only,) = notices_between(Known(), page_samples.no_go())
    assert only.event is Event.verdict
    assert only.title == f"Shadow: {page_samples.no_go().headline}"
    assert only.text == "Verdict fail. Builds: orders-flask 3.8.2 → orders-fastapi 1.0.0-rc4."


def test_what_was_told_is_told_once() -> None:
    assert events(page_samples.no_go(), page_samples.no_go()) == []


def test_a_changed_verdict_says_what_it_was() -> None:
    base = page_samples.go()
    before = changed(base, status=CheckStatus.inconclusive)
    (verdict,) = notices_between(known_of(before), base)
    assert "Verdict pass (it was inconclusive)." in verdict.text


def test_waiting_for_people_is_another_verdict() -> None:
    base = changed(page_samples.go(), exit_code=EXIT_WAITING)
    (verdict,) = notices_between(known_of(base), changed(base, exit_code=EXIT_PASS))
    assert verdict.event is Event.verdict
    (back,) = notices_between(known_of(changed(base, exit_code=EXIT_PASS)), base)
    assert "It waits for approval." in back.text


def test_a_new_divergence_is_told_by_its_title() -> None:
    whole = page_samples.no_go()
    before = changed(whole, findings=whole.findings[1:])
    (notice,) = notices_between(known_of(before), whole)
    assert notice.event is Event.divergence
    assert notice.title == f"New divergence: {whole.findings[0].title}"


def test_many_at_once_become_one_with_their_number() -> None:
    whole = page_samples.no_go()
    (notice,) = notices_between(known_of(changed(whole, findings=())), whole)
    assert len(whole.findings) > MOST_OF_A_KIND
    assert notice.title == f"{len(whole.findings)} new divergences"
    assert notice.text.endswith(f"and {len(whole.findings) - MOST_OF_A_KIND} more")


def test_a_new_build_is_told_its_divergences_again() -> None:
    whole = page_samples.no_go()
    other = changed(whole, identity=msgspec.structs.replace(whole.identity, candidate_build="rc5"))
    assert events(whole, other) == ["divergence", "budget"]


def test_only_gaps_that_ended_later_are_news() -> None:
    base = changed(page_samples.go(), gaps=(Gap(kind=GapKind.paused, started_at=10.0, ended_at=20.0),))
    later = Gap(kind=GapKind.sender_lost, started_at=30.0, ended_at=31.0, lost=7, detail="killed")
    (notice,) = notices_between(known_of(base), changed(base, gaps=(*base.gaps, later)))
    assert (notice.event, notice.title) == (Event.gap, "Gap in the evidence: sender lost")
    assert "7 exchanges lost. killed" in notice.text


def test_fewer_pairs_are_told_once() -> None:
    row = Criterion(name="completeness", scope="pairing", status=CheckStatus.inconclusive, reason="On Monday 97 %.")
    fallen = changed(page_samples.go(), criteria=(*page_samples.go().criteria, row))
    (notice,) = notices_between(known_of(page_samples.go()), fallen)
    assert (notice.event, notice.title) == (Event.gap, "Fewer pairs: completeness of pairing: On Monday 97 %.")
    assert events(fallen, fallen) == []


@pytest.mark.parametrize(("trips", "told"), [(0.0, []), (1.0, ["breaker"])])
def test_trips_are_told_when_there_are_more(trips: float, told: list[str]) -> None:
    row = Criterion(name="trips", scope="all", unit="count", required=0, observed=2.0)
    before = changed(page_samples.go(), criteria=(row,))
    after = changed(before, criteria=(msgspec.structs.replace(row, observed=2.0 + trips),))
    assert events(before, after) == told


def test_an_allowance_is_used_up_once_and_never_by_a_dry_run() -> None:
    row = Criterion(
        name="success", better=Better.higher, scope="all", required=0.995, observed=0.999, status=CheckStatus.passed
    )
    before = changed(page_samples.go(), criteria=(row,))
    spent = changed(before, criteria=(msgspec.structs.replace(row, status=CheckStatus.fail, observed=0.9),))
    assert events(before, spent) == ["budget"]
    assert events(spent, spent) == []
    dry = changed(before, criteria=(msgspec.structs.replace(row, status=CheckStatus.fail, dry_run=True),))
    assert events(before, dry) == []
