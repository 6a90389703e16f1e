from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.notices.memory import MOST_WAITING, Waiting
from reports.notices.notice import Event, Notice
from reports.notices.schedule import FIRST_RETRY_S, HOUR_S, MOST_RETRY_S, due, enqueue, failed, merged, sent


def notices(n: int) -> tuple[Notice, ...]:
    return tuple(Notice(event=Event.gap, title=f"n{i}") for i in range(n))


def test_one_message_for_each_notice_until_the_hour_is_nearly_full() -> None:
    queue = Waiting()
    enqueue(queue, notices(5))
    lengths = []
    while found := due(queue, 100.0, 3):
        lengths.append(len(found))
        sent(queue, found, 100.0)
    assert lengths == [1, 1, 3]
    assert queue.notices == []
    enqueue(queue, notices(1))
    assert due(queue, 100.0 + HOUR_S - 1, 3) == ()
    assert len(due(queue, 100.0 + HOUR_S, 3)) == 1


def test_a_failing_channel_is_given_more_time_each_time() -> None:
    queue = Waiting()
    enqueue(queue, notices(1))
    pauses = []
    now = 0.0
    for _ in range(9):
        assert due(queue, now, 12)
        failed(queue, now)
        assert due(queue, queue.next_at - 0.001, 12) == ()
        pauses.append(queue.next_at - now)
        now = queue.next_at
    assert pauses[:3] == [FIRST_RETRY_S, 2 * FIRST_RETRY_S, 4 * FIRST_RETRY_S]
    assert pauses[-1] == MOST_RETRY_S
    sent(queue, due(queue, now, 12), now)
    assert (queue.failures, queue.next_at, queue.notices) == (0, 0.0, [])


def test_what_does_not_fit_is_counted_and_said() -> None:
    queue = Waiting()
    enqueue(queue, notices(MOST_WAITING + 3))
    assert (len(queue.notices), queue.dropped, queue.notices[0].title) == (MOST_WAITING, 3, "n3")
    title, text = merged(tuple(queue.notices[:2]), queue.dropped)
    assert title == "Shadow: 2 notices"
    assert text == "- n3\n- n4\n3 earlier ones were dropped while the channel failed."


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(1, 6))
def test_never_more_messages_in_an_hour_and_nothing_is_lost(arrivals: list[int], most: int) -> None:
    queue, told, times = Waiting(), 0, []
    for minute, n in enumerate([*arrivals, *[0] * 61]):
        now = minute * 60.0
        enqueue(queue, notices(n))
        while found := due(queue, now, most):
            sent(queue, found, now)
            told += len(found)
            times.append(now)
    assert told == sum(arrivals)
    assert all(sum(at - HOUR_S < other <= at for other in times) <= most for at in times)
