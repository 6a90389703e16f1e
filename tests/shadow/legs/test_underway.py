"""What a comparer gets of an exchange."""

from __future__ import annotations

from shadow.ipc.messages import Handed
from shadow.ipc.wired import Answered, Asked
from shadow.legs.underway import UnderWay
from shadow.records import ITSELF, Leg, LegAnswer, LegResult, LegState, RequestCopy

PRIMARY, CANDIDATE, SECONDARY = [
    LegAnswer(result=LegResult(leg=leg, state=LegState.answered, status=200))
    for leg in (Leg.primary, Leg.candidate, Leg.secondary)
]
REQUEST = RequestCopy(method="GET", target=b"/")


def under(*legs: Leg) -> UnderWay:
    return UnderWay(("l", 7), Handed(7, 2.0, "c", legs, Asked.of(REQUEST), Answered.of(PRIMARY)), 9)


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


def test_what_the_candidate_alone_was_asked_is_carried_unread_and_tells_the_same() -> None:
    it = under(Leg.candidate)
    left_alone = LegResult(leg=Leg.secondary, state=LegState.not_called, failure="policy")
    for secondary in (None, LegAnswer(result=left_alone)):
        answers = {Leg.candidate: CANDIDATE} | ({Leg.secondary: secondary} if secondary is not None else {})
        carried = it.carried(Answered.of(CANDIDATE), Answered.of(secondary) if secondary is not None else None)
        assert carried.exchange() == it.exchange(answers)
