"""The deadline: work in the middle is interrupted, and everything is as before."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from shadow.compare.deadline import DeadlineError, run_within, standing


def spin() -> None:
    """Work for ever, in Python."""
    while True:
        pass


def stubborn() -> None:
    """Work for ever, swallowing every Exception."""
    while True:
        try:
            spin()
        except Exception:  # noqa: BLE001 - what the private BaseException must get past
            pass


@pytest.mark.parametrize("work", [spin, stubborn])
def test_interrupts(work: object) -> None:
    """In the middle, and soon."""
    started = time.monotonic()
    with pytest.raises(DeadlineError, match=r"took longer than 0.05 s"):
        run_within(0.05, work)  # type: ignore[arg-type]
    assert time.monotonic() - started < 5


def test_result_and_errors_pass() -> None:
    """What the work does is what the caller gets."""
    assert run_within(5, lambda: 42) == 42
    with pytest.raises(KeyError):
        run_within(5, lambda: {}["x"])


def test_handler_and_timer_are_restored() -> None:
    """A timer of someone else goes on with what was left of it, and rings."""
    rung = threading.Event()
    previous_handler = signal.signal(signal.SIGALRM, lambda *_: rung.set())
    previous_timer = signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(DeadlineError):
            run_within(0.05, spin)
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        assert 0 < left <= 0.15
        run_within(5, lambda: None)
        assert rung.wait(5)
    finally:
        signal.signal(signal.SIGALRM, previous_handler)
        signal.setitimer(signal.ITIMER_REAL, *previous_timer)


def test_a_deadline_that_is_over_does_not_ring_later() -> None:
    """After an early end nothing is armed."""
    before, left = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0]
    run_within(0.5, lambda: None)
    assert signal.getsignal(signal.SIGALRM) is before
    assert max(0.0, left - 0.4) <= signal.getitimer(signal.ITIMER_REAL)[0] <= left


def test_off_the_main_thread_nothing_is_armed() -> None:
    """Signals cannot reach another thread: the work runs, the handler stays."""
    seen: list[object] = []
    before = signal.getsignal(signal.SIGALRM)
    thread = threading.Thread(target=lambda: seen.append(run_within(0.001, lambda: time.sleep(0.05) or 7)))
    thread.start()
    thread.join()
    assert seen == [7] and signal.getsignal(signal.SIGALRM) is before


def test_swallowed_in_a_destructor_rings_again() -> None:
    """The interpreter swallows what is raised in a destructor; the second ring gets through."""

    class Slow:
        def __del__(self) -> None:
            until = time.monotonic() + 0.04
            while time.monotonic() < until:
                pass

    def work() -> None:
        Slow()
        spin()

    with pytest.raises(DeadlineError), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.unraisablehook", lambda _: None)
        run_within(0.01, work)


def test_a_standing_handler_serves_many_deadlines() -> None:
    """It is put there once, rings each time, and never between two of them."""
    before = signal.getsignal(signal.SIGALRM)
    with standing():
        installed = signal.getsignal(signal.SIGALRM)
        assert installed is not before
        for _ in range(2):
            with pytest.raises(DeadlineError):
                run_within(0.02, spin)
            assert signal.getsignal(signal.SIGALRM) == installed
            signal.raise_signal(signal.SIGALRM)
        assert run_within(5, lambda: 1) == 1
    assert signal.getsignal(signal.SIGALRM) is before
    with pytest.raises(DeadlineError):
        run_within(0.02, spin)
    assert signal.getsignal(signal.SIGALRM) is before
