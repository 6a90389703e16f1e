"""What a comparer gets of an exchange."""

from __future__ import annotations

from shadow.ipc.messages import Handed
from shadow.legs.underway import UnderWay
from shadow.records import ITSELF, Leg, LegAnswer, LegResult, LegState, RequestCopy

PRIMARY, CANDIDATE, SECONDARY = [
    LegAnswer(result=LegResult(leg=leg, state=LegState.answered, status=200))
    for leg in (Leg.primary, Leg.candidate, Leg.secondary)
]
REQUEST = RequestCopy(method="GET", target=b"/")


def under(*legs: Leg) -> UnderWay:
    return UnderWay(("l", 7), Handed(seq=7, started_at=2.0, client="c", request=REQUEST, primary=PRIMARY, legs=legs), 9)


def test_it_has_the_answers_of_all_legs() -> None:
    other = RequestCopy(method="GET", target=b"/v2")
    found = under(Leg.candidate).exchange(
        {Leg.candidate: CANDIDATE, Leg.secondary: SECONDARY}, asked={Leg.candidate: other}
    )
    assert (found.lane, found.seq, found.started_at, found.client, found.request) == ("l", 7, 2.0, "c", REQUEST)
    assert (found.primary, found.candidate, found.secondary) == (PRIMARY, CANDIDATE, SECONDARY)
    assert (found.asked, found.translations) == ({Leg.candidate: other}, {})
    assert under(Leg.candidate).exchange({Leg.candidate: CANDIDATE}).secondary is None


def test_where_the_old_build_is_compared_with_itself_the_candidate_was_left_alone() -> None:
    found = under(Leg.secondary).exchange({Leg.candidate: CANDIDATE, Leg.secondary: SECONDARY})
    assert (found.candidate.result.state, found.candidate.result.failure) == (LegState.not_called, ITSELF)
