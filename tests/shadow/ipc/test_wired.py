"""What travels between the processes is what was put together."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.ipc.wired import Answered, Asked, Carried, exchange_decoder, headers_of, lines_of
from shadow.records import Exchange, Leg, LegAnswer, LegResult, LegState, RequestCopy, ResponseCopy

NAMES = st.binary(min_size=1, max_size=8).filter(lambda name: not set(name) & set(b":\r\n"))
VALUES = st.binary(max_size=12).filter(lambda value: not set(value) & set(b"\r\n"))
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(tuple)


@given(HEADERS)
def test_header_lines_are_taken_apart_into_what_they_were_made_of(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    """Duplicates, order, empty values, and values with colons in them."""
    assert headers_of(lines_of(headers)) == headers


def test_long_headers_are_not_remembered_and_are_the_same() -> None:
    headers = ((b"cookie", b"a: b" * 2000), (b"cookie", b""))
    assert headers_of(lines_of(headers)) == headers


def answer(leg: Leg, state: LegState = LegState.answered) -> LegAnswer:
    result = LegResult(leg=leg, state=state, status=418, duration_s=0.5, body_bytes=3, build="b7", failure="f")
    response = ResponseCopy(status=418, headers=((b"A", b"1"), (b"a", b"")), body=b"abc", complete=False)
    return LegAnswer(result=result, response=response if state is LegState.answered else None)


@pytest.mark.parametrize("state", list(LegState))
def test_an_answer_comes_out_as_it_went_in(state: LegState) -> None:
    given = answer(Leg.candidate, state)
    wired = msgspec.msgpack.decode(msgspec.msgpack.encode(Answered.of(given)), type=Answered)
    assert wired.answer(Leg.candidate) == given
    assert wired.answer(Leg.primary).result.leg is Leg.primary


def test_a_leg_that_gave_no_answer_says_why() -> None:
    failed, not_called = Answered.failed("reset", 0.2).answer(Leg.secondary), Answered.not_called("policy")
    assert (failed.result.state, failed.result.failure, failed.result.duration_s) == (LegState.failed, "reset", 0.2)
    assert failed.response is None
    assert not_called.answer(Leg.candidate).result.state is LegState.not_called
    assert not_called.answer(Leg.candidate).result.failure == "policy"


@pytest.mark.parametrize("secondary", [None, answer(Leg.secondary), answer(Leg.secondary, LegState.not_called)])
def test_an_exchange_comes_out_as_it_went_in(secondary: LegAnswer | None) -> None:
    request = RequestCopy(method="PUT", target=b"/a?b", headers=((b"Host", b"x"),), body=b"12", complete=False)
    given = Exchange(
        lane="l", seq=3, started_at=1.5, client="c", request=request, primary=answer(Leg.primary),
        candidate=answer(Leg.candidate, LegState.failed), secondary=secondary, look=2,
        asked={Leg.candidate: RequestCopy(method="PUT", target=b"/v2")},
    )  # fmt: skip
    carried = Carried.of(given)
    frame = msgspec.msgpack.encode(carried)
    assert exchange_decoder.decode(frame) == given
    assert len(frame) <= carried.about_bytes


def test_a_request_comes_out_as_it_went_in() -> None:
    given = RequestCopy(method="GET", target=b"*", headers=((b"Host", b"x"), (b"Via", b"")))
    assert Asked.of(given).copy() == given
