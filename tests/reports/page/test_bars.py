from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.document import OutcomeCount
from reports.numbers import SPACE as S
from reports.page.bars import LEAST, WIDTH, segments_of
from shadow.records import Outcome


def rows(*triples: tuple[str, str, int]) -> tuple[OutcomeCount, ...]:
    return tuple(OutcomeCount(outcome=outcome, reason=reason, n=n) for outcome, reason, n in triples)


def test_segments_are_worst_first_and_say_their_reasons() -> None:
    found = segments_of(
        rows(("match", "", 9990), ("shed", "tee_full", 3), ("shed", "breaker_open", 6), ("mismatch", "", 1))
    )
    assert [(one.label, one.n, one.share) for one in found] == [
        ("Mismatch", "1", f"0.01{S}%"), ("Shed", "9", f"0.09{S}%"), ("Match", "9,990", f"99.90{S}%"),
    ]  # fmt: skip
    assert found[1].reasons == "breaker_open 6, tee_full 3"
    assert [one.width for one in found] == ["5.0", "5.0", "990.0"]
    assert [one.x for one in found] == ["0.0", "5.0", "10.0"]


def test_nothing_and_zero_draw_nothing() -> None:
    assert segments_of(()) == ()
    assert segments_of(rows(("match", "", 0))) == ()


def test_match_never_reads_as_all() -> None:
    found = segments_of(rows(("match", "", 10**9), ("mismatch", "", 1)))
    assert found[1].share == f"99.99{S}%"


def test_many_reasons_are_capped() -> None:
    (one,) = segments_of(rows(*(("shed", f"r{i}", i + 1) for i in range(7))))
    assert one.reasons == "r6 7, r5 6, r4 5, r3 4, and 3 more"


@given(st.dictionaries(st.sampled_from([str(one) for one in Outcome]), st.integers(1, 10**7), min_size=1))
def test_the_bar_is_filled_and_nothing_vanishes(counts: dict[str, int]) -> None:
    found = segments_of(rows(*((outcome, "", n) for outcome, n in counts.items())))
    widths = [float(one.width) for one in found]
    assert len(found) == len(counts)
    assert abs(sum(widths) - WIDTH) < 0.1 * len(widths) + 0.1
    assert min(widths) >= LEAST - 0.05
