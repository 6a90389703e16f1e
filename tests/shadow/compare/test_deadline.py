"""The deadline: work in the middle is interrupted, and everything is as before."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import nullcontext

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


def test_while_it_stands_many_deadlines_share_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is set once, put off when it rings too early, and stopped when nobody works."""
    set_to: list[float] = []
    really = signal.setitimer

    def setitimer(which: int, seconds: float, interval: float = 0.0) -> tuple[float, float]:
        set_to.append(seconds)
        return really(which, seconds, interval)

    monkeypatch.setattr(signal, "setitimer", setitimer)
    with standing():
        del set_to[:]
        for _ in range(200):
            run_within(0.1, lambda: None)
        assert set_to[0] == pytest.approx(0.1) and len(set_to) < 50
        with pytest.raises(DeadlineError):
            run_within(0.1, spin)
        with pytest.raises(DeadlineError, match=r"0.01 s"):
            run_within(0.01, spin)  # shorter than what the timer may have been set to
        until = time.monotonic() + 10
        while set_to[-1] and time.monotonic() < until:
            pass
        assert set_to[-1] == 0.0 and signal.getitimer(signal.ITIMER_REAL)[0] == 0.0


def test_a_deadline_within_a_deadline() -> None:
    """Each has its own end, whichever comes first and whether or not the handler was standing."""

    def inner_is_short() -> str:
        with pytest.raises(DeadlineError, match=r"0.02 s"):
            run_within(0.02, spin)
        return "went on"

    def inner_is_long() -> None:
        run_within(0.1, lambda: time.sleep(0.05))
        spin()

    for outside in (standing, nullcontext):
        with outside():
            assert run_within(5, inner_is_short) == "went on"
            started = time.monotonic()
            with pytest.raises(DeadlineError, match=r"0.02 s"):
                run_within(0.02, inner_is_long)
            assert time.monotonic() - started < 4


def test_a_forked_process_has_a_timer_of_its_own() -> None:
    """Timers are not inherited: what the parent's was set to means nothing there."""
    with standing():
        run_within(60, lambda: None)
        pid = os.fork()
        if pid == 0:
            try:
                run_within(0.02, spin)
            except DeadlineError:
                os._exit(7)
            finally:
                os._exit(1)
        until = time.monotonic() + 10
        while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0 and time.monotonic() < until:
            time.sleep(0.005)
        if ended[0] == 0:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(ended[1]) == 7
